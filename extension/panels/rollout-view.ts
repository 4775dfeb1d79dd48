/** What the rollout page shows, computed from the objects: pure, so that it is tested without any. */
import type {
  Level,
  RolloutEvent,
  RolloutPod,
  RolloutTarget,
  RolloutView,
  RolloutWorkload,
} from '../../media/messages.ts';
import { controllerOf, type KubeObject } from '../../runtime/api/object.ts';
import type {
  CoreEvent,
  DaemonSet,
  Deployment,
  Job,
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../../runtime/api/types.ts';
import { rolloutStatus } from '../../runtime/client/rollout.ts';
import { eventTime, newestFirst } from '../documents/details.ts';
import { age, podSummary, readyContainers, restarts } from '../explorer/status.ts';

export type Rolled = Deployment | StatefulSet | DaemonSet | Job | Pod;

export interface RolloutInput {
  target: RolloutTarget;
  /** By `resource/namespace/name`; missing while it is not known or gone. */
  workloads: ReadonlyMap<string, Rolled>;
  replicaSets: readonly ReplicaSet[];
  pods: readonly Pod[];
  events: readonly CoreEvent[];
  startedMs: number;
  nowMs: number;
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const templateHash = 'pod-template-hash';
const revisionHash = 'controller-revision-hash';
const maxEvents = 40;

export function keyOfTarget(target: RolloutTarget['workloads'][number]): string {
  return `${target.resource}/${target.namespace}/${target.name}`;
}

export function rolloutView(input: RolloutInput): RolloutView {
  const { target, nowMs, startedMs } = input;
  const workloads = target.workloads.map((named) => workloadView(named, input));
  const failedObjects = target.applied.filter((object) => object.failed);
  const failed = workloads.filter((workload) => workload.state === 'failed');
  const waiting = workloads.filter((workload) => workload.state === 'progressing');
  const state =
    failed.length > 0 || failedObjects.length > 0
      ? 'failed'
      : waiting.length > 0
        ? 'progressing'
        : 'complete';
  const namespaces = new Set([
    ...(target.namespaces ?? []),
    ...target.workloads.map((workload) => workload.namespace),
  ]);
  return {
    title: target.title,
    context: target.context,
    namespace: [...namespaces].join(', '),
    state,
    headline: headline(state, workloads, failed, failedObjects.length),
    seconds: Math.max(0, Math.round((nowMs - startedMs) / 1000)),
    workloads,
    events: eventsOf(input),
    applied: target.applied,
  };
}

function headline(
  state: RolloutView['state'],
  workloads: readonly RolloutWorkload[],
  failed: readonly RolloutWorkload[],
  failedObjects: number,
): string {
  if (failed.length > 0) return `Failed: ${failed.map((workload) => workload.name).join(', ')}`;
  if (failedObjects > 0)
    return failedObjects === 1
      ? '1 object was not accepted'
      : `${failedObjects} objects were not accepted`;
  const complete = workloads.filter((workload) => workload.state === 'complete').length;
  if (state === 'complete') {
    if (workloads.length === 0) return 'Applied';
    return workloads.length === 1 ? 'Rolled out' : `All ${workloads.length} workloads rolled out`;
  }
  return workloads.length === 1
    ? `Rolling out ${workloads[0]?.name}`
    : `Rolling out: ${complete} of ${workloads.length} workloads done`;
}

function workloadView(
  named: RolloutTarget['workloads'][number],
  input: RolloutInput,
): RolloutWorkload {
  const key = keyOfTarget(named);
  const workload = input.workloads.get(key);
  if (workload === undefined) {
    return {
      key,
      kind: '',
      namespace: named.namespace,
      name: named.name,
      state: 'progressing',
      wanted: 0,
      updated: 0,
      ready: 0,
      message: 'Not there (yet, or any more)',
      canRollBack: false,
      pods: [],
    };
  }
  const progress = progressOf(workload);
  const sets = input.replicaSets.filter((set) => controllerOf(set)?.uid === workload.metadata.uid);
  const pods = podsOf(workload, sets, input);
  const revision = workload.metadata.annotations?.[revisionAnnotation];
  return {
    key,
    kind: workload.kind,
    namespace: named.namespace,
    name: named.name,
    ...progress,
    ...(revision === undefined ? {} : { revision }),
    canRollBack: canRollBack(workload, sets),
    pods,
  };
}

type Progress = Pick<RolloutWorkload, 'state' | 'wanted' | 'updated' | 'ready' | 'message'>;

/** The state in kubectl's words, with the numbers for a bar. */
function progressOf(workload: Rolled): Progress {
  const { done, failed, message } = rolloutStatus(workload);
  const state = failed === true ? 'failed' : done ? 'complete' : 'progressing';
  return { state, message, ...numbersOf(workload) };
}

type Numbers = Pick<RolloutWorkload, 'wanted' | 'updated' | 'ready'>;

function numbersOf(workload: Rolled): Numbers {
  switch (workload.kind) {
    case 'Deployment': {
      const { spec, status } = workload as Deployment;
      const { updatedReplicas: updated = 0, availableReplicas: available = 0 } = status ?? {};
      return { wanted: spec.replicas ?? 1, updated, ready: Math.min(available, updated) };
    }
    case 'StatefulSet': {
      const { spec, status } = workload as StatefulSet;
      const { updatedReplicas: updated = 0, readyReplicas: ready = 0 } = status ?? {};
      return { wanted: spec.replicas ?? 1, updated, ready };
    }
    case 'DaemonSet': {
      const { status } = workload as DaemonSet;
      const { updatedNumberScheduled: updated = 0, numberAvailable: ready = 0 } = status ?? {};
      return { wanted: status?.desiredNumberScheduled ?? 0, updated, ready };
    }
    case 'Job': {
      const { spec, status } = workload as Job;
      const { succeeded = 0, active = 0 } = status ?? {};
      const wanted = spec.completions ?? spec.parallelism ?? 1;
      return { wanted, updated: Math.min(wanted, succeeded + active), ready: succeeded };
    }
    default: {
      const { done, failed } = rolloutStatus(workload);
      return { wanted: 1, updated: 1, ready: done && failed !== true ? 1 : 0 };
    }
  }
}

/** A Deployment keeps its revisions as ReplicaSets; the others are known to have some once changed. */
function canRollBack(workload: Rolled, sets: readonly ReplicaSet[]): boolean {
  if (workload.kind === 'Deployment') return sets.length > 1;
  const keepsRevisions = workload.kind === 'StatefulSet' || workload.kind === 'DaemonSet';
  return keepsRevisions && (workload.metadata.generation ?? 1) > 1;
}

function podsOf(
  workload: Rolled,
  sets: readonly ReplicaSet[],
  { pods, events, nowMs }: RolloutInput,
): RolloutPod[] {
  const newest = newestSet(sets);
  const owners = new Set([workload.metadata.uid, ...sets.map((set) => set.metadata.uid)]);
  const mine = pods.filter(
    (pod) => owners.has(controllerOf(pod)?.uid ?? '') || pod.metadata.uid === workload.metadata.uid,
  );
  const updateRevision = (workload as StatefulSet).status?.updateRevision;
  const isNew = (pod: Pod): boolean => {
    const labels = pod.metadata.labels ?? {};
    if (newest !== undefined)
      return labels[templateHash] === newest.metadata.labels?.[templateHash];
    return updateRevision === undefined || labels[revisionHash] === updateRevision;
  };
  const views = mine
    .map((pod) => podView(pod, isNew(pod), events, nowMs))
    .sort((a, b) => Number(b.isNew) - Number(a.isNew) || a.name.localeCompare(b.name));
  return withoutRepeats(views);
}

function newestSet(sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const revision = (set: ReplicaSet) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  return [...sets].sort((a, b) => revision(b) - revision(a))[0];
}

function podView(
  pod: Pod,
  isNew: boolean,
  events: readonly CoreEvent[],
  nowMs: number,
): RolloutPod {
  const summary = podSummary(pod);
  const { nodeName } = pod.spec;
  const hindrance = summary.reason === undefined ? hindranceOf(pod, events) : undefined;
  const { text, level, reason } =
    hindrance === undefined ? summary : { ...summary, level: 'warning', reason: hindrance };
  return {
    name: pod.metadata.name,
    level: level as Level,
    status: text,
    ready: readyContainers(pod),
    restarts: restarts(pod),
    ...(reason === undefined ? {} : { reason }),
    ...(nodeName === undefined ? {} : { node: nodeName }),
    age: age(pod.metadata.creationTimestamp, nowMs),
    isNew,
  };
}

/** Why a pod that a node has does not begin: a volume that is not there is told in events alone. */
function hindranceOf(pod: Pod, events: readonly CoreEvent[]): string | undefined {
  if (pod.status?.phase !== 'Pending' || pod.spec.nodeName === undefined) return undefined;
  const about = events.filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid);
  const [last] = about.sort(newestFirst);
  return last?.type === 'Warning' ? last.message?.trim() : undefined;
}

/** What several pods say is said once, under the first of them. */
function withoutRepeats(pods: readonly RolloutPod[]): RolloutPod[] {
  const said = new Set<string>();
  return pods.map((pod) => {
    const { reason, ...rest } = pod;
    if (reason === undefined || !said.has(reason)) {
      if (reason !== undefined) said.add(reason);
      return pod;
    }
    return rest;
  });
}

function eventsOf({
  target,
  workloads,
  replicaSets,
  pods,
  events,
  startedMs,
  nowMs,
}: RolloutInput): RolloutEvent[] {
  const wanted = new Set<string>();
  const roots = new Set([...workloads.values()].map((workload) => workload.metadata.uid));
  for (const uid of roots) wanted.add(uid);
  const ownedBy = (object: KubeObject) => controllerOf(object)?.uid ?? '';
  for (const set of replicaSets) if (roots.has(ownedBy(set))) wanted.add(set.metadata.uid);
  for (const pod of pods) if (wanted.has(ownedBy(pod))) wanted.add(pod.metadata.uid);
  const names = target.workloads.map(({ name }) => `${name}-`);
  return (
    events
      .filter(({ involvedObject: { uid = '', name = '' } }) => {
        // Pods that are gone are known only by their name.
        return wanted.has(uid) || names.some((prefix) => name.startsWith(prefix));
      })
      // A little earlier, because clocks differ and event times are whole seconds.
      .filter((event) => eventTime(event) >= startedMs - 5_000)
      .sort(newestFirst)
      .slice(0, maxEvents)
      .map((event) => ({
        key: event.metadata.uid,
        time: age(new Date(eventTime(event)).toISOString(), nowMs),
        level: event.type === 'Warning' ? 'warning' : 'ok',
        object: `${event.involvedObject.kind?.toLowerCase()}/${event.involvedObject.name}`,
        reason: event.reason ?? '',
        message: (event.message ?? '').trim(),
        count: event.series?.count ?? event.count ?? 1,
      }))
  );
}
