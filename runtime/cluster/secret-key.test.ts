import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterPaths, clusterPaths } from './data-directory.ts';
import { loadOrCreateSecretKey, secretKeyFile } from './secret-key.ts';

describe('the key for Secrets', () => {
  let paths: ClusterPaths;
  beforeEach(async () => {
    paths = clusterPaths(await mkdtemp(join(tmpdir(), 'skiff-key-')));
    await mkdir(paths.pki);
  });
  afterEach(() => rm(paths.directory, { recursive: true, force: true }));

  it('is made once, for nobody else to read', async () => {
    const key = await loadOrCreateSecretKey(paths, {});
    expect(key).toHaveLength(32);
    expect((await stat(secretKeyFile(paths))).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSecretKey(paths, { secretsEncrypted: true })).toEqual(key);
  });

  it('is not made anew where it has encrypted something already', async () => {
    const again = loadOrCreateSecretKey(paths, { secretsEncrypted: true });
    await expect(again).rejects.toThrow(/secrets\.key is gone.*Nothing was changed/);
    await writeFile(secretKeyFile(paths), 'short\n');
    await expect(loadOrCreateSecretKey(paths, {})).rejects.toThrow(/is damaged/);
    expect(await readFile(secretKeyFile(paths), 'utf8')).toBe('short\n');
  });

  it('is used on shared state only if it was put there', async () => {
    const store = 'etcd=http://127.0.0.1:2379';
    expect(await loadOrCreateSecretKey(paths, { store })).toBeUndefined();
    const key = Buffer.alloc(32, 1);
    await writeFile(secretKeyFile(paths), key.toString('base64'));
    expect(Buffer.from((await loadOrCreateSecretKey(paths, { store })) ?? [])).toEqual(key);
  });
});
