/**
 * What the kubelet and the network need of a container engine, in the shape of the Container
 * Runtime Interface. Nothing outside this folder knows which engine it is.
 *
 * Everything an engine makes for a cluster carries the label `skiff.cluster`, so that a new process
 * finds what a crashed one left running, and `down` removes it all.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

export interface EngineInfo {
  /** `docker`, `simulated`, … */
  readonly name: string;
  readonly version: string;
  /** Of the machine the containers run on. */
  readonly os: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly operatingSystem: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** No container really runs; nodes and pods must be labelled so. */
  readonly simulated: boolean;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  /** The image's own user: a name, a number or `uid:gid`; empty for root. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly workingDirectory: string;
  readonly exposedPorts: readonly string[];
}

export interface NetworkConfig {
  readonly name: string;
  /** For example 10.244.0.0/16. */
  readonly subnet: string;
  readonly gateway: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Mount {
  /** A path on the engine's machine, or the name of a volume. */
  readonly source: string;
  readonly type: 'bind' | 'volume';
  readonly target: string;
  readonly readOnly?: boolean;
  readonly propagation?: 'private' | 'rslave' | 'rshared';
}

export interface ContainerConfig {
  /** Unique on the engine. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Replaces the image's entrypoint. */
  readonly entrypoint?: readonly string[];
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  /** `NAME=value`. */
  readonly env?: readonly string[];
  readonly workingDirectory?: string;
  readonly hostname?: string;
  /** A network's name, `host`, `none`, or another container whose namespace is joined. */
  readonly network:
    | { type: 'bridge'; name: string; address?: string }
    | { type: 'host' }
    | { type: 'none' }
    | { type: 'container'; id: string };
  readonly ipc?: { type: 'shareable' } | { type: 'container'; id: string } | { type: 'host' };
  readonly pid?: { type: 'container'; id: string } | { type: 'host' };
  readonly mounts?: readonly Mount[];
  /** Memory-backed mounts of this container alone: target to options (`size=64m,mode=1777`). */
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly privileged?: boolean;
  readonly readOnlyRoot?: boolean;
  readonly noNewPrivileges?: boolean;
  readonly capabilities?: { add?: readonly string[]; drop?: readonly string[] };
  readonly seccomp?: 'unconfined' | 'runtime-default' | { profile: string };
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly ulimits?: Readonly<Record<string, number>>;
  /** Relative weight, 2 at the least. */
  readonly cpuShares?: number;
  /** Microseconds of CPU time per 100 ms. */
  readonly cpuQuota?: number;
  readonly memoryBytes?: number;
  readonly oomScoreAdj?: number;
  readonly stopSignal?: string;
  readonly tty?: boolean;
  /** Keep standard input open so that attach can write to it. */
  readonly stdin?: boolean;
  /**
   * The end of the first attached input is the end of the container's own, and its output goes on being
   * told. Without it such an end only lets go of the container.
   */
  readonly stdinOnce?: boolean;
  readonly dns?: {
    servers: readonly string[];
    searches: readonly string[];
    options: readonly string[];
  };
  /** Restart by the engine itself; only for Skiff's own node containers. */
  readonly restartAlways?: boolean;
}

export type ContainerState = 'created' | 'running' | 'exited';

export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  /** Milliseconds since the epoch; 0 if it has not happened. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** The engine's words when the process could not be started. */
  readonly error: string;
  /** On the network it was put in; empty if it joined another container's. */
  readonly address: string;
  /** Process id on the engine's machine; 0 if not running. */
  readonly pid: number;
}

export type EngineEvent =
  | {
      readonly type: 'started' | 'exited' | 'removed' | 'oom';
      readonly id: string;
      readonly labels: Readonly<Record<string, string>>;
    }
  /** The event stream broke and was taken up again: list everything anew. */
  | { readonly type: 'resync' };

export interface ExecConfig {
  readonly command: readonly string[];
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly env?: readonly string[];
}

/** A running process's streams. With a terminal everything is on `stdout`. */
export interface EngineProcess {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, after the streams have ended; rejects with EngineError. */
  readonly exit: Promise<number>;
  resize(columns: number, rows: number): Promise<void>;
  /** Drops the connection; the process may go on. */
  close(): void;
}

/** A volume in memory, which everybody may write to. */
export interface MemoryVolume {
  readonly sizeBytes?: number;
  /** Owns the volume and, whoever writes them, the files in it. */
  readonly group?: number;
}

