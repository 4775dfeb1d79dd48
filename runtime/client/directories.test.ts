import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDirectory } from './directories.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'skiff-directories-'));
});
afterEach(() => rm(home, { recursive: true }));

it('makes what is not there, and takes what is', async () => {
  const wanted = join(home, 'a', 'b', 'c');
  await makeDirectory(wanted, 0o700);
  await makeDirectory(wanted);
  expect((await stat(wanted)).isDirectory()).toBe(true);
  expect((await stat(join(home, 'a'))).mode & 0o777).toBe(0o700);
});

it('refuses where a file is in the way', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(makeDirectory(join(home, 'file'))).rejects.toThrow('EEXIST');
  await expect(makeDirectory(join(home, 'file', 'below'))).rejects.toThrow('ENOTDIR');
});

it.runIf(process.platform === 'linux')('ends where nothing can be made', async () => {
  await expect(makeDirectory('/proc/nothing/here')).rejects.toThrow('ENOENT');
});
