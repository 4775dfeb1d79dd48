/** Pod streams for tests: every pod's every container is the local machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { notFound } from '../../../api/status.ts';
import type {
  AttachOptions,
  ExecOptions,
  ExecSession,
  LogOptions,
  PodKey,
  PodStreams,
} from '../../../client/pod-streams.ts';

export class LocalPodStreams implements PodStreams {
  readonly sizes: string[] = [];
  readonly commands: (readonly string[])[] = [];
  /** A followed log goes on until this is ended. */
  readonly liveLog = new PassThrough();

  /** What was asked for with each log. */
  readonly logsAsked: LogOptions[] = [];

  async logs(_pod: PodKey, options: LogOptions): Promise<Readable> {
    this.logsAsked.push(options);
    if (!options.follow) return Readable.from([Buffer.from('one\n'), Buffer.from('two\n')]);
    options.signal?.addEventListener('abort', () => this.liveLog.destroy());
    return this.liveLog;
  }

  async exec(pod: PodKey, options: ExecOptions): Promise<ExecSession> {
    if (options.container === 'none') throw notFound('', 'pods', pod.name);
    this.commands.push(options.command);
    const [program = 'true', ...rest] = options.command;
    // util-linux's `script` gives the process a terminal.
    const quoted = [program, ...rest].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const child = options.tty
      ? spawn('script', ['-qefc', quoted.join(' '), '/dev/null'])
      : spawn(program, rest);
    const exit = once(child, 'close').then(
      ([code]) => ({ exitCode: Number(code ?? 137) }),
      (error: Error) => ({ error: error.message }),
    );
    if (!options.stdin) child.stdin.end();
    // When a child exits, Node throws away what nobody has read yet; a pipe of our own keeps it.
    const [stdout, stderr] = [
      child.stdout.pipe(new PassThrough()),
      child.stderr.pipe(new PassThrough()),
    ];
    return {
      stdin: options.stdin ? child.stdin : undefined,
      stdout: options.stdout ? stdout : undefined,
      stderr: options.stderr ? stderr : undefined,
      exit,
      resize: (columns, rows) => void this.sizes.push(`${columns}x${rows}`),
      close: () => void child.kill('SIGKILL'),
    };
  }

  attach(pod: PodKey, options: AttachOptions): Promise<ExecSession> {
    return this.exec(pod, { ...options, command: ['cat'] });
  }

  async portForward(_pod: PodKey, port: number): Promise<Duplex> {
    const socket = createConnection({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  }
}