export interface ContainerStats {
  readonly timestamp: number;
  /** Nanoseconds of CPU time used since start. */
  readonly cpuNanoseconds: number;
  /** Usage without the reclaimable file cache. */
  readonly memoryWorkingSetBytes: number;
}

export interface LogQuery {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly signal?: AbortSignal;
}

/** Every method throws EngineError. */
export interface Engine {
  info(): Promise<EngineInfo>;

  /** Undefined if the engine has no such image. */
  image(reference: string): Promise<ImageInfo | undefined>;
  images(): Promise<ImageInfo[]>;
  pullImage(
    reference: string,
    options?: {
      username?: string;
      password?: string;
      onProgress?: (line: string) => void;
      signal?: AbortSignal;
    },
  ): Promise<void>;
  /** Builds from a tar of the build context. */
  buildImage(
    context: Readable,
    options: {
      tag: string;
      dockerfile?: string;
      buildArgs?: Record<string, string>;
      labels?: Record<string, string>;
      onProgress?: (line: string) => void;
      signal?: AbortSignal;
    },
  ): Promise<void>;
  /** Makes an image of one layer from a tar of a root file system. */
  importImage(rootfs: Readable, tag: string): Promise<void>;

  createNetwork(config: NetworkConfig): Promise<void>;
  /** The networks with all of these labels, in the order in which they were made. */
  networks(labels: Record<string, string>): Promise<NetworkConfig[]>;
  removeNetwork(name: string): Promise<void>;

  /** Makes the volume if it is not there; the result is its path on the engine's machine. */
  createVolume(
    name: string,
    options: { labels: Record<string, string>; tmpfs?: MemoryVolume },
  ): Promise<string>;
  volumes(labels: Record<string, string>): Promise<{ name: string; path: string }[]>;
  removeVolume(name: string): Promise<void>;

  /** Answers the id. */
  createContainer(config: ContainerConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal, then KILL after `graceSeconds`. Fine if it has stopped or gone. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  killContainer(id: string, signal: string): Promise<void>;
  /** Fine if it has gone. */
  removeContainer(id: string): Promise<void>;
  container(id: string): Promise<ContainerInfo | undefined>;
  containers(labels: Record<string, string>): Promise<ContainerInfo[]>;
  updateContainer(
    id: string,
    resources: Pick<ContainerConfig, 'cpuShares' | 'cpuQuota' | 'memoryBytes'>,
  ): Promise<void>;

  exec(id: string, config: ExecConfig): Promise<EngineProcess>;
  /** `exit` is 0 once the output has ended: how the container itself ends stands in its state. */
  attach(id: string, options: { stdin?: boolean; tty?: boolean }): Promise<EngineProcess>;
  /** Interleaved stdout and stderr, in the order in which they were written. */
  logs(id: string, query: LogQuery): Promise<Readable>;
  stats(id: string): Promise<ContainerStats | undefined>;

  /** Unpacks a tar into a directory of the container, mounts included; owner and mode as in the tar. */
  putArchive(id: string, directory: string, tar: Readable | Uint8Array): Promise<void>;
  /** A tar of a file or directory; undefined if the path is not there. */
  getArchive(id: string, path: string): Promise<Readable | undefined>;

  /**
   * A byte stream to an address inside the engine's networks. A refusal is in the words of Go's net
   * package, which people know: `dial tcp 10.244.0.5:80: connect: connection refused`.
   */
  dial(address: string, port: number): Promise<Duplex>;

  /** Events of containers with these labels; survives a broken connection (see `resync`). */
  watch(labels: Record<string, string>, onEvent: (event: EngineEvent) => void): () => void;
  close(): Promise<void>;
}

export type EngineErrorCode = 'unavailable' | 'not-found' | 'conflict' | 'invalid' | 'failed';

/** What the engine said, kept in its own words. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}

/** Labels that mark what belongs to Skiff; values are the cluster's name and so on. */
export const engineLabels = {
  cluster: 'skiff.cluster',
  /** `node`, `sandbox`, `container`, `network`, `volume`. */
  role: 'skiff.role',
  node: 'skiff.node',
  podUid: 'skiff.pod.uid',
  podName: 'skiff.pod.name',
  podNamespace: 'skiff.pod.namespace',
  container: 'skiff.container',
  attempt: 'skiff.attempt',
} as const;
