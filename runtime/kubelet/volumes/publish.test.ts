import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archive, type FileEntry } from './archive.ts';
import { firstEntries, type Payload, updateEntries, updateScript } from './publish.ts';

const payload = (files: Record<string, string>): Payload =>
  new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      { content: Buffer.from(text), mode: 0o640 },
    ]),
  );

describe('published files', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'skiff-publish-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const unpack = async (entries: FileEntry[]) => {
    mkdirSync(root, { recursive: true });
    execFileSync('tar', ['-x', '-C', root], { input: await archive(entries) });
  };
  const volume = () => join(root, 'volumes/v');

  it('lie behind one link, in directories where the path has some', async () => {
    await unpack(firstEntries('volumes/v', payload({ key: 'one', 'deep/er/file': 'two' })));
    expect(readFileSync(join(volume(), 'key'), 'utf8')).toBe('one');
    expect(readFileSync(join(volume(), 'deep/er/file'), 'utf8')).toBe('two');
    expect(readlinkSync(join(volume(), 'key'))).toBe('..data/key');
    expect(readlinkSync(join(volume(), '..data'))).toMatch(/^\.\.[0-9a-f]{20}$/);
    expect(statSync(join(volume(), 'key')).mode & 0o777).toBe(0o640);
  });

  it('change all at once, and nothing of the old is left', async () => {
    await unpack(firstEntries('volumes/v', payload({ key: 'one', gone: 'x', 'it is': '1' })));
    const next = payload({ key: 'two', 'it is': '1', fresh: '' });
    await unpack(updateEntries('volumes/v', next));
    expect(readFileSync(join(volume(), 'key'), 'utf8')).toBe('one');
    execFileSync('sh', ['-c', updateScript(volume(), next)]);
    expect(readFileSync(join(volume(), 'key'), 'utf8')).toBe('two');
    const names = readdirSync(volume()).sort();
    expect(names).toEqual([
      expect.stringMatching(/^\.\.[0-9a-f]{20}$/),
      '..data',
      'fresh',
      'it is',
      'key',
    ]);
  });

  it('may become none', async () => {
    await unpack(firstEntries('volumes/v', payload({ key: 'one' })));
    await unpack(updateEntries('volumes/v', payload({})));
    execFileSync('sh', ['-c', updateScript(volume(), payload({}))]);
    expect(readdirSync(volume()).filter((name) => !name.startsWith('..'))).toEqual([]);
  });

  it('belong to the pod’s group and can be read by it', async () => {
    const [directory, , file] = firstEntries('v', payload({ key: '1' }), 2000);
    expect(directory).toMatchObject({ gid: 2000, mode: 0o2775 });
    expect(file).toMatchObject({ gid: 2000, mode: 0o640 });
  });
});
