/** The Docker engine behind the Engine interface: API 1.41 (engine 20.10) and later. */
import Docker from 'dockerode';
import { type Clock, systemClock } from '../../api/clock.ts';
import { type Engine, EngineError, type EngineInfo } from '../engine.ts';
import { call, type DockerConnection } from './connection.ts';
import { containerCalls } from './containers.ts';
import { createEventHub } from './events.ts';
import { fileCalls } from './files.ts';
import { imageCalls } from './images.ts';
import { networkCalls } from './networks.ts';
import { processCalls } from './processes.ts';

export interface DockerOptions {
  /** A unix socket or a Windows pipe. */
  socketPath?: string;
  /** Or an address; with certificates over TLS. */
  host?: string;
  port?: number;
  tls?: { ca: Buffer; cert: Buffer; key: Buffer };
  clock?: Clock;
  /** Warnings for the person who runs the cluster. */
  log?: (message: string) => void;
}

/** Makes an engine; nothing is connected before the first call. */
export function createDockerEngine(options: DockerOptions = {}): Engine {
  const { socketPath, host, port, tls, clock = systemClock, log = () => {} } = options;
  const docker = new Docker({
    ...(host === undefined
      ? { socketPath: socketPath ?? '/var/run/docker.sock', host: undefined }
      : { host, port, protocol: tls === undefined ? 'http' : 'https', ...tls }),
  } as Docker.DockerOptions);

  const connection: DockerConnection = { docker, clock, log };
  const events = createEventHub(connection);
  return {
    info: infoCall(connection),
    ...imageCalls(connection),
    ...networkCalls(connection),
    ...containerCalls(connection),
    ...processCalls(connection),
    ...fileCalls(connection),
    watch: events.watch,
    close: async () => events.close(),
  };
}

/** An engine that takes longer to say that it is there counts as one that is not. */
const answerMs = 10_000;

/** The engine is asked for its facts once; later calls only make sure that it still answers. */
function infoCall({ docker, clock }: DockerConnection): () => Promise<EngineInfo> {
  let known: EngineInfo | undefined;
  return () =>
    inTime(clock, async (endedBy) => {
      if (known !== undefined) {
        await docker.ping(...endedBy);
        return known;
      }
      const info = await docker.info(...endedBy);
      known = {
        name: 'docker',
        version: info.ServerVersion,
        os: info.OSType,
        architecture: architectures[info.Architecture] ?? info.Architecture,
        kernelVersion: info.KernelVersion,
        operatingSystem: info.OperatingSystem,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        simulated: false,
      };
      return known;
    });
}

/**
 * Runs one call and ends it when it takes too long. Throws EngineError. The action hands its argument
 * on to a call of dockerode, whose types do not know of this option.
 */
async function inTime<T>(clock: Clock, action: (endedBy: []) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const cancel = clock.after(answerMs, () => limit.abort());
  try {
    return await call(() => action([{ abortSignal: limit.signal }] as never));
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    const words = `the Docker engine does not answer within ${answerMs / 1_000} seconds`;
    throw new EngineError('unavailable', words, { cause: error });
  } finally {
    cancel();
  }
}

/** uname's names to those that Kubernetes and Go use. */
const architectures: Record<string, string> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
};
