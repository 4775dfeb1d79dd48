/** A real etcd for tests, on ports and in a directory of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Without etcd its tests are skipped, but not in CI: there they fail, because nobody would notice. */
export const hasEtcd =
  spawnSync('etcd', ['--version']).status === 0 || (process.env.CI ?? '') !== '';

export interface EtcdServer {
  /** `127.0.0.1:34567` */
  readonly address: string;
  /** As a crash ends it; the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data at the same address. */
  start(): Promise<void>;
  /** Ends it for good and removes the data. */
  remove(): Promise<void>;
}

export async function startEtcd(): Promise<EtcdServer> {
  // Memory, where there is some: these tests are about the protocol, not about the disk.
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = await mkdtemp(join(parent, 'skiff-etcd-'));
  const [client, peer] = [await freePort(), await freePort()];
  const args = [
    ...['--data-dir', directory, '--name', 'test'],
    ...['--listen-client-urls', `http://127.0.0.1:${client}`],
    ...['--advertise-client-urls', `http://127.0.0.1:${client}`],
    ...['--listen-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`],
    ...['--initial-cluster', `test=http://127.0.0.1:${peer}`],
    ...['--heartbeat-interval', '50', '--election-timeout', '250', '--log-level', 'warn'],
  ];
  let child: ChildProcess | undefined;
  const kill = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    await new Promise((resolve) => {
      running.once('exit', resolve);
      running.kill('SIGKILL');
    });
  };
  const start = async () => {
    // Version 3.4 refuses 64-bit ARM unless told that this is meant.
    const env = {
      ...process.env,
      ...(process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {}),
    };
    const started = spawn('etcd', args, { env, stdio: 'ignore' });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.once('spawn', resolve);
      started.once('error', (error) =>
        reject(
          new Error(`etcd cannot be started (node scripts/test.mjs installs it): ${error.message}`),
        ),
      );
    });
  };
  await start();
  return {
    address: `127.0.0.1:${client}`,
    kill,
    start,
    async remove() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
