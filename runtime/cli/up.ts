import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../api/clock.ts';
import { defaultName } from '../cluster/clusters.ts';
import type { ClusterPaths } from '../cluster/data-directory.ts';
import { clusterStatus, planCluster, takeDown, type UpOptions } from '../cluster/lifecycle.ts';
import { runCluster } from '../cluster/run.ts';
import { type StartMessage, spawnCluster } from '../cluster/spawn.ts';
import { oneOf, type Program, wholeNumber } from './program.ts';

interface Options extends UpOptions {
  readonly kubeconfig?: string;
  readonly foreground?: boolean;
  readonly baseImage?: string;
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
    .option('--port <port>', 'of the API server on 127.0.0.1', wholeNumber(1, 65_535))
    .option('--kubeconfig <file>', 'also put the context into this file')
    .option('--base-image <image>', 'to build the node image from')
    .option('--foreground', 'stay, and take the cluster down at Ctrl-C')
    .action((options: Options) => up(program, options));
}

async function up(program: Program, options: Options): Promise<void> {
  // The detached child is told everything by its parent; it must not check the port a second time
  // from the outside, because from then on it is the one who uses it.
  const { paths, settings } = await planCluster(options, program.surroundings);
  const environment = program.surroundings.env.SKIFF_BASE_IMAGE;
  const baseImage = options.baseImage ?? (environment === '' ? undefined : environment);
  if (options.foreground) {
    const toParent =
      process.send === undefined ? undefined : (message: StartMessage) => process.send?.(message);
    const run = {
      paths,
      settings,
      assets: program.assets,
      surroundings: program.surroundings,
      version: program.version,
      ...(baseImage === undefined ? {} : { baseImage }),
      ...(options.kubeconfig === undefined ? {} : { userKubeconfig: resolve(options.kubeconfig) }),
      onProgress: (message: string) =>
        toParent === undefined ? console.log(message) : toParent({ type: 'progress', message }),
    };
    await (toParent === undefined ? stay(program, options, run) : serve(run, toParent));
    return;
  }
  await spawnCluster({
    paths,
    entry: program.entry,
    args: ['up', '--foreground', ...argumentsOf(options, paths, settings.port)],
    onProgress: (message) => console.log(message),
    signal: interrupted(),
  });
  await report(program, options, paths);
  process.exit(0);
}

/** In the detached child. */
async function serve(
  run: Parameters<typeof runCluster>[0],
  toParent: (message: StartMessage) => void,
): Promise<void> {
  try {
    const { ended } = await runCluster(run);
    toParent({ type: 'ready' });
    await ended;
    process.exit(0);
  } catch (error) {
    toParent({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

/** In the terminal of a person. */
async function stay(
  program: Program,
  options: Options,
  run: Parameters<typeof runCluster>[0],
): Promise<void> {
  const { ended } = await runCluster(run);
  await report(program, options, run.paths);
  console.log('Ctrl-C takes it down.');
  await ended;
  await takeDown(
    { name: options.name, data: run.paths.directory, purge: false, onProgress: console.log },
    program.surroundings,
    systemClock,
  );
  process.exit(0);
}

async function report(program: Program, { name }: Options, paths: ClusterPaths): Promise<void> {
  const status = await clusterStatus(name, program.surroundings, paths.directory);
  const engine = status.engine?.simulated
    ? 'SIMULATED engine: no container runs'
    : status.engine?.name;
  console.log(
    `cluster "${name}" is ${status.state} at ${status.server} (${status.nodes.length} node${status.nodes.length === 1 ? '' : 's'}, ${engine}, ready in ${((status.startMs ?? 0) / 1000).toFixed(1)} s)`,
  );
  console.log(`kubectl --kubeconfig ${paths.kubeconfig} get pods -A`);
}

function argumentsOf(options: Options, paths: ClusterPaths, port: number): string[] {
  const pairs: [string, string | number | undefined][] = [
    ['--name', options.name],
    ['--data', paths.directory],
    ['--nodes', options.nodes],
    ['--engine', options.engine],
    ['--port', port],
    ['--kubeconfig', options.kubeconfig],
    ['--base-image', options.baseImage],
  ];
  return pairs.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

function interrupted(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  return controller.signal;
}
