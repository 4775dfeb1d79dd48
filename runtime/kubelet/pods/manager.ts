/**
 * All pods of the node. The API (an informer on the node's pods) and the engine (its events) say which
 * pod to look at; a work queue sees to it that each is looked at by one worker at a time, and always
 * with the newest state.
 */

import type { Pod } from '../../api/types.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { EngineError, engineLabels } from '../../engine/engine.ts';
import { type KubeletContext, messageOf } from '../context.ts';
import { isFinished } from '../spec/containers.ts';
import { podStatus } from '../status/pod-status.ts';
import { createStatusWriter } from '../status/writer.ts';
import { createNamedWatches } from '../volumes/named-watches.ts';
import { createPodFiles, noPodFiles, type PodFiles } from '../volumes/pod-files.ts';
import { referencesOf } from '../volumes/refresh.ts';
import { createTokenSource } from '../volumes/tokens.ts';
import { whyForbidden, whyRefused } from './admission.ts';
import { Backoff } from './backoff.ts';
import { createImageSource } from './images.ts';
import { adoptLeftovers, readPublished } from './leftovers.ts';
import { PodRecord } from './record.ts';
import { givenTo, grantAsked, neighboursOf } from './resizing.ts';
import { emptyRuntime } from './runtime-state.ts';
import { syncPod } from './sync.ts';
import type { Worker } from './worker.ts';

/** Work on many pods at once: most of it is waiting for the engine. */
const concurrency = 64;
/** A look at every pod, in case an event got lost. */
const relistMs = 300_000;

export interface PodManager {
  record(namespace: string, name: string): PodRecord | undefined;
  records(): Iterable<PodRecord>;
  /** Looks at every pod anew. */
  resync(): void;
  /** Of pods that have not finished. */
  readonly count: number;
}

/** Starts to manage; resolves once the pods are known and work has begun. */
export async function startPodManager(context: KubeletContext): Promise<PodManager> {
  const { client, clock, engine, signal, log, node, cluster, caches } = context;
  const records = new Map<string, PodRecord>();
  const queue = createWorkQueue({
    clock,
    name: `kubelet ${node.name}`,
    retry: { baseMs: 1_000, maxMs: 60_000 },
  });
  const writer = createStatusWriter({
    client,
    clock,
    signal,
    onError: (error, pod) => {
      log(`cannot write the status of pod ${pod.metadata.name}: ${messageOf(error)}`);
      queue.addAfter(pod.metadata.uid, 1_000);
    },
  });
  const files = context.simulated
    ? noPodFiles(context.files)
    : createPodFiles(engine, context.files, context.cluster.name);
  const worker = createWorker(context, files, queue, writer, records);

  await Promise.all(Object.values(caches).map(({ synced }) => synced));
  const published = await takeOver(context, files, records);
  followApi(context, records, queue, published);
  caches.pods.subscribe({ updated: (pod) => writer.observed(pod) });
  const resync = () => {
    for (const uid of records.keys()) queue.add(uid);
  };
  const stopWatching = engine.watch(
    { [engineLabels.cluster]: cluster.name, [engineLabels.node]: node.name },
    (event) => {
      if (event.type === 'resync') return resync();
      const uid = event.labels[engineLabels.podUid];
      if (uid !== undefined && event.type !== 'removed' && records.has(uid)) queue.add(uid);
    },
  );
  signal.addEventListener('abort', () => {
    stopWatching();
    for (const { probers } of records.values()) for (const p of probers.values()) p.stop();
  });
  void relist(context, resync);
  void queue.run(
    async (uid) => {
      const record = records.get(uid);
      if (record !== undefined) await syncPod(worker, record);
    },
    {
      concurrency,
      signal,
      onError: (error, uid) => {
        // The engine is away: the node says so, and its return brings a resync.
        if (error instanceof EngineError && error.code === 'unavailable') return;
        log(`pod ${records.get(uid)?.pod.metadata.name ?? uid}: ${messageOf(error)}`);
      },
    },
  );
  return {
    record: (namespace, name) =>
      [...records.values()].find(
        ({ pod, gone }) =>
          !gone && pod.metadata.name === name && pod.metadata.namespace === namespace,
      ),
    records: () => records.values(),
    resync,
    get count() {
      return [...records.values()].filter(({ ending }) => !ending).length;
    },
  };
}

type Queue = ReturnType<typeof createWorkQueue>;

function createWorker(
  context: KubeletContext,
  files: PodFiles,
  queue: Queue,
  writer: ReturnType<typeof createStatusWriter>,
  records: Map<string, PodRecord>,
): Worker {
  const { client, clock, node } = context;
  const tokens = createTokenSource(client, clock);
  /** There is more room: for those that wait to grow. */
  const reconsider = () => {
    for (const { uid, pendingResize } of records.values()) {
      if (pendingResize?.reason === 'Deferred') queue.add(uid);
    }
  };
  return {
    context,
    files,
    tokens,
    images: createImageSource(context, new Backoff()),
    backoff: new Backoff(),
    grant: (record) => {
      if (grantAsked(context, records.values(), record)) reconsider();
    },
    again: ({ uid }) => queue.add(uid),
    againAfter: ({ uid }, ms) => queue.addAfter(uid, ms),
    tell: (record) => {
      record.status = podStatus({
        pod: record.granted,
        runtime: record.runtime,
        waiting: record.waiting,
        given: (run) => givenTo(record, run),
        resize: record,
        notice: record.notice,
        ready: (run) => record.ready(run),
        started: (run) => record.started(run),
        message: (run) => record.messages.get(run.id),
        verdict: record.verdict,
        ending: record.ending && record.stopping === undefined,
        previous: withForeignConditions(record),
        nodeAddress: node.address,
        simulated: context.simulated,
        now: clock.now(),
      });
      writer.write(record.pod, record.status);
    },
    told: ({ uid }) => writer.written(uid),
    forget: (record) => {
      for (const prober of record.probers.values()) prober.stop();
      record.over = true;
      record.runtime = emptyRuntime;
      if (record.gone) records.delete(record.uid);
      writer.forget(record.uid);
      tokens.forget(record.uid);
      reconsider();
    },
  };
}

