/** The life of a cluster's own process: lock, start, serve until told to end. */

import { randomInt } from 'node:crypto';
import { systemClock } from '../api/clock.ts';
import type { TokenIssuance } from '../apiserver/authentication/tokens.ts';
import type { Surroundings } from '../engine/docker/find.ts';
import type { AuditChoice } from './audit.ts';
import { type Assets, startCluster } from './cluster.ts';
import {
  ClusterError,
  type ClusterPaths,
  type ClusterSettings,
  reasonOf,
} from './data-directory.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log-file.ts';
import { type RuntimeFile, writeRuntimeFile } from './runtime-file.ts';

/** How long, in milliseconds, whoever has been waiting for the cluster has the processor alone. */
const restMs = 500;

export interface RunOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly assets: Assets;
  readonly surroundings: Surroundings;
  readonly version: string;
  readonly baseImage?: string;
  /** The port of the settings is the one a person asked for. */
  readonly portIsWanted?: boolean;
  readonly userKubeconfig?: string;
  readonly audit?: AuditChoice;
  readonly tokens?: TokenIssuance;
  readonly onProgress: (message: string) => void;
}

export interface RunningCluster {
  readonly runtime: RuntimeFile;
  /** Resolves once it has been told to end and has ended. */
  readonly ended: Promise<NodeJS.Signals>;
}

/** Resolves when the cluster is ready. */
export async function runCluster(options: RunOptions): Promise<RunningCluster> {
  const { paths, settings, version, onProgress } = options;
  const unlock = await takeLock(paths, settings.name);
  const log = openLog(paths.log, systemClock);
  // One faulty request or loop must not take every pod's control plane down with it.
  process.on('uncaughtException', (error) => log('process', `uncaught: ${error.stack ?? error}`));
  process.on('unhandledRejection', (error) =>
    log('process', `unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  );
  log('process', `skiff ${version} starting cluster ${settings.name}, process ${process.pid}`);
  try {
    const signalled = nextSignal();
    const starting = new AbortController();
    signalled.then((by) => starting.abort(new ClusterError(`the start was ended by ${by}`)));
    const cluster = await startCluster({
      ...options,
      signal: starting.signal,
      clock: systemClock,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      log,
      onProgress: (message) => {
        log('process', message);
        onProgress(message);
      },
    });
    const startMs = Math.round(performance.now());
    const { name: engineName, version: engineVersion, simulated } = cluster.engine;
    const runtime: RuntimeFile = {
      pid: process.pid,
      server: cluster.server,
      version,
      engine: { name: engineName, version: engineVersion, simulated },
      startMs,
    };
    await writeRuntimeFile(paths, runtime);
    log('process', `ready after ${startMs} ms at ${cluster.server}`);
    const ended = signalled.then(async (signal) => {
      log('process', `ending on ${signal}`);
      await cluster.stop();
      await unlock();
      return signal;
    });
    if (options.surroundings.env.SKIFF_REHEARSAL !== 'off') {
      systemClock.after(restMs, () => cluster.rehearse());
    }
    return { runtime, ended };
  } catch (error) {
    log('process', `failed to start: ${error instanceof Error ? error.stack : reasonOf(error)}`);
    await unlock();
    throw error;
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, resolve);
  });
}
