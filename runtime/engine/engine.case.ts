/** What every engine must do; each engine's own test file runs these cases on it. */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, EngineError, type EngineEvent, engineLabels } from './engine.ts';

export interface EngineCase {
  create(): Promise<Engine>;
  /** An image with a shell at /bin/sh that the engine has. */
  image: string;
  /** A network of this name and subnet may be made and removed. */
  network: { name: string; subnet: string; gateway: string };
  /** False for an engine that runs nothing: what a process would have done is not asked for. */
  runs: boolean;
}

/** Runs the shared cases. */
export function describeEngine(name: string, setup: EngineCase): void {
  const labels = { [engineLabels.cluster]: `case-${name}` };
  let engine: Engine;
  let serial = 0;
  const start = async (script: string, more: { env?: string[] } = {}): Promise<string> => {
    serial += 1;
    const id = await engine.createContainer({
      name: `skiff-f-case-${name}-${serial}`,
      image: setup.image,
      labels: { ...labels, serial: String(serial) },
      entrypoint: ['/bin/sh', '-c', script],
      network: { type: 'none' },
      ...more,
    });
    await engine.startContainer(id);
    return id;
  };
  const ended = async (id: string): Promise<void> => {
    const logs = await engine.logs(id, { follow: true });
    await text(logs);
  };

  describe(`engine ${name}`, () => {
    beforeAll(async () => {
      engine = await setup.create();
    });
    afterAll(async () => {
      for (const { id } of await engine.containers(labels)) await engine.removeContainer(id);
      await engine.removeNetwork(setup.network.name);
      await engine.close();
    });

    it('says what it is', async () => {
      const info = await engine.info();
      expect(info.name).toBe(name);
      expect(info.simulated).toBe(!setup.runs);
      expect(info.cpus).toBeGreaterThan(0);
      expect(await engine.info()).toEqual(info);
    });

    it('takes a container from created to running to exited', async () => {
      const id = await engine.createContainer({
        name: `skiff-f-case-${name}-life`,
        image: setup.image,
        labels,
        entrypoint: ['/bin/sh', '-c', 'trap "exit 3" TERM; echo set; while :; do sleep 0.05; done'],
        network: { type: 'none' },
      });
      expect(await engine.container(id)).toMatchObject({ state: 'created', startedAt: 0 });
      await engine.startContainer(id);
      await engine.startContainer(id);
      const running = await engine.container(id);
      expect(running).toMatchObject({ state: 'running', image: setup.image, labels });
      expect(running?.startedAt).toBeGreaterThan(0);
      const said = async () => text(await engine.logs(id, {}));
      if (setup.runs) await expect.poll(said).toBe('set\n');
      await engine.stopContainer(id, 30);
      await engine.stopContainer(id, 30);
      const exited = await engine.container(id);
      expect(exited?.state).toBe('exited');
      expect(exited?.exitCode).toBe(setup.runs ? 3 : 143);
      expect(exited?.finishedAt).toBeGreaterThanOrEqual(running?.startedAt ?? 0);
      await engine.removeContainer(id);
      await engine.removeContainer(id);
      expect(await engine.container(id)).toBeUndefined();
    });

    it('refuses a name that is taken and an image that is not there', async () => {
      const config = {
        name: `skiff-f-case-${name}-twice`,
        image: setup.image,
        labels,
        entrypoint: ['/bin/sh'],
        network: { type: 'none' as const },
      };
      await engine.createContainer(config);
      await expect(engine.createContainer(config)).rejects.toMatchObject({ code: 'conflict' });
      const missing = 'skiff-test/not-there:1';
      expect(await engine.image(missing)).toBeUndefined();
      await expect(
        engine.createContainer({ ...config, name: `${config.name}-2`, image: missing }),
      ).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining(missing) });
      expect((await engine.image(setup.image))?.tags).toContain(setup.image);
    });

    it('finds containers by all of the labels given', async () => {
      const id = await start('sleep 60');
      const info = await engine.container(id);
      const found = await engine.containers({ ...labels, serial: info?.labels.serial ?? '' });
      expect(found.map((container) => container.id)).toEqual([id]);
      expect(await engine.containers({ ...labels, serial: 'none' })).toEqual([]);
      await engine.removeContainer(id);
    });

    it('tells what happens, in order, and only to those whose labels match', async () => {
      const seen: EngineEvent[] = [];
      const others: EngineEvent[] = [];
      let wake = () => {};
      const stop = engine.watch(labels, (event) => {
        seen.push(event);
        wake();
      });
      const stopOthers = engine.watch({ ...labels, serial: 'none' }, (e) => others.push(e));
      const id = await start('sleep 60');
      await engine.killContainer(id, 'SIGKILL');
      await engine.removeContainer(id);
      const mine = () =>
        seen.flatMap((event) => (event.type !== 'resync' && event.id === id ? [event.type] : []));
      while (!mine().includes('removed'))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      expect(mine()).toEqual(['started', 'exited', 'removed']);
      expect(others).toEqual([]);
      stop();
      stopOthers();
    });

    it('follows a log until the container ends', async () => {
      const id = await start('echo one; echo two >&2; sleep 0.3; echo three', {
        env: ['SKIFF_SIMULATED_SECONDS=0'],
      });
      const followed = await text(await engine.logs(id, { follow: true }));
      const stamped = await text(await engine.logs(id, { timestamps: true, tail: 1 }));
      if (setup.runs) {
        expect(followed.split('\n').sort()).toEqual(['', 'one', 'three', 'two']);
        expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\S+Z three\n$/);
      } else expect(followed).toMatch(/^simulated: /);
      expect(await engine.container(id)).toMatchObject({ state: 'exited', exitCode: 0 });
    });

    it('lets go of a followed log when asked to', async () => {
      const id = await start('echo one; sleep 60');
      const abort = new AbortController();
      const logs = await engine.logs(id, { follow: true, signal: abort.signal });
      logs.once('data', () => abort.abort());
      await text(logs);
      expect((await engine.container(id))?.state).toBe('running');
      await engine.removeContainer(id);
    });

    it('executes a command and answers its exit code', async () => {
      const id = await start('sleep 60');
      const process = await engine.exec(id, {
        command: ['/bin/sh', '-c', 'cat; echo err >&2; exit 7'],
        stdin: true,
      });
      process.stdin?.end('hello');
      const [out, err, code] = await Promise.all([
        text(process.stdout),
        text(process.stderr),
        process.exit,
      ]);
      if (setup.runs) expect([out, err, code]).toEqual(['hello', 'err\n', 7]);
      else expect([out, code]).toEqual([expect.stringContaining('simulated'), 0]);
      await engine.removeContainer(id);
    });

    it('refuses to execute in a container that has ended', async () => {
      const id = await start('true', { env: ['SKIFF_SIMULATED_SECONDS=0'] });
      await ended(id);
      await expect(engine.exec(id, { command: ['true'] })).rejects.toBeInstanceOf(EngineError);
    });

    it('gives containers on a network addresses of their own', async () => {
      await engine.createNetwork({ ...setup.network, labels });
      expect(await engine.networks(labels)).toEqual([{ ...setup.network, labels }]);
      const addresses: string[] = [];
      for (const number of [1, 2]) {
        const id = await engine.createContainer({
          name: `skiff-f-case-${name}-net-${number}`,
          image: setup.image,
          labels,
          entrypoint: ['/bin/sh', '-c', 'sleep 60'],
          network: { type: 'bridge', name: setup.network.name },
        });
        await engine.startContainer(id);
        addresses.push((await engine.container(id))?.address ?? '');
        await engine.removeContainer(id);
      }
      const prefix = setup.network.subnet.split('.').slice(0, 2).join('.');
      for (const address of addresses) expect(address.startsWith(`${prefix}.`)).toBe(true);
      await engine.removeNetwork(setup.network.name);
      await engine.removeNetwork(setup.network.name);
      expect(await engine.networks(labels)).toEqual([]);
    });

    it('keeps volumes until they are removed', async () => {
      const volume = `skiff-f-case-${name}`;
      const path = await engine.createVolume(volume, { labels });
      expect(await engine.createVolume(volume, { labels })).toBe(path);
      expect(await engine.volumes(labels)).toEqual([{ name: volume, path }]);
      await engine.removeVolume(volume);
      await engine.removeVolume(volume);
      expect(await engine.volumes(labels)).toEqual([]);
    });
  });
}
