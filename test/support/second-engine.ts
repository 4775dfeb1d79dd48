/**
 * A Docker engine of a test's own, which may die: a second dockerd with its own data, that leaves the
 * machine's firewall and the first engine's bridge alone. Linux, as root, where dockerd is installed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, run } from './cluster.ts';

/** Whether this machine can have one. */
export const secondEngineWorks =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].some(existsSync);

export class SecondEngine {
  readonly #directory: string;
  #dockerd: ChildProcess | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** As in DOCKER_HOST. */
  get address(): string {
    return `unix://${join(this.#directory, 'docker.sock')}`;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const inside = (name: string) => join(this.#directory, name);
    const log = openSync(inside('log'), 'a');
    // A killed dockerd leaves its containerd running; the next one takes that over.
    this.#dockerd = spawn(
      'dockerd',
      [
        ...['--data-root', inside('data'), '--exec-root', inside('exec')],
        ...['--pidfile', inside('pid'), '-H', this.address],
        ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
        ...['--userland-proxy=false', '--shutdown-timeout=5'],
      ],
      { stdio: ['ignore', log, log] },
    );
    await eventually(
      () => this.docker('version'),
      ({ code }) => code === 0,
    );
  }

  docker(...args: string[]): ReturnType<typeof run> {
    return run('docker', ['-H', this.address, ...args]);
  }

  /** Copies an image of the first engine. Throws if that has none of this name. */
  async load(image: string): Promise<void> {
    const pipe = 'set -o pipefail; docker save "$1" | docker -H "$2" load';
    const { code, stderr } = await run('bash', ['-c', pipe, 'bash', image, this.address]);
    if (code !== 0) throw new Error(`${image} cannot be copied: ${stderr}`);
  }

  /** Ends the process and nothing else; `start` brings it back with all it had. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const dockerd = this.#dockerd;
    if (dockerd === undefined || dockerd.exitCode !== null || dockerd.signalCode !== null) return;
    const exit = new Promise((resolve) => dockerd.once('exit', resolve));
    dockerd.kill(signal);
    await exit;
  }

  /** Ends it in good order, its containers with it, and removes all it had. */
  async remove(): Promise<void> {
    await this.end('SIGTERM');
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.#directory}/`))
      .reverse();
    for (const path of mounts) await run('umount', ['-l', path]);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Makes the handle; nothing is started yet. */
export async function secondEngine(): Promise<SecondEngine> {
  return new SecondEngine(await mkdtemp(join(tmpdir(), 'skiff-engine-')));
}
