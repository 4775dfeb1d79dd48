import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterPaths, prepareDirectory } from './data-directory.ts';
import type { RuntimeFile } from './runtime-file.ts';
import { spawnCluster } from './spawn.ts';

describe('the process of a cluster', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'skiff-spawn-'));
    await prepareDirectory(clusterPaths(directory));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function start(script: string): Promise<RuntimeFile> {
    const entry = join(directory, 'entry.cjs');
    await writeFile(entry, script);
    return spawnCluster({ paths: clusterPaths(directory), entry, args: [], onProgress: () => {} });
  }
  const logs = () => readdir(join(directory, 'logs'));
  const output = () => readFile(join(directory, 'logs/skiff.log.out'), 'utf8');

  it('keeps what it has said when another is refused', async () => {
    await start(`console.log('words of the first'); process.send({ type: 'ready' })`);
    const refused = start(`process.send({ type: 'failed', message: 'already running' })`);
    await expect(refused).rejects.toThrow('already running');
    expect(await output()).toBe('words of the first\n');
    expect(await logs()).toEqual(['skiff.log.out']);
  });

  it('is told with its last words when it ends before it is ready', async () => {
    const ended = start(`console.error('no memory'); process.exit(3)`);
    await expect(ended).rejects.toThrow('the cluster process ended with code 3:\n  no memory');
    expect(await logs()).toEqual([]);
  });
});
