import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrCreateSecretKey, secretKeyFile } from './secret-key.ts';

describe('the key for Secrets', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'skiff-key-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is made once, for nobody else to read', async () => {
    const key = await loadOrCreateSecretKey(directory, false);
    expect(key).toHaveLength(32);
    expect((await stat(secretKeyFile(directory))).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSecretKey(directory, true)).toEqual(key);
  });

  it('is not made anew where it has encrypted something already', async () => {
    const again = loadOrCreateSecretKey(directory, true);
    await expect(again).rejects.toThrow(/secrets\.key is gone.*Nothing was changed/);
    await writeFile(secretKeyFile(directory), 'short\n');
    await expect(loadOrCreateSecretKey(directory, false)).rejects.toThrow(/is damaged/);
    expect(await readFile(secretKeyFile(directory), 'utf8')).toBe('short\n');
  });
});
