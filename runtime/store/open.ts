/** Opens the engine that a cluster keeps its state in. */
import { join } from 'node:path';
import { openDisk } from './log/disk.ts';
import { openLogStore } from './log/log.ts';
import { CorruptStoreError } from './log/recover.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /** `etcd=http://127.0.0.1:2379`, see etcd/address.ts; left out: the log. */
  readonly choice?: string;
  /** For the log. */
  readonly directory: string;
  /** Calls back after so many milliseconds; the result cancels. */
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly report: (message: string) => void;
}

const etcdChoice = /^etcd=(.+)$/;

/** Says what is wrong with a choice of engine, or undefined if it can be tried. */
export async function problemOfStore(choice: string): Promise<string | undefined> {
  const address = etcdChoice.exec(choice)?.[1];
  if (address === undefined) return `"${choice}" is no store; etcd=http://127.0.0.1:2379 is one`;
  const { parseEtcdAddress } = await import('./etcd/address.ts');
  try {
    parseEtcdAddress(address);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Throws if the state cannot be read, or etcd not be reached. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { choice, directory, after, report } = options;
  if (choice === undefined) return openLog(directory, report);
  const problem = await problemOfStore(choice);
  if (problem !== undefined) throw new Error(problem);
  // Loaded only here: gRPC costs time and memory that nobody else should pay.
  const [{ openEtcdStore }, { parseEtcdAddress, resolveEtcdAddress }] = await Promise.all([
    import('./etcd/etcd.ts'),
    import('./etcd/address.ts'),
  ]);
  const endpoints = await resolveEtcdAddress(parseEtcdAddress(etcdChoice.exec(choice)?.[1] ?? ''));
  return openEtcdStore({ ...endpoints, after, report });
}

/** Throws an error that names the directory and says what to do. */
async function openLog(directory: string, report: (message: string) => void): Promise<Store> {
  try {
    return await openLogStore(await openDisk(directory), { report });
  } catch (error) {
    const { message } = error as Error;
    // Such an error begins with the name of the file.
    if (error instanceof CorruptStoreError) throw new Error(join(directory, message));
    const why = `the state in ${directory} cannot be opened: ${message}`;
    throw new Error(`${why}. Make room on its disk, or mend it, then start again.`, {
      cause: error,
    });
  }
}
