/** A cluster of its own for a test file, driven through the built command line and kubectl alone. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
const skiff = join(root, 'dist/skiff.js');

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws for its exit code. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; timeoutMs?: number } = {},
): Promise<Result> {
  return new Promise((done) => {
    const child = execFile(
      command,
      args,
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        done({ code, stdout, stderr: error?.killed ? `${stderr}\n(timed out)` : stderr });
      },
    );
    // A program that ends early, or never began, does not read its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

export interface TestClusterOptions {
  /** Instead of a directory of its own. */
  readonly data?: string;
  /** Instead of the engine that everybody uses: an address as in DOCKER_HOST. */
  readonly engine?: string;
}

export class TestCluster {
  readonly name: string;
  readonly data: string;
  readonly #scratch: string;
  readonly #engine: string | undefined;

  constructor(name: string, scratch: string, options: TestClusterOptions = {}) {
    this.name = name;
    this.#scratch = scratch;
    this.#engine = options.engine;
    this.data = options.data ?? join(scratch, 'data');
  }

  get kubeconfig(): string {
    return join(this.data, 'kubeconfig');
  }

  /** Files of this run that nobody else sees; removed at the end. */
  scratch(name: string): string {
    return join(this.#scratch, name);
  }

  get environment(): Record<string, string> {
    return {
      XDG_DATA_HOME: join(this.#scratch, 'home'),
      SKIFF_BASE_IMAGE: 'skiff.local/base:1',
      KUBECONFIG: this.kubeconfig,
      // kubectl keeps what it discovered in its cache; another cluster's would mislead it.
      HOME: this.#scratch,
      ...(this.#engine === undefined ? {} : { DOCKER_HOST: this.#engine }),
    };
  }

  skiff(...args: string[]): Promise<Result> {
    return run('node', [skiff, ...args], { env: this.environment, timeoutMs: 300_000 });
  }

  up(...args: string[]): Promise<Result> {
    return this.skiff('up', '--name', this.name, '--data', this.data, ...args);
  }

  /** The same command, going on beside the test. */
  startUp(...args: string[]): Running {
    const command = [skiff, 'up', '--name', this.name, '--data', this.data, ...args];
    return new Running(spawn('node', command, { env: { ...process.env, ...this.environment } }));
  }

  async status(): Promise<Record<string, unknown>> {
    const { stdout } = await this.skiff('status', '--name', this.name, '-o', 'json');
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async pid(): Promise<number> {
    return Number(await readFile(join(this.data, 'runtime.pid'), 'utf8'));
  }

  /** kubectl's outcome, whatever it is. */
  tryKubectl(args: readonly string[], input?: string): Promise<Result> {
    return run('kubectl', args, {
      env: this.environment,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** kubectl's standard output. Throws with everything it said if it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(args);
    if (code !== 0)
      throw new Error(`kubectl ${args.join(' ')}: exit ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, '-o', 'json')) as T;
  }

  /** kubectl that goes on until it is ended: logs -f, get -w, port-forward. */
  startKubectl(...args: string[]): Running {
    return new Running(spawn('kubectl', args, { env: { ...process.env, ...this.environment } }));
  }

  async remove(): Promise<void> {
    await this.skiff('down', '--name', this.name, '--purge');
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

/** A process whose output is waited on. */
export class Running {
  readonly #child: ChildProcess;
  readonly #wakers = new Set<() => void>();
  output = '';
  ended = false;
  /** Once it has ended by itself. */
  code: number | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
        this.#wake();
      });
    }
    child.on('close', (code) => {
      this.ended = true;
      this.code = code ?? undefined;
      this.#wake();
    });
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Resolves once the output matches. Rejects if it ends or takes too long before that. */
  async until(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.ended || Date.now() > deadline) {
        throw new Error(
          `${pattern} never came${this.ended ? ', the process ended' : ''}:\n${this.output}`,
        );
      }
      await this.#change(deadline - Date.now());
    }
  }

  /** Resolves with its exit code, `undefined` if a signal ended it. Rejects if it takes too long. */
  async end(timeoutMs = 30_000): Promise<number | undefined> {
    const deadline = Date.now() + timeoutMs;
    while (!this.ended) {
      if (Date.now() > deadline) throw new Error(`did not end:\n${this.output}`);
      await this.#change(deadline - Date.now());
    }
    return this.code;
  }

  stop(): void {
    this.#child.kill('SIGINT');
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}

/** Makes the handle; nothing is started yet. */
export async function testCluster(
  name: string,
  options: TestClusterOptions = {},
): Promise<TestCluster> {
  return new TestCluster(name, await mkdtemp(join(tmpdir(), `skiff-${name}-`)), options);
}

/** Asks again until the answer satisfies; for what has no watch of its own. Throws the last answer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`not in time; last: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
