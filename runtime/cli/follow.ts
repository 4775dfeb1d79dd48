/**
 * Follows the rollouts of what was deployed, side by side. What keeps a pod from running is told as soon
 * as the cluster says it; when it has not gone away after a while the rollout is given up, since waiting
 * longer would tell nothing more.
 */
import type { Clock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import type { CoreEvent, Pod, ReplicaSet } from '../api/types.ts';
import type { ApplyResult } from '../client/apply.ts';
import type { Client, Resource } from '../client/client.ts';
import { createInformers, type Informers } from '../client/informer.ts';
import { events, pods, replicaSets } from '../client/resources.ts';
import { followRollout, hasRollout, workloadProblems } from '../client/rollout.ts';
import { ClusterError, reasonOf } from '../cluster/data-directory.ts';
import { isReady, type Obstacle, obstaclesOf } from './stuck.ts';

export interface FollowAllOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly results: readonly ApplyResult[];
  /** Longest wait for one rollout. */
  readonly timeoutMs: number;
  /** How long a pod may be stuck. */
  readonly patienceMs: number;
  readonly print: (line: string) => void;
}

interface Followed {
  readonly title: string;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly object: KubeObject;
}

/** Resolves when all have rolled out; throws ClusterError that names those that have not, and why. */
export async function followAll(options: FollowAllOptions): Promise<void> {
  const { client, clock, results, patienceMs, print } = options;
  const end = new AbortController();
  const giveUp = new AbortController();
  const informers = createInformers(client, clock, end.signal);
  const failures: string[] = [];
  const failed = (title: string, why: string) => {
    failures.push(`${title}: ${why}`);
    if (failures.length > 1) return;
    // What waits for the one that failed would wait in vain; what has nothing to do with it may finish.
    const reason = new ClusterError('not done when the deployment was given up');
    const cancel = clock.after(patienceMs, () => giveUp.abort(reason));
    end.signal.addEventListener('abort', cancel);
  };
  const followed = results.flatMap((result): Followed[] =>
    result.state === 'failed' || result.resource === undefined || !hasRollout(result.object)
      ? []
      : [{ ...result, resource: result.resource }],
  );
  try {
    await Promise.all(
      followed.map(async (each) => {
        const why = await follow(each, options, informers, giveUp.signal);
        if (why !== undefined) failed(each.title, why);
      }),
    );
  } finally {
    end.abort();
  }
  if (failures.length === 0) return;
  if (failures.length > 1) for (const failure of failures) print(failure);
  const [only = ''] = failures;
  const what = failures.length === 1 ? only : `${failures.length} of ${followed.length} workloads`;
  throw new ClusterError(`the rollout failed: ${what}`);
}

/** Why it failed; undefined if it did not. */
async function follow(
  { title, resource, namespace, object }: Followed,
  { client, clock, timeoutMs, patienceMs, print }: FollowAllOptions,
  informers: Informers,
  giveUp: AbortSignal,
): Promise<string | undefined> {
  const place = namespace === undefined ? {} : { namespace };
  const name = object.metadata.name ?? '';
  const stuck = new AbortController();
  const watch = new StuckWatch({
    clock,
    patienceMs,
    look: lookAround(informers, resource, name, place),
    onObstacle: ({ pod, text }) => print(`${title}: ${pod === undefined ? '' : `${pod}: `}${text}`),
    onStuck: ({ text }) => stuck.abort(new ClusterError(text)),
  });
  let last = '';
  try {
    const status = await followRollout({
      ...{ client, clock, resource, ...place, name, timeoutMs },
      signal: AbortSignal.any([stuck.signal, giveUp]),
      onProgress: ({ message }) => {
        if (message !== last) print(`${title}: ${message}`);
        last = message;
      },
    });
    if (!status.failed) return undefined;
    await printProblems(client, title, object, print);
    return status.message;
  } catch (error) {
    if (!stuck.signal.aborted && !giveUp.aborted) await printProblems(client, title, object, print);
    return reasonOf(error);
  } finally {
    watch.stop();
  }
}

