/** Tars of a pod's files. Pure: entries in, bytes out. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface FileEntry {
  /** Relative to the root of the files. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly content?: string | Uint8Array;
  /** Of a symbolic link. */
  readonly target?: string;
}

/** One archive of all entries, in their order; directories come before what is in them. */
export async function archive(entries: readonly FileEntry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { path, type, mode, uid = 0, gid = 0, content, target } of entries) {
    if (type === 'symlink') {
      tar.entry({ name: path, type, linkname: target ?? '', uid, gid });
    } else if (type === 'directory') {
      tar.entry({ name: `${path}/`, type, mode: mode ?? 0o755, uid, gid });
    } else {
      const bytes = typeof content === 'string' ? Buffer.from(content) : (content ?? '');
      tar.entry({ name: path, type, mode: mode ?? 0o644, uid, gid }, Buffer.from(bytes));
    }
  }
  tar.finalize();
  return buffer(tar);
}