/** As last told by us, with the conditions that others have set since. */
function withForeignConditions({ status, pod }: PodRecord): PodRecord['status'] {
  const own = status.conditions ?? [];
  const foreign = (pod.status?.conditions ?? []).filter(
    ({ type }) => !own.some((condition) => condition.type === type),
  );
  return { ...status, conditions: [...own, ...foreign] };
}

/** Containers of pods that are gone are made records of, so that they end like any other pod. */
async function takeOver(
  context: KubeletContext,
  files: PodFiles,
  records: Map<string, PodRecord>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const { engine, cluster, node, caches, log } = context;
  try {
    const found = await engine.containers({
      [engineLabels.cluster]: cluster.name,
      [engineLabels.node]: node.name,
    });
    const known = new Set(caches.pods.list().map(({ metadata }) => metadata.uid));
    for (const pod of adoptLeftovers(found, known)) {
      const record = new PodRecord(pod);
      record.gone = true;
      records.set(record.uid, record);
    }
    const anyPod = found.some(({ labels }) => labels[engineLabels.podUid] !== undefined);
    return anyPod ? await readPublished(files) : new Map();
  } catch (error) {
    log(`cannot see what runs already: ${messageOf(error)}`);
    return new Map();
  }
}

function followApi(
  context: KubeletContext,
  records: Map<string, PodRecord>,
  queue: Queue,
  published: ReadonlyMap<string, ReadonlyMap<string, string>>,
): void {
  const { caches, client, clock, signal, log } = context;
  for (const uid of records.keys()) queue.add(uid);
  const named = createNamedWatches({
    ...{ client, clock, signal },
    onChange: (namespace, reference) => {
      for (const record of records.values()) {
        if (record.pod.metadata.namespace !== namespace || record.ending) continue;
        if (!referencesOf(record.pod).has(reference)) continue;
        record.volumesDirty = true;
        queue.add(record.uid);
      }
    },
    onError: (error, namespace, reference) =>
      log(`cannot follow ${reference} in ${namespace}: ${messageOf(error)}`),
  });
  const put = (pod: Pod): void => {
    const { uid, namespace = '' } = pod.metadata;
    if (hasEnded(pod)) named.forget(uid);
    else named.follow(uid, namespace, referencesOf(pod));
    const record = records.get(uid);
    if (record === undefined) {
      const made = new PodRecord(pod);
      const shown = published.get(uid);
      if (shown !== undefined) {
        made.published = new Map(shown);
        made.volumesDirty = true;
      }
      admit(context, records.values(), made);
      records.set(uid, made);
      queue.add(uid);
      return;
    }
    const before = record.pod;
    record.pod = pod;
    if (record.doomed) record.work.abort();
    record.volumesDirty ||= changed(before, pod);
    if (concernsUs(before, pod)) queue.add(uid);
  };
  caches.pods.subscribe({
    added: put,
    updated: put,
    deleted: (pod) => {
      named.forget(pod.metadata.uid);
      const record = records.get(pod.metadata.uid);
      if (record === undefined) return;
      record.pod = pod;
      record.gone = true;
      record.work.abort();
      queue.add(record.uid);
    },
  });
}

/** Refuses a pod that is new here and finds no room beside those that are here already. */
function admit(context: KubeletContext, known: Iterable<PodRecord>, record: PodRecord): void {
  const { pod } = record;
  // What was let in once stays so, also for the process that comes after.
  if (record.doomed || isFinished(pod) || pod.status?.startTime !== undefined) return;
  const demands = neighboursOf(known, record).map(({ demand }) => demand);
  const allocatable = context.ownNode()?.status?.allocatable;
  const refusal = whyForbidden(pod) ?? whyRefused(record.demand, demands, allocatable);
  if (refusal === undefined) return;
  const { reason, message } = refusal;
  context.recorder.event(pod, 'Warning', reason, message);
  record.verdict = {
    ...{ phase: 'Failed', reason, refused: true },
    message: `Pod was rejected: ${message}`,
  };
  record.ending = true;
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function changed(before: Pod, after: Pod): boolean {
  const facts = ({ metadata }: Pod) => JSON.stringify([metadata.labels, metadata.annotations]);
  return facts(before) !== facts(after);
}

/** False for an echo of our own status. */
function concernsUs(before: Pod, after: Pod): boolean {
  return (
    after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    after.metadata.deletionGracePeriodSeconds !== before.metadata.deletionGracePeriodSeconds ||
    changed(before, after) ||
    JSON.stringify(before.spec) !== JSON.stringify(after.spec) ||
    after.status?.phase !== before.status?.phase ||
    (after.spec.readinessGates ?? []).length > 0
  );
}

async function relist({ clock, signal }: KubeletContext, resync: () => void): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(relistMs, signal).catch(() => {});
    if (!signal.aborted) resync();
  }
}
