/** Logs, exec, attach and port-forward of the pods of this node. */
import { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { apiError, notFound } from '../../api/status.ts';
import type { core } from '../../api/types.ts';
import type {
  ExecOptions,
  ExecSession,
  LogOptions,
  PodKey,
  PodStreams,
} from '../../client/pod-streams.ts';
import { type ContainerInfo, EngineError, type EngineProcess } from '../../engine/engine.ts';
import { type KubeletContext, messageOf } from '../context.ts';
import type { PodManager } from '../pods/manager.ts';
import type { PodRecord } from '../pods/record.ts';
import { addressOf, isRunning, observe } from '../pods/runtime-state.ts';
import { allContainersOf } from '../spec/containers.ts';
import { shapeLog } from './log-lines.ts';
import { terminalSizes } from './terminal-size.ts';

/** Makes the streams; every method throws ApiError. */
export function createPodStreams(context: KubeletContext, manager: PodManager): PodStreams {
  const { engine, cluster, clock } = context;

  const find = async ({ namespace, name }: PodKey): Promise<PodRecord> => {
    const record = manager.record(namespace, name);
    if (record === undefined) throw notFound('', 'pods', name);
    record.runtime = await asApi(() => observe(engine, cluster.name, record.uid));
    return record;
  };

  const running = async (pod: PodKey, wanted: string | undefined): Promise<ContainerInfo> => {
    const record = await find(pod);
    const { name } = containerOf(record, wanted);
    const [run] = record.runtime.containers.get(name) ?? [];
    if (!isRunning(run)) throw apiError('BadRequest', `container not found ("${name}")`);
    return run;
  };

  return {
    logs: async (pod, options) => {
      const record = await find(pod);
      const run = runOf(record, containerOf(record, options.container), options);
      const since = sinceOf(options, clock.now());
      const raw = await asApi(() =>
        engine.logs(run.id, {
          follow: options.follow ?? false,
          timestamps: true,
          ...(options.tailLines === undefined ? {} : { tail: options.tailLines }),
          ...(since === undefined ? {} : { since }),
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        }),
      );
      return shaped(raw, options);
    },

    exec: async (pod, options) => {
      const run = await running(pod, options.container);
      const { command, stdin = false, tty = false } = options;
      return session(await asApi(() => engine.exec(run.id, { command, stdin, tty })), options);
    },

    attach: async (pod, options) => {
      const run = await running(pod, options.container);
      const { stdin = false, tty = false } = options;
      return session(await asApi(() => engine.attach(run.id, { stdin, tty })), options);
    },

    portForward: async (pod, port) => {
      const record = await find(pod);
      const { sandbox } = record.runtime;
      if (!isRunning(sandbox)) {
        const phase = record.status.phase ?? 'Pending';
        throw apiError('BadRequest', `pod is not running: current phase is ${phase}`);
      }
      const address = addressOf(record.pod, record.runtime, context.node.address);
      try {
        return await engine.dial(address, port);
      } catch {
        // It may listen on loopback only, or the address may be out of this process's reach.
        return relay(await asApi(() => relayProcess(context, sandbox.id, port)), port);
      }
    },
  };
}

/** A program in the sandbox, which every pod has, that connects its own streams to the port. */
function relayProcess(
  { engine }: KubeletContext,
  sandboxId: string,
  port: number,
): Promise<EngineProcess> {
  const command = ['nc', '127.0.0.1', String(port)];
  return engine.exec(sandboxId, { command, stdin: true });
}

/** The streams of `nc` as one; reading fails with what it says if it could not connect. */
function relay(process: EngineProcess, port: number): Duplex {
  const words = text(process.stderr);
  async function* output(): AsyncGenerator<Buffer> {
    yield* process.stdout as AsyncIterable<Buffer>;
    const code = await process.exit;
    if (code !== 0) {
      throw new Error(`cannot connect to port ${port} of the pod: ${(await words).trim()}`);
    }
  }
  const readable = Readable.from(output(), { objectMode: false });
  const duplex = Duplex.from({ writable: process.stdin, readable }) as Duplex;
  duplex.once('close', () => process.close());
  return duplex;
}

function containerOf({ pod }: PodRecord, wanted: string | undefined): core.Container {
  const containers = allContainersOf(pod).map(({ spec }) => spec);
  const { name } = pod.metadata;
  if (wanted !== undefined && wanted !== '') {
    const found = containers.find((spec) => spec.name === wanted);
    if (found !== undefined) return found;
    throw apiError('BadRequest', `container ${wanted} is not valid for pod ${name}`);
  }
  const [only, ...others] = pod.spec.containers;
  if (only !== undefined && others.length === 0) return only;
  const names = pod.spec.containers.map((spec) => spec.name).join(' ');
  const inits = (pod.spec.initContainers ?? []).map((spec) => spec.name).join(' ');
  throw apiError(
    'BadRequest',
    `a container name must be specified for pod ${name}, choose one of: [${names}]` +
      (inits === '' ? '' : ` or one of the init containers: [${inits}]`),
  );
}

/** The run whose log is asked for. */
function runOf(
  record: PodRecord,
  { name }: core.Container,
  { previous = false }: LogOptions,
): ContainerInfo {
  const pod = record.pod.metadata.name;
  const runs = (record.runtime.containers.get(name) ?? []).filter(
    ({ state }) => state !== 'created',
  );
  if (previous) {
    // While the container waits to be restarted its last run is the previous one.
    const ended = record.waiting.has(name) ? runs[0] : runs[1];
    if (ended !== undefined) return ended;
    throw apiError(
      'BadRequest',
      `previous terminated container "${name}" in pod "${pod}" not found`,
    );
  }
  const [run] = runs;
  if (run !== undefined) return run;
  const told = [
    ...(record.status.containerStatuses ?? []),
    ...(record.status.initContainerStatuses ?? []),
  ].find((status) => status.name === name);
  const reason =
    record.waiting.get(name)?.reason ?? told?.state?.waiting?.reason ?? 'ContainerCreating';
  const how = /^(ErrImage|ImagePull|InvalidImage)/.test(reason)
    ? `trying and failing to pull image`
    : reason;
  throw apiError('BadRequest', `container "${name}" in pod "${pod}" is waiting to start: ${how}`);
}

function sinceOf({ sinceSeconds, sinceTime }: LogOptions, now: number): number | undefined {
  if (sinceSeconds !== undefined) return now - sinceSeconds * 1_000;
  const ms = sinceTime === undefined ? Number.NaN : Date.parse(sinceTime);
  return Number.isNaN(ms) ? undefined : ms;
}

function shaped(raw: Readable, { timestamps = false, limitBytes }: LogOptions): Readable {
  const out = raw.pipe(shapeLog({ timestamps, limitBytes }));
  raw.on('error', () => out.end());
  // The reader has left, or the limit is reached: let go of the engine.
  out.once('close', () => raw.destroy());
  out.once('end', () => raw.destroy());
  return out;
}

function session(process: EngineProcess, options: Omit<ExecOptions, 'command'>): ExecSession {
  const { stdin = false, stdout = true, stderr = true, tty = false } = options;
  // Output that nobody asked for must not hold the process up.
  if (!stdout) process.stdout.resume();
  if (!stderr || tty) process.stderr.resume();
  return {
    stdin: stdin ? process.stdin : undefined,
    stdout: stdout ? process.stdout : undefined,
    stderr: stderr && !tty ? process.stderr : undefined,
    exit: process.exit.then(
      (exitCode) => ({ exitCode }),
      (error: unknown) => ({ error: messageOf(error) }),
    ),
    resize: terminalSizes((columns, rows) => process.resize(columns, rows)),
    close: () => process.close(),
  };
}

/** An engine that is away may come back: who asks is told to ask again. */
async function asApi<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof EngineError && error.code === 'unavailable') {
      const message = `the container engine does not answer, try again when it is back: ${error.message}`;
      throw apiError('ServiceUnavailable', message);
    }
    throw apiError('InternalError', messageOf(error));
  }
}
