import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../api/clock.ts';
import type { AuditChoice } from '../cluster/audit.ts';
import { defaultName } from '../cluster/clusters.ts';
import { ClusterError, type ClusterPaths } from '../cluster/data-directory.ts';
import { planCluster, takeDown, type UpOptions } from '../cluster/lifecycle.ts';
import type { RunningCluster, RunOptions } from '../cluster/run.ts';
import type { RuntimeFile } from '../cluster/runtime-file.ts';
import { type StartMessage, spawnCluster } from '../cluster/spawn.ts';
import { duration, oneOf, type Program, wholeNumber } from './program.ts';

interface Options extends UpOptions, AuditChoice {
  readonly kubeconfig?: string;
  readonly foreground?: boolean;
  readonly baseImage?: string;
  /** Milliseconds. */
  readonly serviceAccountMaxTokenExpiration?: number;
  readonly serviceAccountExtendTokenExpiration?: 'true' | 'false';
}

/** `skiff up`: starts a cluster and returns when its API is ready and its nodes are Ready. */
export function upCommand(program: Program): Command {
  return new Command('up')
    .description('start a cluster, or take over what a crashed one left running')
    .option('--name <name>', 'of the cluster', defaultName)
    .option('--nodes <count>', 'how many nodes it has', wholeNumber(1, 50))
    .option(
      '--engine <engine>',
      'docker, or simulated (no container runs)',
      oneOf('docker', 'simulated'),
    )
    .option('--data <directory>', 'for everything of the cluster')
    .option('--store <store>', 'for the state: etcd=http://127.0.0.1:2379 instead of --data')
    .option(
      '--pki <directory>',
      'for the keys, where clusters share an etcd: the same for all of them',
    )
    .option('--port <port>', 'of the API server on 127.0.0.1', wholeNumber(1, 65_535))
    .option('--kubeconfig <file>', 'also put the context into this file')
    .option('--audit-policy-file <file>', 'write down what it says of the requests')
    .option('--audit-log-path <file>', 'instead of audit.log among the logs of the cluster')
    .option('--audit-log-maxsize <megabytes>', 'of an audit file', wholeNumber(1, 100_000))
    .option('--audit-log-maxbackup <count>', 'of audit files kept', wholeNumber(0, 100_000))
    .option('--audit-log-maxage <days>', 'of audit files kept', wholeNumber(0, 100_000))
    .option(
      '--service-account-max-token-expiration <duration>',
      'of tokens that are asked for, an hour at the least',
      tokenLife,
    )
    .option(
      '--service-account-extend-token-expiration <true|false>',
      'let the tokens that pods have by default last for a year (true)',
      oneOf('true', 'false'),
    )
    .option('--base-image <image>', 'to build the node image from')
    .option('--foreground', 'stay, and take the cluster down at Ctrl-C')
    .action((options: Options) => up(program, options));
}

async function up(program: Program, options: Options): Promise<void> {
  if (options.foreground) {
    return process.send === undefined
      ? stay(program, options)
      : serve(program, options, (message) => {
          // The parent may have been killed meanwhile; the cluster starts all the same.
          if (process.connected) process.send?.(message);
        });
  }
  const { paths, settings } = await planCluster(options, program.surroundings);
  const runtime = await spawnCluster({
    paths,
    entry: program.entry,
    args: ['up', '--foreground', ...argumentsOf(options, paths)],
    onProgress: (message) => console.log(message),
    signal: interrupted(),
  });
  report(options.name, settings.nodes, paths, runtime);
  process.exit(0);
}

async function runOptions(
  program: Program,
  options: Options,
  onProgress: (message: string) => void,
): Promise<RunOptions> {
  const { assets, surroundings, version } = program;
  const { paths, settings } = await planCluster(options, surroundings);
  const environment = surroundings.env.SKIFF_BASE_IMAGE;
  const baseImage = options.baseImage ?? (environment === '' ? undefined : environment);
  return {
    ...{ paths, settings, assets, surroundings, version, onProgress },
    ...(baseImage === undefined ? {} : { baseImage }),
    portIsWanted: options.port !== undefined,
    audit: auditOf(options),
    tokens: tokensOf(options),
    ...(options.kubeconfig === undefined ? {} : { userKubeconfig: resolve(options.kubeconfig) }),
  };
}

