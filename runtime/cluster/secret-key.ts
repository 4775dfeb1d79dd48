/**
 * The key with which Secrets are encrypted in the store. It lies beside the keys of the cluster's
 * certificates: whoever can read those can do anything anyway, but a copy of the state alone (a backup,
 * a support bundle) tells no password.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClusterError, reasonOf } from './data-directory.ts';

const keyBytes = 32;

/** The file in the directory of the cluster's keys: the key in base64, one line. */
export function secretKeyFile(directory: string): string {
  return join(directory, 'secrets.key');
}

/**
 * The key, made at the first start; `encrypted` says that there must be one. Throws ClusterError if
 * there was a key and it is gone or damaged.
 */
export async function loadOrCreateSecretKey(
  directory: string,
  encrypted: boolean,
): Promise<Uint8Array> {
  const file = secretKeyFile(directory);
  const text = await read(file);
  if (text !== undefined) {
    const key = Buffer.from(text.trim(), 'base64');
    if (key.length === keyBytes) return key;
    throw new ClusterError(`${file} is damaged: it does not hold ${keyBytes} bytes in base64`);
  }
  if (encrypted) {
    throw new ClusterError(
      `${file} is gone, and without it the Secrets of this cluster cannot be read. ` +
        'Put it back, or remove the cluster with "skiff down --purge". Nothing was changed.',
    );
  }
  const key = randomBytes(keyBytes);
  await writeDurably(file, `${key.toString('base64')}\n`);
  return key;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClusterError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** The key must outlive a power cut that anything outlives which it has encrypted. */
async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const directory = await open(dirname(file), 'r');
  try {
    await directory.sync();
  } catch (error) {
    // Windows has no such thing as a directory that can be synced.
    if (process.platform !== 'win32') throw error;
  } finally {
    await directory.close();
  }
}