async function printProblems(
  client: Client,
  title: string,
  object: KubeObject,
  print: (line: string) => void,
): Promise<void> {
  for (const { pod, problems } of await workloadProblems(client, object)) {
    for (const problem of problems) print(`${title}: ${pod}: ${problem}`);
  }
}

interface Look {
  /** Calls back whenever something may have changed; the result ends it. */
  subscribe(changed: () => void): () => void;
  obstacles(): Obstacle[];
  isReady(pod: string): boolean;
  isThere(pod: string): boolean;
}

/** The pods of one workload as the cluster tells of them. */
function lookAround(
  informers: Informers,
  resource: Resource,
  name: string,
  place: { namespace?: string },
): Look {
  const workloads = informers.for<KubeObject>(resource, {
    ...place,
    fieldSelector: `metadata.name=${name}`,
  });
  const podCache = informers.for<Pod>(pods, place);
  const setCache = informers.for<ReplicaSet>(replicaSets, place);
  const warnings = informers.for<CoreEvent>(events, { ...place, fieldSelector: 'type=Warning' });
  const podOf = (pod: string) => podCache.get(pod, place.namespace);
  return {
    subscribe: (changed) => {
      const handler = { added: changed, updated: changed, deleted: changed };
      const stops = [workloads, podCache, setCache, warnings].map((cache) =>
        cache.subscribe(handler),
      );
      return () => {
        for (const stop of stops) stop();
      };
    },
    obstacles: () => {
      const [workload] = workloads.list();
      if (workload === undefined) return [];
      const around = {
        pods: podCache.list(),
        replicaSets: setCache.list(),
        events: warnings.list(),
      };
      return obstaclesOf(workload, around);
    },
    isReady: (pod) => {
      const found = podOf(pod);
      return found !== undefined && isReady(found);
    },
    isThere: (pod) => podOf(pod) !== undefined,
  };
}

interface StuckWatchOptions {
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly look: Look;
  /** Told of every kind of trouble once. */
  readonly onObstacle: (obstacle: Obstacle) => void;
  readonly onStuck: (obstacle: Obstacle) => void;
}

/** Measures how long each pod of a workload has been in trouble. */
class StuckWatch {
  readonly #options: StuckWatchOptions;
  readonly #since = new Map<string, { obstacle: Obstacle; at: number }>();
  readonly #told = new Set<string>();
  readonly #unsubscribe: () => void;
  #cancel: (() => void) | undefined;

  constructor(options: StuckWatchOptions) {
    this.#options = options;
    this.#unsubscribe = options.look.subscribe(() => this.#changed());
  }

  stop(): void {
    this.#unsubscribe();
    this.#cancel?.();
  }

  #changed(): void {
    const { clock, look, onObstacle } = this.#options;
    const obstacles = look.obstacles();
    const now = new Map(obstacles.map((each) => [`${each.pod} ${each.key}`, each]));
    for (const [key, { obstacle }] of this.#since) {
      if (!now.has(key) && !this.#goesOn(obstacle)) this.#since.delete(key);
    }
    for (const [key, obstacle] of now) {
      this.#since.set(key, { obstacle, at: this.#since.get(key)?.at ?? clock.now() });
      if (this.#told.has(obstacle.key)) continue;
      this.#told.add(obstacle.key);
      onObstacle(obstacle);
    }
    this.#cancel?.();
    this.#cancel = undefined;
    const [oldest] = [...this.#since.values()].sort((a, b) => a.at - b.at);
    if (oldest === undefined) return;
    const left = oldest.at + this.#options.patienceMs - clock.now();
    this.#cancel = clock.after(Math.max(0, left), () => this.#options.onStuck(oldest.obstacle));
  }

  /** A container that keeps crashing runs now and then: that proves nothing until it is ready. */
  #goesOn({ key, pod }: Obstacle): boolean {
    const { look } = this.#options;
    if (pod === undefined || !key.endsWith('CrashLoopBackOff')) return false;
    return look.isThere(pod) && !look.isReady(pod);
  }
}
