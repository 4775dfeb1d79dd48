/** The few things that the log asks of a file system, in one directory; tests put a faulty one here. */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
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
  /** Makes an empty file, over one that is there. Its name is durable after `syncDirectory`. */
  create(name: string): Promise<AppendFile>;
  /** Durable when it resolves. */
  truncate(name: string, size: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Fine if it is not there. */
  remove(name: string): Promise<void>;
  syncDirectory(): Promise<void>;
}

/** A directory on disk, made (mode 0700) if missing. */
export async function openDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(directory, name);
  return {
    list: () => readdir(directory),
    read: (name) => readFile(path(name)),
    create: async (name) => appendFile(await open(path(name), 'w', 0o600)),
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
  };
}

function appendFile(file: FileHandle): AppendFile {
  return {
    write: async (bytes) => {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
      }
    },
    sync: () => file.datasync(),
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
