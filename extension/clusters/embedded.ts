/**
 * The cluster that Skiff carries, from outside: its command line is the only door (`up`, `down`,
 * `status`, `build`), so the editor, a terminal and a test see the same cluster. It is a process
 * of its own and stays when the editor goes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What `skiff status -o json` says; `state` is `running` where the cluster serves. */
export interface ClusterStatus {
  state: string;
  /** Why the state is what it is, where that is known. */
  message?: string;
  server?: string;
  kubeconfig?: string;
  /** Its name in that kubeconfig. */
  context?: string;
  engine?: { name: string; simulated?: boolean };
}

export interface EmbeddedConfig {
  /** Path of dist/skiff.js. */
  program: string;
  /** Node to run it with; empty: this process's own. */
  nodePath: string;
  name: string;
  /** To build images on where the one that a Dockerfile names cannot be had; may be empty. */
  baseImage: string;
  log: (line: string) => void;
}

export interface RunOptions {
  /** Ends the command. */
  signal?: AbortSignal;
  /** Told every line of standard error, which is where progress is written. */
  onLine?: (line: string) => void;
  /** Told every line of standard output. */
  onOutput?: (line: string) => void;
}

/** A command of the runtime failed; `message` is its own last line. */
export class RuntimeError extends Error {
  readonly exitCode: number | undefined;
  readonly output: string;

  constructor(message: string, exitCode: number | undefined, output: string) {
    super(message);
    this.name = 'RuntimeError';
    this.exitCode = exitCode;
    this.output = output;
  }

  /** True if it failed because no container engine answered. */
  get isMissingEngine(): boolean {
    if (this.isOtherEngine) return false;
    return /docker(\.sock| daemon| engine)|no container engine|cannot reach .*engine/i.test(
      this.output,
    );
  }

  /** True if it failed because the cluster was made for another engine, which it keeps. */
  get isOtherEngine(): boolean {
    return /runs on the \w+ engine/.test(this.message);
  }
}

export class EmbeddedCluster {
  readonly #config: EmbeddedConfig;

  constructor(config: EmbeddedConfig) {
    this.#config = config;
  }

  get name(): string {
    return this.#config.name;
  }

  /** True where the runtime says that the cluster serves. */
  static isRunning(status: ClusterStatus): boolean {
    return status.state === 'running' && status.kubeconfig !== undefined;
  }

  /** @throws RuntimeError if the runtime cannot be run at all. */
  async status(): Promise<ClusterStatus> {
    let output = '';
    try {
      await this.run(['status', '--name', this.#config.name, '-o', 'json'], {
        onOutput: (line) => {
          output += `${line}\n`;
        },
      });
    } catch (error) {
      // A status that says "stopped" may come with an exit code of its own.
      if (parseStatus(output) === undefined) throw error;
    }
    return parseStatus(output) ?? { state: 'unknown' };
  }

  /** Returns when the API answers and the nodes are Ready. @throws RuntimeError */
  async start(options: RunOptions & { nodes: number; engine: string }): Promise<void> {
    const { nodes, engine, ...rest } = options;
    await this.run(
      ['up', '--name', this.#config.name, '--nodes', String(nodes), '--engine', engine],
      rest,
    );
  }

  /** Stops the cluster; with `purge` everything that it kept goes, too. @throws RuntimeError */
  async stop(options: RunOptions & { purge?: boolean } = {}): Promise<void> {
    const { purge = false, ...rest } = options;
    await this.run(['down', '--name', this.#config.name, ...(purge ? ['--purge'] : [])], rest);
  }

  /** Runs any command of the runtime to its end. @throws RuntimeError, also when aborted */
  run(args: readonly string[], options: RunOptions = {}): Promise<void> {
    const { program, nodePath, baseImage, log } = this.#config;
    log(`skiff ${args.join(' ')}`);
    return new Promise((resolve, reject) => {
      // The editor's own binary is Electron: this variable makes it behave as Node.
      const env = {
        ...process.env,
        ...(nodePath === '' ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        ...(baseImage === '' ? {} : { SKIFF_BASE_IMAGE: baseImage }),
      };
      const child: ChildProcess = spawn(nodePath || process.execPath, [program, ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const tail: string[] = [];
      // What went wrong is said on standard error; output may come after it.
      const complaints: string[] = [];
      const abort = () => child.kill('SIGTERM');
      options.signal?.addEventListener('abort', abort, { once: true });
      if (options.signal?.aborted) abort();
      eachLine(child.stderr, (line) => {
        log(line);
        remember(tail, line);
        remember(complaints, line);
        options.onLine?.(line);
      });
      eachLine(child.stdout, (line) => {
        if (options.onOutput === undefined) log(line);
        remember(tail, line);
        options.onOutput?.(line);
      });
      child.on('error', (error) =>
        reject(new RuntimeError(`cannot run Skiff's runtime: ${error.message}`, undefined, '')),
      );
      child.on('close', (code) => {
        options.signal?.removeEventListener('abort', abort);
        if (code === 0) return resolve();
        const output = tail.join('\n');
        const message = options.signal?.aborted
          ? 'cancelled'
          : lastMeaningful(complaints) ||
            lastMeaningful(tail) ||
            `skiff ${args[0] ?? ''} ended with exit code ${code}`;
        reject(new RuntimeError(message, code ?? undefined, output));
      });
    });
  }
}

function eachLine(stream: ChildProcess['stdout'], handle: (line: string) => void): void {
  if (stream === null) return;
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', handle);
}

const tailLines = 200;

function remember(tail: string[], line: string): void {
  tail.push(line);
  if (tail.length > tailLines) tail.shift();
}

function lastMeaningful(lines: readonly string[]): string {
  const line = [...lines].reverse().find((candidate) => candidate.trim() !== '') ?? '';
  return line.replace(/^(skiff|error): /i, '').trim();
}

function parseStatus(output: string): ClusterStatus | undefined {
  try {
    const value: unknown = JSON.parse(output);
    return typeof value === 'object' && value !== null && 'state' in value
      ? (value as ClusterStatus)
      : undefined;
  } catch {
    return undefined;
  }
}
