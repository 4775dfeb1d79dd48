/**
 * Starts the detached process of a cluster and waits until it is ready. The child tells of its
 * progress over an IPC channel that is closed as soon as it is ready; from then on it is on its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { ClusterError, type ClusterPaths } from './data-directory.ts';
import type { RuntimeFile } from './runtime-file.ts';

/** What the child sends. */
export type StartMessage =
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'ready'; readonly runtime: RuntimeFile }
  | { readonly type: 'failed'; readonly message: string };

export interface SpawnOptions {
  readonly paths: ClusterPaths;
  /** The script to run and its arguments. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly onProgress: (message: string) => void;
  /** Ends the child that is still starting. */
  readonly signal?: AbortSignal;
}

/**
 * What of requests is not kept dies young. With half of the room that Node gives to young objects they are
 * collected more often and in less time, requests take no longer, and an idle cluster takes 10 MB less. All
 * others may take so many megabytes before they are looked through for the first time: that takes 10 ms each time,
 * and a heap that has begun small does it again and again while it grows.
 */
const flags = ['--max-semi-space-size=8', '--initial-heap-size=128'];

/**
 * Resolves with what the child says of the cluster when it is ready. The directory must be there. Throws
 * ClusterError.
 */
export function spawnCluster(options: SpawnOptions): Promise<RuntimeFile> {
  const { paths, entry, args, onProgress, signal } = options;
  // Of its own: a cluster that runs already must not lose what it has said to one that is refused.
  const outputFile = `${paths.log}.out-${process.pid}`;
  const output = openSync(outputFile, 'w', 0o600);
  const child = spawn(process.execPath, [...flags, entry, ...args], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
    windowsHide: true,
  });
  closeSync(output);
  return new Promise((resolve, reject) => {
    const abort = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void, keepOutput = false) => {
      signal?.removeEventListener('abort', abort);
      letGo(child);
      finish();
      if (keepOutput) renameSync(outputFile, `${paths.log}.out`);
      else rmSync(outputFile, { force: true });
    };
    child.on('message', (message: StartMessage) => {
      if (message.type === 'progress') onProgress(message.message);
      else if (message.type === 'ready') settle(() => resolve(message.runtime), true);
      else {
        const why = signal?.aborted ? 'cancelled' : message.message;
        settle(() => reject(new ClusterError(why)));
      }
    });
    child.on('error', (error) =>
      settle(() => reject(new ClusterError(`cannot start: ${error.message}`))),
    );
    child.on('exit', (code, by) => {
      const why = signal?.aborted
        ? 'cancelled'
        : `the cluster process ended with ${by ?? `code ${code}`}${lastLines(outputFile)}`;
      settle(() => reject(new ClusterError(why)));
    });
  });
}

function letGo(child: ChildProcess): void {
  child.removeAllListeners();
  // A late message or error must not bring the parent down.
  child.on('error', () => {});
  if (child.connected) child.disconnect();
  child.unref();
}

function lastLines(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n  ');
    return lines === '' ? '' : `:\n  ${lines}`;
  } catch {
    // Only adds to an error that is told anyway.
    return '';
  }
}
