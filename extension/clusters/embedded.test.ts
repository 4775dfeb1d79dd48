import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedCluster, RuntimeError } from './embedded.ts';

/** Stands where dist/skiff.js is and says what the test wants to hear. */
const program = `
const [command, ...rest] = process.argv.slice(2);
if (command === 'status') console.log(JSON.stringify({ state: 'stopped', kubeconfig: '/k' }));
if (command === 'up') {
  console.error('starting the API server');
  if (rest.includes('bad')) {
    console.error('skiff: cannot reach the Docker engine at /var/run/docker.sock');
    process.exit(1);
  }
  if (rest.includes('slow')) setInterval(() => {}, 1000);
}
if (command === 'status' || command === 'down') process.exitCode = command === 'status' ? 3 : 0;
`;

describe('EmbeddedCluster', () => {
  let path = '';
  beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'skiff-embedded-')), 'skiff.cjs');
    await writeFile(path, program);
  });
  const cluster = (name: string) =>
    new EmbeddedCluster({ program: path, nodePath: '', baseImage: '', name, log: () => {} });

  it('reads the status even where its exit code says that nothing runs', async () => {
    const status = await cluster('good').status();
    expect(status).toEqual({ state: 'stopped', kubeconfig: '/k' });
    expect(EmbeddedCluster.isRunning(status)).toBe(false);
  });

  it('hands on progress while it starts', async () => {
    const lines: string[] = [];
    await cluster('good').start({ nodes: 1, engine: 'docker', onLine: (l) => lines.push(l) });
    expect(lines).toEqual(['starting the API server']);
  });

  it('fails with what the runtime said last, and knows a missing engine', async () => {
    const failed = cluster('bad').start({ nodes: 1, engine: 'docker' });
    await expect(failed).rejects.toThrow('cannot reach the Docker engine at /var/run/docker.sock');
    await failed.catch((error: RuntimeError) => expect(error.isMissingEngine).toBe(true));
  });

  it('can be cancelled', async () => {
    const abort = new AbortController();
    const started = cluster('slow').start({
      nodes: 1,
      engine: 'docker',
      signal: abort.signal,
      onLine: () => abort.abort(),
    });
    await expect(started).rejects.toThrow('cancelled');
  });

  it('says so when there is no Node to run it with', async () => {
    const broken = new EmbeddedCluster({
      program: path,
      nodePath: '/no/node',
      baseImage: '',
      name: 'x',
      log: () => {},
    });
    await expect(broken.status()).rejects.toBeInstanceOf(RuntimeError);
  });
});
