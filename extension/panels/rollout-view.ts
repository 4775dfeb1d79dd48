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
  Pod,
  ReplicaSet,
  StatefulSet,
} from '../../runtime/api/types.ts';
import { eventTime } from '../documents/details.ts';
import { age, condition, podSummary, readyContainers, restarts } from '../explorer/status.ts';

export type Rolled = Deployment | StatefulSet | DaemonSet;

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
  const namespaces = new Set(target.workloads.map((workload) => workload.namespace));
  return {
    title: target.title,
    context: target.context,
    namespace: [...namespaces].join(', ') || '–',
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
    canRollBack: workload.kind === 'Deployment' ? sets.length > 1 : isPastFirst(workload),
    pods,
  };
}

type Progress = Pick<RolloutWorkload, 'state' | 'wanted' | 'updated' | 'ready' | 'message'>;

/** The rules of `kubectl rollout status`, with the numbers for a bar. */
export function progressOf(workload: Rolled): Progress {
  const isObserved =
    (workload.status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
  const progress =
    workload.kind === 'DaemonSet'
      ? daemonSetProgress(workload as DaemonSet)
      : workload.kind === 'StatefulSet'
        ? statefulSetProgress(workload as StatefulSet)
        : deploymentProgress(workload as Deployment);
  if (isObserved) return progress;
  return {
    ...progress,
    state: 'progressing',
    message: 'Waiting for the controller to see the change',
  };
}

function deploymentProgress({ spec, status }: Deployment): Progress {
  const wanted = spec.replicas ?? 1;
  const {
    updatedReplicas: updated = 0,
    replicas = 0,
    availableReplicas: available = 0,
  } = status ?? {};
  const numbers = { wanted, updated, ready: Math.min(available, updated) };
  const progressing = condition(status?.conditions, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { ...numbers, state: 'failed', message: progressing.message ?? 'Took too long' };
  }
  const failure = condition(status?.conditions, 'ReplicaFailure');
  if (failure?.status === 'True') {
    return { ...numbers, state: 'failed', message: failure.message ?? 'Pods cannot be made' };
  }
  if (spec.paused === true) return { ...numbers, state: 'progressing', message: 'Paused' };
  const waiting = (message: string): Progress => ({ ...numbers, state: 'progressing', message });
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are of the new revision`);
  if (replicas > updated) {
    const old = replicas - updated;
    return waiting(old === 1 ? '1 old pod is still to go' : `${old} old pods are still to go`);
  }
  if (available < updated) return waiting(`${available} of ${updated} pods are available`);
  return { ...numbers, state: 'complete', message: done(wanted) };
}

function statefulSetProgress({ spec, status }: StatefulSet): Progress {
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas = 0, readyReplicas: ready = 0 } = status ?? {};
  const isUpdated = status?.updateRevision === status?.currentRevision;
  const updated = isUpdated ? Math.max(updatedReplicas, status?.replicas ?? 0) : updatedReplicas;
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const numbers = { wanted, updated, ready };
  if (ready < wanted) {
    return { ...numbers, state: 'progressing', message: `${ready} of ${wanted} pods are ready` };
  }
  if (updated < wanted - partition) {
    const message = `${updated} of ${wanted - partition} pods are of the new revision`;
    return { ...numbers, state: 'progressing', message };
  }
  return { ...numbers, state: 'complete', message: done(wanted) };
}

function daemonSetProgress({ status }: DaemonSet): Progress {
  const wanted = status?.desiredNumberScheduled ?? 0;
  const { updatedNumberScheduled: updated = 0, numberAvailable: ready = 0 } = status ?? {};
  const numbers = { wanted, updated, ready };
  if (updated < wanted) {
    const message = `${updated} of ${wanted} nodes have the new revision`;
    return { ...numbers, state: 'progressing', message };
  }
  if (ready < wanted) {
    return {
      ...numbers,
      state: 'progressing',
      message: `${ready} of ${wanted} pods are available`,
    };
  }
  return { ...numbers, state: 'complete', message: done(wanted) };
}

function done(wanted: number): string {
  if (wanted === 0) return 'Scaled to zero';
  return wanted === 1 ? 'The pod is there' : `All ${wanted} pods are there`;
}

function isPastFirst(workload: Rolled): boolean {
  return (workload.metadata.generation ?? 1) > 1;
}

function podsOf(
  workload: Rolled,
  sets: readonly ReplicaSet[],
  { pods, nowMs }: RolloutInput,
): RolloutPod[] {
  const newest = newestSet(sets);
  const owners = new Set([workload.metadata.uid, ...sets.map((set) => set.metadata.uid)]);
  const mine = pods.filter((pod) => owners.has(controllerOf(pod)?.uid ?? ''));
  const updateRevision = (workload as StatefulSet).status?.updateRevision;
  const isNew = (pod: Pod): boolean => {
    const labels = pod.metadata.labels ?? {};
    if (newest !== undefined)
      return labels[templateHash] === newest.metadata.labels?.[templateHash];
    return updateRevision === undefined || labels[revisionHash] === updateRevision;
  };
  const views = mine
    .map((pod) => podView(pod, isNew(pod), nowMs))
    .sort((a, b) => Number(b.isNew) - Number(a.isNew) || a.name.localeCompare(b.name));
  return withoutRepeats(views);
}

function newestSet(sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const revision = (set: ReplicaSet) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  return [...sets].sort((a, b) => revision(b) - revision(a))[0];
}

function podView(pod: Pod, isNew: boolean, nowMs: number): RolloutPod {
  const { level, text, reason } = podSummary(pod);
  const { nodeName } = pod.spec;
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
      .sort((a, b) => eventTime(b) - eventTime(a))
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
