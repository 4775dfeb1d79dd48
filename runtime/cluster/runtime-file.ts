/** What a running cluster says of itself to other processes, and how they ask. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type ClusterPaths, readJson, writeJson } from './data-directory.ts';

export interface RuntimeFile {
  readonly pid: number;
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly version: string;
  readonly engine: { readonly name: string; readonly version: string; readonly simulated: boolean };
  /** From the start of the process until the API was ready and every node Ready, in milliseconds. */
  readonly startMs: number;
}

export function writeRuntimeFile(paths: ClusterPaths, runtime: RuntimeFile): Promise<void> {
  return writeJson(paths.runtime, runtime);
}

/** What the holder of the lock said of itself; undefined while it is still starting. */
export async function readRuntimeFile(
  paths: ClusterPaths,
  pid: number,
): Promise<RuntimeFile | undefined> {
  const runtime = await readJson<RuntimeFile>(paths.runtime);
  return runtime?.pid === pid ? runtime : undefined;
}

/** The process's resident memory in bytes; 0 where the system does not tell. */
export async function residentBytes(pid: number): Promise<number> {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    // Not Linux.
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) * 1024;
  } catch {
    return 0;
  }
}
