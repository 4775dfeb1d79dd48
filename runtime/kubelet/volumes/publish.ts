/**
 * The layout in which a volume's files appear all at once and are replaced all at once:
 *
 *   ..<hash of the content>/key    the files
 *   ..data -> ..<hash>             replaced by one rename when the content changes
 *   key -> ..data/key              what the container opens
 *
 * Pure.
 */
import { createHash } from 'node:crypto';
import type { FileEntry } from './archive.ts';

export interface PayloadFile {
  readonly content: Uint8Array;
  readonly mode: number;
  readonly uid?: number;
}

/** Files by their path in the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

/** The name of the directory that holds this content. */
export function contentName(payload: Payload): string {
  const hash = createHash('sha256');
  for (const path of [...payload.keys()].sort()) {
    const { content, mode, uid = 0 } = payload.get(path) as PayloadFile;
    hash.update(`${path}\0${mode}\0${uid}\0${content.length}\0`).update(content);
  }
  return `..${hash.digest('hex').slice(0, 20)}`;
}

/** The first writing of a volume. `gid` is the pod's fsGroup. */
export function firstEntries(directory: string, payload: Payload, gid?: number): FileEntry[] {
  const data = contentName(payload);
  return [
    { path: directory, type: 'directory', mode: directoryMode(gid), ...group(gid) },
    ...contentEntries(directory, payload, gid),
    { path: `${directory}/..data`, type: 'symlink', target: data },
    ...linkEntries(directory, payload),
  ];
}

/** What must be unpacked for new content, before `updateScript` makes it visible. */
export function updateEntries(directory: string, payload: Payload, gid?: number): FileEntry[] {
  return [
    ...contentEntries(directory, payload, gid),
    { path: `${directory}/..data_tmp`, type: 'symlink', target: contentName(payload) },
    ...linkEntries(directory, payload),
  ];
}

/** Switches to the new content and clears away the old; `directory` is absolute. */
export function updateScript(directory: string, payload: Payload): string {
  const keep = new Set([...payload.keys()].map(topOf));
  const data = contentName(payload);
  return [
    `cd ${quote(directory)} || exit 1`,
    'old=$(readlink ..data)',
    'mv -fT ..data_tmp ..data || exit 1',
    `[ "$old" = ${quote(data)} ] || [ -z "$old" ] || rm -rf "./$old"`,
    'for link in * .[!.]*; do',
    '  [ -L "$link" ] || continue',
    `  case "$link" in ${[...keep].map(quote).join('|') || "''"}) ;; *) rm -f "./$link";; esac`,
    'done',
  ].join('\n');
}

/** For /bin/sh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function contentEntries(directory: string, payload: Payload, gid?: number): FileEntry[] {
  const data = `${directory}/${contentName(payload)}`;
  const directories = new Set<string>();
  const entries: FileEntry[] = [
    { path: data, type: 'directory', mode: directoryMode(gid), ...group(gid) },
  ];
  for (const [path, { content, mode, uid = 0 }] of payload) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      const parent = parts.slice(0, index + 1).join('/');
      if (directories.has(parent)) return;
      directories.add(parent);
      entries.push({
        path: `${data}/${parent}`,
        type: 'directory',
        mode: directoryMode(gid),
        ...group(gid),
      });
    });
    // With an fsGroup its members may read.
    const ownMode = gid === undefined ? mode : mode | 0o440;
    entries.push({
      path: `${data}/${path}`,
      type: 'file',
      mode: ownMode,
      content,
      uid,
      ...group(gid),
    });
  }
  return entries;
}

function linkEntries(directory: string, payload: Payload): FileEntry[] {
  return [...new Set([...payload.keys()].map(topOf))].map((name) => ({
    path: `${directory}/${name}`,
    type: 'symlink',
    target: `..data/${name}`,
  }));
}

function topOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function directoryMode(gid: number | undefined): number {
  return gid === undefined ? 0o755 : 0o2775;
}

function group(gid: number | undefined): { gid?: number } {
  return gid === undefined ? {} : { gid };
}
