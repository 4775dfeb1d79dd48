/**
 * Logs, exec, attach and port-forward of a pod. Two things implement it: the kubelet (the API
 * server hands requests on to it) and `HttpPodStreams`, which reaches any API server from outside.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

export interface PodKey {
  readonly namespace: string;
  readonly name: string;
}

export interface LogOptions {
  /** Left out: the pod's only container; with several an ApiError names them. */
  container?: string;
  follow?: boolean;
  /** The container's run before the present one. */
  previous?: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  /** RFC 3339. */
  sinceTime?: string;
  /** Put an RFC 3339 time with nanoseconds before every line. */
  timestamps?: boolean;
  limitBytes?: number;
  /** Ends a followed log. */
  signal?: AbortSignal;
}

export interface ExecOptions {
  container?: string;
  command: readonly string[];
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  /** One merged stream on stdout, with a terminal. */
  tty?: boolean;
}

export type AttachOptions = Omit<ExecOptions, 'command'>;

/** How a process ended. `message` says why it could not be started or followed to its end. */
export type ExitResult = { exitCode: number } | { error: string };

export interface ExecSession {
  /** There if asked for; ending it closes the process's standard input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** Resolves after the output streams have ended; never rejects. */
  readonly exit: Promise<ExitResult>;
  resize(columns: number, rows: number): void;
  /** Lets go of the process; what it was attached to ends. */
  close(): void;
}

/** Every method throws ApiError (NotFound, BadRequest for a container that is not running, …). */
export interface PodStreams {
  logs(pod: PodKey, options: LogOptions): Promise<Readable>;
  exec(pod: PodKey, options: ExecOptions): Promise<ExecSession>;
  attach(pod: PodKey, options: AttachOptions): Promise<ExecSession>;
  /** A byte stream to a port on the pod's own loopback. */
  portForward(pod: PodKey, port: number): Promise<Duplex>;
}
