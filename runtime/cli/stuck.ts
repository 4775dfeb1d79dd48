/** Which pods of a workload do not get on by themselves, and why. Pure. */
import { controllerOf, type KubeObject } from '../api/object.ts';
import type { CoreEvent, Deployment, Pod, ReplicaSet } from '../api/types.ts';
import { podProblemDetails } from '../client/pod-problems.ts';

export interface Obstacle {
  /** The same for the same trouble, in whichever pod and whatever its words count or quote. */
  readonly key: string;
  /** The pod; left out where not even that can be made. */
  readonly pod?: string;
  readonly text: string;
}

/** What neither waiting nor the cluster is likely to mend. */
const stuckReasons: readonly string[] = [
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
  'Unschedulable',
];

/** Of the kubelet: events that say more than the pod's status does. */
const stuckEvents: readonly string[] = [
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedMount',
];

export interface Surroundings {
  readonly pods: readonly Pod[];
  readonly replicaSets: readonly ReplicaSet[];
  /** Warnings about pods. */
  readonly events: readonly CoreEvent[];
}

/** Of pods that the rollout is waiting for: those of a Deployment's former revisions do not count. */
export function obstaclesOf(workload: KubeObject, around: Surroundings): Obstacle[] {
  const obstacles = podsOf(workload, around).flatMap((pod) => podObstacles(pod, around.events));
  const { conditions = [] } = (workload as Deployment).status ?? {};
  const refused = conditions.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (refused !== undefined) {
    obstacles.push({
      key: 'ReplicaFailure',
      text: `pods cannot be made: ${refused.message ?? refused.reason}`,
    });
  }
  return obstacles;
}

export function isReady({ status }: Pod): boolean {
  return (
    status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false
  );
}

function podObstacles(pod: Pod, events: readonly CoreEvent[]): Obstacle[] {
  const { name, uid } = pod.metadata;
  const obstacles = podProblemDetails(pod)
    .filter(({ reason }) => stuckReasons.includes(reason))
    .map(({ reason, container = '', text }) => ({
      key: `${container} ${/Image/.test(reason) ? 'image' : reason}`,
      pod: name,
      text,
    }));
  const waits = pod.status?.containerStatuses?.every(({ state }) => state?.running === undefined);
  if (obstacles.length > 0 || waits === false || isReady(pod)) return obstacles;
  return events
    .filter(
      ({ involvedObject, reason = '' }) =>
        involvedObject.uid === uid && stuckEvents.includes(reason),
    )
    .slice(-1)
    .map(({ reason = '', message = '' }) => ({
      key: reason,
      pod: name,
      text: message.trim(),
    }));
}

function podsOf(workload: KubeObject, { pods, replicaSets }: Surroundings): Pod[] {
  const { uid, namespace } = workload.metadata;
  const living = pods.filter(
    ({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined,
  );
  if (workload.kind === 'Pod') return living.filter(({ metadata }) => metadata.uid === uid);
  if (workload.kind === 'Deployment') {
    const newest = newestSet(workload as Deployment, replicaSets);
    return living.filter((pod) => controllerOf(pod)?.uid === newest?.metadata.uid);
  }
  return living.filter((pod) => controllerOf(pod)?.uid === uid);
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** Undefined while the Deployment's controller has not seen its newest template. */
function newestSet(
  { metadata, status }: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const revision = metadata.annotations?.[revisionAnnotation];
  return replicaSets.find(
    (set) =>
      controllerOf(set)?.uid === metadata.uid &&
      set.metadata.annotations?.[revisionAnnotation] === revision,
  );
}
