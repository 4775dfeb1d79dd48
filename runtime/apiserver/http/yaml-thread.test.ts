import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, VirtualClock } from '../../api/clock.ts';
import { useRest } from '../testing/use-server.ts';
import { YamlThread } from './yaml-thread.ts';

let directory: string;
let script: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skiff-yaml-'));
  script = join(directory, 'worker.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'yaml-worker.ts')],
    ...{ outfile: script, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
  });
});
afterAll(() => rm(directory, { recursive: true }));
const { rest } = useRest(() => ({ yamlWorker: script }));

/** Of so many lines, each with what only the full parser reads. */
const manifest = (name: string, lines: number) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  a: &a !!str 12\n  b: *a\n${Array.from(
    { length: lines },
    (_, i) => `  k${i}: 'some\n    folded text'\n`,
  ).join('')}`;
const root = '/api/v1/namespaces/default/configmaps';
const yaml = { 'content-type': 'application/yaml' };

describe('long YAML', () => {
  it('is read beside, and means what it always means', async () => {
    const text = manifest('long', 1_300);
    const created = await rest.send(root, { method: 'POST', headers: yaml, body: text });
    expect(created.code).toBe(201);
    const { data } = created.json() as { data: Record<string, string> };
    expect(Object.keys(data)).toHaveLength(1_302);
    expect(data).toMatchObject({ a: '12', b: '12', k1299: 'some folded text' });
    const shown = await rest.send(`${root}/long`, { headers: { accept: 'application/yaml' } });
    expect(shown.headers['content-type']).toBe('application/yaml');
    expect(shown.body.toString()).toContain('  k1299: some folded text\n');
    // What is wrong with it is told in the words of a short one.
    const broken = await rest.send(root, { method: 'POST', headers: yaml, body: `${text}x: [\n` });
    expect(broken.code).toBe(400);
    expect((broken.json() as { message: string }).message).toMatch(/yaml: line \d+: /);
    const deep = await rest.send(root, {
      ...{ method: 'POST', headers: yaml },
      body: `a: &x ${'['.repeat(40_000)}`,
    });
    expect(deep.code).toBe(400);
  });

  it('is given up when it takes too long, without holding the next', async () => {
    const clock = new VirtualClock();
    const thread = new YamlThread(script, clock);
    const endless = new YamlThread(join(directory, 'endless.cjs'), clock);
    await writeFile(join(directory, 'endless.cjs'), 'for (;;);');
    const first = endless.read('a: &a 1');
    const refused = expect(first).rejects.toThrow('too long to be read in good time');
    await Promise.resolve();
    await clock.advance(20_000);
    await refused;
    expect(await thread.read('a: &a 1\nb: *a\n')).toEqual({
      value: { a: 1, b: 1 },
      duplicates: [],
    });
  });

  it('waits in a short line', async () => {
    const thread = new YamlThread(script, systemClock);
    const asked = Array.from({ length: 9 }, () => thread.read('a: &a [1, x]'));
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 8 }, () => 'fulfilled'),
      'rejected',
    ]);
    expect(await asked[0]).toEqual({ value: { a: [1, 'x'] }, duplicates: [] });
  });
});
