/** The few things that the log asks of a file system, in one directory; tests put a faulty one here. */
import { constants, fdatasync, write } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
} from 'node:fs/promises';
import { join } from 'node:path';

export interface AppendFile {
  /** Appends all bytes; they may be lost until `sync` has resolved. */
  write(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /**
   * Makes an empty file, over one that is there. Its name is durable after `syncDirectory`.
   * `syncEach`: each write will be followed by a sync, which the medium may take as one step.
   */
  create(name: string, options?: { readonly syncEach: boolean }): Promise<AppendFile>;
  /** Durable when it resolves. */
  truncate(name: string, size: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Fine if it is not there. */
  remove(name: string): Promise<void>;
  syncDirectory(): Promise<void>;
  /** How many bytes may still be written here; undefined where nobody can say. */
  free(): Promise<number | undefined>;
}

/** A directory on disk, made (mode 0700) if missing. */
export async function openDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(directory, name);
  return {
    list: () => readdir(directory),
    read: (name) => readFile(path(name)),
    create: async (name, { syncEach = false } = { syncEach: false }) => {
      const durable = syncEach ? syncedWrites : 0;
      const { O_CREAT, O_TRUNC, O_WRONLY } = constants;
      const file = await open(path(name), O_CREAT | O_TRUNC | O_WRONLY | durable, 0o600);
      return appendFile(file, durable !== 0);
    },
    truncate: async (name, size) => {
      await using(await open(path(name), 'r+'), async (file) => {
        await file.truncate(size);
        await file.sync();
      });
    },
    rename: (from, to) => rename(path(from), path(to)),
    remove: (name) => rm(path(name), { force: true }),
    syncDirectory: async () => {
      // Windows cannot open a directory; there a rename is as durable as it gets.
      if (process.platform === 'win32') return;
      await using(await open(directory, 'r'), (file) => file.sync());
    },
    free: async () => {
      try {
        const { bavail, bsize } = await statfs(directory);
        return bavail * bsize;
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * Lets each write return once its bytes are durable: one trip to the thread pool and back through a
 * busy event loop instead of two. Linux alone: macOS takes its own call to reach the medium, which
 * only a sync makes, and Windows has no such flag.
 */
const syncedWrites = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** `synced`: what has been written is durable already. Callbacks cost a fraction of a handle's promises. */
function appendFile(file: FileHandle, synced: boolean): AppendFile {
  const { fd } = file;
  const put = (bytes: Uint8Array, from: number, done: (error: Error | null) => void) => {
    write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error !== null || from + written >= bytes.length) done(error);
      else put(bytes, from + written, done);
    });
  };
  const settled = (work: (done: (error: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      work((error) => (error === null ? resolve() : reject(error)));
    });
  return {
    write: (bytes) => settled((done) => put(bytes, 0, done)),
    sync: () => (synced ? Promise.resolve() : settled((done) => fdatasync(fd, done))),
    close: () => file.close(),
  };
}

async function using(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
