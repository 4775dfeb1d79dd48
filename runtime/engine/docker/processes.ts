/** Streams of running processes: exec, attach and logs. */
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type Docker from 'dockerode';
import { type Engine, EngineError, type EngineProcess } from '../engine.ts';
import { call, type DockerConnection } from './connection.ts';
import { demultiplex, merge } from './streams.ts';

type ProcessCalls = Pick<Engine, 'exec' | 'attach' | 'logs'>;

/** How often and how long the engine is asked for an exit code that it has not yet written down. */
const exitCodeAttempts = 100;
const exitCodePauseMs = 20;

/** The exec, attach and logs part of Engine. */
export function processCalls({ docker, clock }: DockerConnection): ProcessCalls {
  return {
    exec: (id, { command, stdin = false, tty = false, user, env }) =>
      call(async () => {
        const exec = await docker.getContainer(id).exec({
          Cmd: [...command],
          AttachStdin: stdin,
          AttachStdout: true,
          AttachStderr: true,
          Tty: tty,
          ...(user === undefined ? {} : { User: user }),
          ...(env === undefined ? {} : { Env: [...env] }),
        });
        const socket = await exec.start({ hijack: true, stdin: true, Tty: tty });
        const exitCode = async (): Promise<number> => {
          for (let attempt = 0; attempt < exitCodeAttempts; attempt++) {
            const { Running, ExitCode } = await exec.inspect();
            if (!Running && ExitCode !== null) return ExitCode;
            await clock.sleep(exitCodePauseMs);
          }
          throw new EngineError('failed', 'the connection to the process was lost');
        };
        return processOf(socket, { stdin, tty }, exitCode, (w, h) => exec.resize({ w, h }));
      }),

    attach: (id, { stdin = false }) =>
      call(async () => {
        const container = docker.getContainer(id);
        const { Config } = await container.inspect();
        const socket = await container.attach({
          stream: true,
          hijack: true,
          stdin,
          stdout: true,
          stderr: true,
        });
        const exitCode = () => Promise.resolve(0);
        return processOf(socket, { stdin, tty: Config.Tty }, exitCode, (w, h) =>
          container.resize({ w, h }),
        );
      }),

    logs: (id, { follow = false, timestamps = false, tail, since, signal }) =>
      call(async () => {
        const container = docker.getContainer(id);
        const { Config } = await container.inspect();
        const options: Docker.ContainerLogsOptions = {
          stdout: true,
          stderr: true,
          timestamps,
          ...(tail === undefined ? {} : { tail }),
          ...(since === undefined ? {} : { since: (since / 1_000).toFixed(3) as never }),
        };
        // Always as a stream: without `follow` dockerode would gather it all in memory.
        const raw = (await logStream(docker, id, { ...options, follow })) as Readable;
        const out = Config.Tty ? raw : merge(raw);
        if (signal !== undefined) {
          const stop = () => {
            raw.destroy();
            if (!out.readableEnded && !Config.Tty) (out as PassThrough).end();
          };
          if (signal.aborted) stop();
          else {
            signal.addEventListener('abort', stop, { once: true });
            raw.once('close', () => signal.removeEventListener('abort', stop));
          }
        }
        return out;
      }),
  };
}

function logStream(
  docker: Docker,
  id: string,
  query: Docker.ContainerLogsOptions & { follow: boolean },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
        options: query,
      },
      (error: unknown, stream: unknown) => (error ? reject(error) : resolve(stream)),
    );
  });
}

/** Wraps a hijacked connection. `exitCode` is asked once the output has ended. */
function processOf(
  socket: NodeJS.ReadWriteStream,
  { stdin, tty }: { stdin: boolean; tty: boolean },
  exitCode: () => Promise<number>,
  resize: (columns: number, rows: number) => Promise<unknown>,
): EngineProcess {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const source = socket as unknown as Readable & Writable;
  source.on('error', () => source.destroy());
  if (tty) {
    source.pipe(stdout);
    source.on('close', () => stdout.end());
    stderr.end();
  } else {
    demultiplex(source, stdout, stderr);
  }
  const closed = new Promise<void>((resolve) => {
    source.once('end', resolve);
    source.once('close', resolve);
  });
  let left = false;
  const exit = closed.then(() => {
    // Whoever lets go does not wait for a process that may go on for long.
    if (left) throw new EngineError('failed', 'the connection to the process was closed');
    return call(exitCode);
  });
  // Not everybody waits for the exit; nobody must be surprised by an unhandled rejection.
  exit.catch(() => {});
  return {
    stdin: stdin ? source : undefined,
    stdout,
    stderr,
    exit,
    resize: (columns, rows) => call(async () => void (await resize(columns, rows))),
    close: () => {
      left = true;
      source.destroy();
    },
  };
}
