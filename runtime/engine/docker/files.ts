/** Files into and out of containers, and byte streams to addresses. */
import { connect } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { type ContainerStats, type Engine, EngineError } from '../engine.ts';
import { call, type DockerConnection } from './connection.ts';
import { statusCodeOf } from './errors.ts';

type FileCalls = Pick<Engine, 'putArchive' | 'getArchive' | 'stats' | 'dial'>;

const dialTimeoutMs = 5_000;

interface RawStats {
  read: string;
  cpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: { usage?: number; stats?: Record<string, number> };
}

/** The archive, stats and dial part of Engine. */
export function fileCalls({ docker, clock }: DockerConnection): FileCalls {
  return {
    putArchive: (id, directory, tar) =>
      call(async () => {
        const body = tar instanceof Uint8Array ? Buffer.from(tar) : tar;
        await docker.getContainer(id).putArchive(body as Buffer, { path: directory });
      }),

    getArchive: (id, path) =>
      call(async () => {
        try {
          return (await docker.getContainer(id).getArchive({ path })) as Readable;
        } catch (error) {
          if (statusCodeOf(error) === 404) return undefined;
          throw error;
        }
      }),

    stats: (id) =>
      call(async () => {
        try {
          const options = { stream: false, 'one-shot': true } as { stream: false };
          const found = await docker.getContainer(id).stats(options);
          return statsOf(found as unknown as RawStats);
        } catch (error) {
          if (statusCodeOf(error) === 404 || statusCodeOf(error) === 409) return undefined;
          throw error;
        }
      }),

    // Direct: works where the process shares the engine's machine (Linux).
    dial: (address, port) =>
      new Promise<Duplex>((resolve, reject) => {
        const socket = connect({ host: address, port, allowHalfOpen: true });
        const refuse = (why: string) => {
          socket.destroy();
          reject(new EngineError('unavailable', `dial tcp ${address}:${port}: ${why}`));
        };
        const cancel = clock.after(dialTimeoutMs, () => refuse('i/o timeout'));
        socket.once('error', (error: NodeJS.ErrnoException) => {
          cancel();
          refuse(dialFailures[error.code ?? ''] ?? error.message);
        });
        socket.once('connect', () => {
          cancel();
          socket.removeAllListeners('error');
          // Somebody must listen until the caller does; a reset must not end the process.
          socket.on('error', () => {});
          resolve(socket);
        });
      }),
  };
}

/** As Go's net package puts it: people know those words, and events carry them. */
const dialFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'connect: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
};

/** Undefined for a container that is not running: the engine then answers without memory figures. */
function statsOf(found: RawStats): ContainerStats | undefined {
  const { usage, stats = {} } = found.memory_stats;
  if (usage === undefined) return undefined;
  // cgroup v1 and v2 name the file cache that can be given back differently.
  const reclaimable = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return {
    timestamp: Date.parse(found.read),
    cpuNanoseconds: found.cpu_stats.cpu_usage.total_usage,
    memoryWorkingSetBytes: Math.max(0, usage - reclaimable),
  };
}