/** In the detached child. */
async function serve(
  program: Program,
  options: Options,
  toParent: (message: StartMessage) => void,
): Promise<void> {
  try {
    const onProgress = (message: string) => toParent({ type: 'progress', message });
    const { runtime, ended } = await run(program, await runOptions(program, options, onProgress));
    toParent({ type: 'ready', runtime });
    await ended;
    process.exit(0);
  } catch (error) {
    toParent({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

/** In the terminal of a person. */
async function stay(program: Program, options: Options): Promise<void> {
  const chosen = await runOptions(program, options, console.log);
  const { paths, settings } = chosen;
  const { runtime, ended } = await run(program, chosen);
  report(options.name, settings.nodes, paths, runtime);
  console.log('Ctrl-C takes it down.');
  await ended;
  await takeDown(
    { name: options.name, data: paths.directory, purge: false, onProgress: console.log },
    program.surroundings,
    systemClock,
  );
  process.exit(0);
}

/** Throws ClusterError where the program at hand cannot be a cluster's own process. */
function run({ run: runCluster }: Program, options: RunOptions): Promise<RunningCluster> {
  if (runCluster !== undefined) return runCluster(options);
  throw new ClusterError('this program starts no cluster in its own process');
}

function report(name: string, nodes: number, paths: ClusterPaths, runtime: RuntimeFile): void {
  const { server, startMs } = runtime;
  const { name: engineName, simulated } = runtime.engine;
  const engine = simulated ? 'SIMULATED engine: no container runs' : engineName;
  const size = `${nodes} node${nodes === 1 ? '' : 's'}`;
  const seconds = (startMs / 1000).toFixed(1);
  console.log(
    `cluster "${name}" is running at ${server} (${size}, ${engine}, ready in ${seconds} s)`,
  );
  console.log(`kubectl --kubeconfig ${paths.kubeconfig} get pods -A`);
}

/** As kube-apiserver has it: from an hour to 2^32 seconds. In milliseconds. */
function tokenLife(text: string): number {
  const ms = duration(text);
  if (ms >= 3_600_000 && ms <= 2 ** 32 * 1000) return ms;
  throw new InvalidArgumentError('a duration between 1 hour and 2^32 seconds is wanted.');
}

function tokensOf(options: Options): NonNullable<RunOptions['tokens']> {
  const { serviceAccountMaxTokenExpiration: ms, serviceAccountExtendTokenExpiration } = options;
  return {
    ...(ms === undefined ? {} : { maxExpirationSeconds: ms / 1000 }),
    extendExpiration: serviceAccountExtendTokenExpiration !== 'false',
  };
}

/** Paths are those of the directory where the command was given. */
function auditOf(options: Options): AuditChoice {
  const { auditPolicyFile, auditLogPath } = options;
  return {
    ...options,
    ...(auditPolicyFile === undefined ? {} : { auditPolicyFile: resolve(auditPolicyFile) }),
    ...(auditLogPath === undefined ? {} : { auditLogPath: resolve(auditLogPath) }),
  };
}

function argumentsOf(options: Options, paths: ClusterPaths): string[] {
  const { maxExpirationSeconds } = tokensOf(options);
  const pairs: [string, string | number | undefined][] = [
    ['--name', options.name],
    ['--data', paths.directory],
    ['--nodes', options.nodes],
    ['--engine', options.engine],
    ['--store', options.store],
    ['--pki', options.pki === undefined ? undefined : resolve(options.pki)],
    ['--port', options.port],
    ['--kubeconfig', options.kubeconfig],
    ['--base-image', options.baseImage],
    ['--audit-policy-file', auditOf(options).auditPolicyFile],
    ['--audit-log-path', auditOf(options).auditLogPath],
    ['--audit-log-maxsize', options.auditLogMaxsize],
    ['--audit-log-maxbackup', options.auditLogMaxbackup],
    ['--audit-log-maxage', options.auditLogMaxage],
    ['--service-account-max-token-expiration', maxExpirationSeconds],
    ['--service-account-extend-token-expiration', options.serviceAccountExtendTokenExpiration],
  ];
  return pairs.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  return controller.signal;
}
