import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import { dataFinalizer, localProvisioner, provisionedBy } from '../../api/local-volumes.ts';
import type { CoreEvent, PersistentVolume } from '../../api/types.ts';
import { createInformers } from '../../client/informer.ts';
import { at, events, persistentVolumes } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { type ContainerInfo, type Engine, engineLabels } from '../../engine/engine.ts';
import { infoOf } from '../testing/fixtures.ts';
import { runVolumeReclaimer } from './reclaim.ts';

describe('a deleted volume', () => {
  let clock: VirtualClock;
  let client: FakeClient;
  let abort: AbortController;
  /** What was run in the node, and how the next one ends. */
  let scripts: string[];
  let failure: string | undefined;
  let containers: ContainerInfo[];

  beforeEach(() => {
    clock = new VirtualClock();
    client = new FakeClient({ clock });
    abort = new AbortController();
    scripts = [];
    failure = undefined;
    containers = [];
  });
  afterEach(() => abort.abort());

  const start = () =>
    runVolumeReclaimer({
      client,
      informers: createInformers(client, clock, abort.signal),
      engine: {
        containers: async () => containers,
        exec: async (_: string, { command }: { command: string[] }) => {
          scripts.push(command.at(-1)?.split('\n').at(-1) ?? '');
          const words = failure === undefined ? [] : [failure];
          return {
            stdout: Readable.from([]),
            stderr: Readable.from(words),
            exit: Promise.resolve(words.length),
          };
        },
      } as unknown as Engine,
      simulated: false,
      clock,
      log: () => {},
      signal: abort.signal,
      cluster: 'c',
      files: { containerId: 'node', root: '/f', enginePath: '/engine' },
    });
  const put = (persistentVolumeReclaimPolicy: string, path = '/engine/pv/pvc-1_default_data') =>
    client.put({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: 'pvc-1',
        annotations: { [provisionedBy]: localProvisioner },
        finalizers: [dataFinalizer, 'kubernetes.io/pv-protection'],
      },
      spec: {
        persistentVolumeReclaimPolicy,
        hostPath: { path },
        claimRef: { namespace: 'default', name: 'data', uid: 'u' },
      },
    } as unknown as PersistentVolume);
  const volume = () => client.find<PersistentVolume>(persistentVolumes, 'pvc-1');
  const remove = () => client.delete(at(persistentVolumes, 'pvc-1'));
  const unbind = () =>
    client.patch(at(persistentVolumes, 'pvc-1'), 'merge', {
      metadata: { finalizers: [dataFinalizer] },
    });
  const clearing = "rm -rf 'pv/pvc-1_default_data'";

  it('loses its data, once nothing else holds it, and then goes', async () => {
    put('Delete');
    start();
    await remove();
    await clock.advance(60_000);
    expect(scripts).toEqual([]);
    await unbind();
    await client.until(() => volume() === undefined, 'the volume to go');
    expect(scripts).toEqual([clearing]);
  });

  it('keeps its data where the policy is Retain', async () => {
    put('Retain');
    start();
    await remove();
    await unbind();
    await client.until(() => volume() === undefined, 'the volume to go');
    expect(scripts).toEqual([]);
  });

  it('is taken up again by the next process after a crash', async () => {
    put('Delete');
    await remove();
    await unbind();
    start();
    await client.until(() => volume() === undefined, 'the volume to go');
    expect(scripts).toEqual([clearing]);
  });

  it('waits for containers of pods that were deleted by force', async () => {
    put('Delete');
    const labels = { [engineLabels.podName]: 'gone', [engineLabels.podUid]: 'uid-gone' };
    containers = [infoOf('container', 'app', { labels })];
    start();
    await remove();
    await unbind();
    await clock.advance(30_000);
    expect(scripts).toEqual([]);
    containers = [];
    await clock.advance(1_000);
    await client.until(() => volume() === undefined, 'the volume to go');
  });

  it('stays, with an event that says why, while its data cannot be removed', async () => {
    failure = 'rm: pv/pvc-1_default_data: Input/output error';
    put('Delete');
    start();
    await remove();
    await unbind();
    await clock.advance(500);
    expect(volume()).toBeDefined();
    expect(client.all<CoreEvent>(events)[0]).toMatchObject({
      reason: 'VolumeFailedDelete',
      message: failure,
    });
    failure = undefined;
    await clock.advance(60_000);
    await client.until(() => volume() === undefined, 'the volume to go');
  });

  it.each(['/etc', '/engine/pv/..', '/engine/pods/x', '/engine/pv/a/b', '/engine/pv/'])(
    'is never taken for %s',
    async (path) => {
      put('Delete', path);
      start();
      await remove();
      await unbind();
      await clock.advance(60_000);
      expect(volume()).toBeDefined();
      expect(scripts).toEqual([]);
    },
  );
});
