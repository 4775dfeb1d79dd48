import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenForUsers } from './cluster.ts';
import { listClusters, locateCluster, registerCluster } from './clusters.ts';
import {
  clusterPaths,
  dataHome,
  formatVersion,
  readSettings,
  writeSettings,
} from './data-directory.ts';
import { clusterStatus, planCluster } from './lifecycle.ts';
import { holderOf, takeLock } from './lock.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'skiff-cluster-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const surroundings = () => ({
  env: { XDG_DATA_HOME: home },
  home,
  platform: 'linux' as const,
  uid: 0,
});

describe('where clusters lie', () => {
  it('follows the convention of the platform', () => {
    const at = (platform: NodeJS.Platform) => dataHome({ env: {}, home: '/home/ann', platform });
    expect(at('linux')).toBe('/home/ann/.local/share/skiff');
    expect(at('darwin')).toBe('/home/ann/Library/Application Support/skiff');
  });

  it('finds a cluster again by name that was put elsewhere', async () => {
    await registerCluster('far', surroundings(), join(home, 'elsewhere'));
    expect((await locateCluster('far', surroundings())).directory).toBe(join(home, 'elsewhere'));
    expect(await listClusters(surroundings())).toEqual(['far']);
    await registerCluster('far', surroundings(), undefined);
    expect(await listClusters(surroundings())).toEqual([]);
  });

  it.each(['Upper', '-x', '', 'a/b', 'x'.repeat(40)])('refuses the name %j', async (name) => {
    await expect(locateCluster(name, surroundings())).rejects.toThrow(/is no name for a cluster/);
  });
});

describe('the lock', () => {
  it('is held by one process at a time', async () => {
    const paths = clusterPaths(home);
    // The test runner is no skiff process, so the holder is faked by a number that lives.
    const unlock = await takeLock(paths, 'a');
    expect(await readFile(paths.pid, 'utf8')).toBe(`${process.pid}\n`);
    await unlock();
    expect(await holderOf(paths)).toBeUndefined();
  });

  it('is taken over from a process that is gone', async () => {
    const paths = clusterPaths(home);
    await writeFile(paths.pid, '999999999\n');
    expect(await holderOf(paths)).toBeUndefined();
    const unlock = await takeLock(paths, 'a');
    expect(await readFile(paths.pid, 'utf8')).toBe(`${process.pid}\n`);
    await unlock();
  });
});

describe('planning a cluster', () => {
  it('settles nodes, engine and port, and keeps them', async () => {
    const first = await planCluster({ name: 'a', nodes: 3, engine: 'simulated' }, surroundings());
    const again = await planCluster({ name: 'a' }, surroundings());
    expect(again.settings).toMatchObject({ nodes: 3, engine: 'simulated' });
    expect(again.settings.port).toBe(first.settings.port);
  });

  it('lets the engine be chosen anew after a start that failed, and not once it has run', async () => {
    const { paths, settings } = await planCluster({ name: 'a' }, surroundings());
    const again = await planCluster({ name: 'a', engine: 'simulated' }, surroundings());
    expect(again.settings.engine).toBe('simulated');
    await writeSettings(paths, { ...settings, serviceCidr: '10.96.0.0/16' });
    await expect(planCluster({ name: 'a', engine: 'simulated' }, surroundings())).rejects.toThrow(
      'runs on the docker engine',
    );
  });

  it('refuses a port that is taken, and a directory that cannot be written', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await expect(planCluster({ name: 'a', port }, surroundings())).rejects.toThrow(
      `port ${port} is in use`,
    );
    server.close();
    const file = join(home, 'file');
    await writeFile(file, '');
    await expect(planCluster({ name: 'b', data: join(file, 'x') }, surroundings())).rejects.toThrow(
      /cannot be written to/,
    );
  });

  it('takes another port when a cluster that starts at the same time was quicker', async () => {
    const { createServer } = await import('node:net');
    const listen = ({ host, port }: { host: string; port: number }) =>
      new Promise<{ port: number }>((resolve, reject) => {
        const server = createServer().once('error', reject);
        server.listen(port, host, () => {
          servers.push(server);
          resolve({ port: (server.address() as { port: number }).port });
        });
      });
    const servers: import('node:net').Server[] = [];
    const first = await listenForUsers({ listen }, 0, false);
    const second = await listenForUsers({ listen }, first.port, false);
    expect(second.port).not.toBe(first.port);
    await expect(listenForUsers({ listen }, first.port, true)).rejects.toThrow(
      `port ${first.port} is in use on 127.0.0.1; choose another with --port`,
    );
    for (const server of servers) server.close();
  });

  it('refuses data of another version and leaves it alone', async () => {
    const paths = await locateCluster('old', surroundings());
    await mkdir(paths.directory, { recursive: true });
    const text = JSON.stringify({ formatVersion: formatVersion + 1, name: 'old' });
    await writeFile(paths.settings, text);
    await expect(planCluster({ name: 'old' }, surroundings())).rejects.toThrow(/has format 2/);
    expect(await readFile(paths.settings, 'utf8')).toBe(text);
    await writeFile(paths.settings, '{');
    await expect(readSettings(paths)).rejects.toThrow(/is damaged/);
  });

  it('tells of a cluster that is not there', async () => {
    expect(await clusterStatus('none', surroundings())).toMatchObject({
      state: 'absent',
      nodes: [],
    });
  });
});
