import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { systemClock } from '../api/clock.ts';
import { type ApplyResult, applyManifests } from '../client/apply.ts';
import { createDiscovery } from '../client/discovery.ts';
import { createHttpClient, type HttpClient } from '../client/http-client.ts';
import { connectionFor, type Kubeconfig, loadKubeconfig } from '../client/kubeconfig.ts';
import type { ManifestSource } from '../client/manifests.ts';
import { chooseEngine } from '../cluster/choose-engine.ts';
import { defaultName, listClusters } from '../cluster/clusters.ts';
import { ClusterError } from '../cluster/data-directory.ts';
import { clusterStatus, contextName } from '../cluster/lifecycle.ts';
import { followAll } from './follow.ts';
import { buildImage, missingImages } from './image-builds.ts';
import { buildsIn, readManifests } from './manifests.ts';
import { duration, type Program } from './program.ts';

interface Options {
  readonly context?: string;
  readonly namespace?: string;
  readonly dryRun?: boolean;
  readonly timeout: number;
  readonly patience: number;
  readonly build: boolean;
  readonly baseImage?: string;
}

/** `skiff deploy`: applies manifests and follows what they roll out; exit 1 if that fails. */
export function deployCommand(program: Program): Command {
  return new Command('deploy')
    .description('apply manifests and follow their rollout to ready, or to the reason why not')
    .argument('<path...>', 'manifest files or folders')
    .option('--context <context>', 'of your kubeconfig; left out: the cluster of "skiff up"')
    .option('--namespace <namespace>', 'for objects that name none')
    .option('--dry-run', 'let the server check everything, and change nothing')
    .option('--timeout <duration>', 'how long a rollout may take', duration, 5 * 60_000)
    .option(
      '--patience <duration>',
      'how long a pod may be stuck (no image, no room, crashing)',
      duration,
      30_000,
    )
    .option('--no-build', 'do not build images that the engine lacks')
    .option('--base-image <image>', "for the BASE argument of the images' Dockerfiles")
    .action((paths: string[], options: Options) => deploy(program, paths, options));
}

interface Destination {
  readonly client: HttpClient;
  readonly namespace: string;
  /** Of a cluster of ours, which shares its engine's images. */
  readonly embedded: boolean;
}

async function deploy(program: Program, paths: readonly string[], options: Options): Promise<void> {
  const sources = await readManifests(paths);
  const { client, namespace, embedded } = await destination(program, options);
  try {
    if (embedded && options.build && !options.dryRun) await buildMissing(program, sources, options);
    const results = await applyManifests(client, createDiscovery(client), sources, {
      namespace,
      ...(options.dryRun ? { dryRun: true } : {}),
      onResult: (result) => console.log(textOf(result, options.dryRun === true)),
    });
    const failed = results.filter(({ state }) => state === 'failed').length;
    if (failed > 0) throw new ClusterError(`${failed} of ${results.length} objects were refused`);
    if (!options.dryRun) {
      await followAll({
        ...{ client, clock: systemClock, results, print: console.log },
        timeoutMs: options.timeout,
        patienceMs: options.patience,
      });
    }
  } finally {
    client.close();
  }
}

/** The context named, or else the cluster of ours that runs. Throws ClusterError, KubeconfigError. */
async function destination(program: Program, options: Options): Promise<Destination> {
  const own = await ownKubeconfig(program, options.context);
  const kubeconfig = own ?? (await loadKubeconfig());
  const context = own === undefined ? options.context : own.currentContext;
  const entry = kubeconfig.contexts.find(({ name }) => name === context);
  return {
    client: createHttpClient(await connectionFor(kubeconfig, context, { allowExec: true })),
    namespace: options.namespace ?? entry?.namespace ?? 'default',
    embedded: own !== undefined,
  };
}

/** Of a cluster of ours, by its context's name. Throws ClusterError if none runs and none is named. */
async function ownKubeconfig(
  program: Program,
  context: string | undefined,
): Promise<Kubeconfig | undefined> {
  const names = await listClusters(program.surroundings);
  const name =
    context === undefined
      ? defaultName
      : names.find((candidate) => contextName(candidate) === context);
  if (name === undefined) return undefined;
  const status = await clusterStatus(name, program.surroundings);
  if (status.state !== 'running') {
    throw new ClusterError(
      `cluster "${name}" is ${status.state}: start it with "skiff up", or name a context with --context`,
    );
  }
  return loadKubeconfig([status.kubeconfig]);
}

async function buildMissing(
  program: Program,
  sources: readonly ManifestSource[],
  options: Options,
): Promise<void> {
  const builds = sources.flatMap(buildsIn);
  if (builds.length === 0) return;
  const engine = await chooseEngine('docker', program.surroundings, systemClock, () => {});
  try {
    const missing = await missingImages(engine, builds);
    if (missing.length === 0 || !(await agrees(missing.map(({ image }) => image)))) return;
    const baseImage = options.baseImage ?? (program.surroundings.env.SKIFF_BASE_IMAGE || undefined);
    for (const build of missing) {
      console.log(`building ${build.image} from ${build.directory}`);
      await buildImage(build, {
        engine,
        ...(baseImage === undefined ? {} : { baseImage }),
        onLine: () => {},
      });
    }
  } finally {
    await engine.close();
  }
}

/** Asks a person once; a program that calls us has asked for it. */
async function agrees(images: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`The engine lacks ${images.join(', ')}. Build? [Y/n] `);
    return !/^n/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function textOf(result: ApplyResult, dryRun: boolean): string {
  const suffix = dryRun ? ' (dry run)' : '';
  if (result.state === 'failed') {
    const { path, line } = result.document;
    return `${path}:${line}: ${result.title} failed: ${result.error.message}`;
  }
  return `${result.title} ${result.state}${suffix}`;
}
