/**
 * Starts the detached process of a cluster and waits until it is ready. The child tells of its
 * progress over an IPC channel that is closed as soon as it is ready; from then on it is on its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClusterError, type ClusterPaths } from './data-directory.ts';

/** What the child sends. */
export type StartMessage =
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'ready' }
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

/** Resolves with the child's process id when the cluster is ready. Throws ClusterError. */
export function spawnCluster(options: SpawnOptions): Promise<number> {
  const { paths, entry, args, onProgress, signal } = options;
  mkdirSync(dirname(paths.log), { recursive: true });
  const output = openSync(`${paths.log}.out`, 'w', 0o600);
  const child = spawn(process.execPath, [entry, ...args], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
    windowsHide: true,
  });
  closeSync(output);
  return new Promise((resolve, reject) => {
    const abort = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void) => {
      signal?.removeEventListener('abort', abort);
      letGo(child);
      finish();
    };
    child.on('message', (message: StartMessage) => {
      if (message.type === 'progress') onProgress(message.message);
      else if (message.type === 'ready') settle(() => resolve(child.pid as number));
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
        : `the cluster process ended with ${by ?? `code ${code}`}${lastLines(`${paths.log}.out`)}`;
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
    return '';
  }
}
