/**
 * How far a workload has come, in kubectl's words (`kubectl rollout status`), computed from the
 * object alone; and following one until it is done.
 */
import type { Clock } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import { formatLabelSelector, type LabelSelectorObject, labelSelectorOf } from '../api/selector.ts';
import { apiError } from '../api/status.ts';
import type { DaemonSet, Deployment, Job, Pod, StatefulSet } from '../api/types.ts';
import type { Client, Resource } from './client.ts';
import { createInformers } from './informer.ts';
import { podProblems } from './pod-problems.ts';
import { pods } from './resources.ts';

export interface RolloutStatus {
  /** Nothing more will change by itself: it worked, or `failed` is set. */
  done: boolean;
  message: string;
  failed?: boolean;
}

const waiting = (message: string): RolloutStatus => ({ done: false, message });
const complete = (message: string): RolloutStatus => ({ done: true, message });
const failure = (message: string): RolloutStatus => ({ done: true, message, failed: true });

/** The state of a Deployment, StatefulSet, DaemonSet, Job or Pod; other kinds are done at once. */
export function rolloutStatus(object: KubeObject): RolloutStatus {
  switch (object.kind) {
    case 'Deployment':
      return deploymentStatus(object as Deployment);
    case 'StatefulSet':
      return statefulSetStatus(object as StatefulSet);
    case 'DaemonSet':
      return daemonSetStatus(object as DaemonSet);
    case 'Job':
      return jobStatus(object as Job);
    case 'Pod':
      return podStatus(object as Pod);
    default:
      return complete(`${object.kind.toLowerCase()} "${object.metadata.name}" is there`);
  }
}

/** Whether `rolloutStatus` has anything to wait for. */
export function hasRollout(object: KubeObject): boolean {
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'].includes(object.kind);
}

function deploymentStatus({ metadata, spec, status = {} }: Deployment): RolloutStatus {
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
  } = status;
  if ((metadata.generation ?? 0) > observedGeneration) {
    return waiting('Waiting for deployment spec update to be observed...');
  }
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return failure(`deployment "${metadata.name}" exceeded its progress deadline`);
  }
  const prefix = `Waiting for deployment "${metadata.name}" rollout to finish:`;
  const wanted = spec.replicas ?? 1;
  if (updatedReplicas < wanted) {
    return waiting(
      `${prefix} ${updatedReplicas} out of ${wanted} new replicas have been updated...`,
    );
  }
  if (replicas > updatedReplicas) {
    const old = replicas - updatedReplicas;
    return waiting(`${prefix} ${old} old replicas are pending termination...`);
  }
  if (availableReplicas < updatedReplicas) {
    return waiting(
      `${prefix} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`,
    );
  }
  return complete(`deployment "${metadata.name}" successfully rolled out`);
}

function statefulSetStatus({ metadata, spec, status }: StatefulSet): RolloutStatus {
  const strategy = spec.updateStrategy;
  if ((strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') {
    return complete('rollout status is only available for RollingUpdate strategy type');
  }
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0 } = status ?? {};
  if (observedGeneration === 0 || (metadata.generation ?? 0) > observedGeneration) {
    return waiting('Waiting for statefulset spec update to be observed...');
  }
  const wanted = spec.replicas ?? 1;
  if (readyReplicas < wanted) {
    return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready...`);
  }
  const partition = strategy?.rollingUpdate?.partition;
  if (partition !== undefined) {
    if (updatedReplicas < wanted - partition) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted - partition} new pods have been updated...`,
      );
    }
    return complete(
      `partitioned roll out complete: ${updatedReplicas} new pods have been updated...`,
    );
  }
  if (status?.updateRevision !== status?.currentRevision) {
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status?.updateRevision}...`,
    );
  }
  return complete(
    `statefulset rolling update complete ${status?.currentReplicas ?? 0} pods at revision ${status?.currentRevision}...`,
  );
}

function daemonSetStatus({ metadata, spec, status }: DaemonSet): RolloutStatus {
  if ((spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') {
    return complete('rollout status is only available for RollingUpdate strategy type');
  }
  if (status === undefined || (metadata.generation ?? 0) > (status.observedGeneration ?? 0)) {
    return waiting('Waiting for daemon set spec update to be observed...');
  }
  const { desiredNumberScheduled, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  const prefix = `Waiting for daemon set "${metadata.name}" rollout to finish:`;
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(
      `${prefix} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`,
    );
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(
      `${prefix} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`,
    );
  }
  return complete(`daemon set "${metadata.name}" successfully rolled out`);
}

/** kubectl has no words for jobs; these are ours. */
function jobStatus({ metadata, spec, status = {} }: Job): RolloutStatus {
  const { active = 0, succeeded = 0, failed = 0, conditions = [] } = status;
  const holds = (kind: string) =>
    conditions.find(({ type, status: state }) => type === kind && state === 'True');
  if (holds('Complete') !== undefined) return complete(`job "${metadata.name}" completed`);
  const broken = holds('Failed');
  if (broken !== undefined) {
    const why = [broken.reason, broken.message].filter(Boolean).join(': ');
    return failure(`job "${metadata.name}" failed${why === '' ? '' : `: ${why}`}`);
  }
  if (spec.suspend) return complete(`job "${metadata.name}" is suspended`);
  const wanted = spec.completions ?? spec.parallelism ?? 1;
  return waiting(
    `Waiting for job "${metadata.name}" to complete: ${succeeded} out of ${wanted} pods have succeeded (${active} active, ${failed} failed)...`,
  );
}

function podStatus({ metadata, status = {} }: Pod): RolloutStatus {
  if (status.phase === 'Succeeded') return complete(`pod "${metadata.name}" completed`);
  if (status.phase === 'Failed') {
    const why = status.message ?? status.reason;
    return failure(`pod "${metadata.name}" failed${why ? `: ${why}` : ''}`);
  }
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return ready
    ? complete(`pod "${metadata.name}" is ready`)
    : waiting(`Waiting for pod "${metadata.name}" to be ready...`);
}

export interface FollowOptions {
  client: Client;
  clock: Clock;
  /** Ends the wait; the promise rejects with its reason. */
  signal?: AbortSignal;
  resource: Resource;
  namespace?: string;
  name: string;
  /** Longest wait; none if left out. */
  timeoutMs?: number;
  /** Told of every state whose message differs from the one before. */
  onProgress?: (status: RolloutStatus) => void;
}

/**
 * Follows an object until its rollout is done, and resolves with how it ended, failure included.
 * Throws Timeout with the last state, and NotFound if the object is deleted meanwhile.
 */
export async function followRollout(options: FollowOptions): Promise<RolloutStatus> {
  const { client, clock, resource, namespace, name, signal, timeoutMs, onProgress } = options;
  const stop = new AbortController();
  let last: RolloutStatus = waiting(`Waiting for ${resource.resource} "${name}" to be there...`);
  try {
    return await new Promise<RolloutStatus>((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: stop.signal });
      if (timeoutMs !== undefined) {
        const cancel = clock.after(timeoutMs, () => {
          const message = `timed out waiting for the condition: ${last.message}`;
          reject(apiError('Timeout', message));
        });
        stop.signal.addEventListener('abort', cancel);
      }
      const look = (object: KubeObject) => {
        const status = rolloutStatus(object);
        if (status.message !== last.message) onProgress?.(status);
        last = status;
        if (status.done) resolve(status);
      };
      const informer = createInformers(client, clock, stop.signal).for(resource, {
        fieldSelector: `metadata.name=${name}`,
        ...(namespace === undefined ? {} : { namespace }),
      });
      informer.subscribe({
        added: look,
        updated: look,
        deleted: () => reject(apiError('NotFound', 'object has been deleted')),
      });
      void informer.synced.then(() => {
        if (informer.list().length > 0) return;
        reject(apiError('NotFound', `${resource.resource} "${name}" not found`));
      });
    });
  } finally {
    stop.abort();
  }
}

/** The pods of a workload that are not well, with what is wrong in plain words. */
export async function workloadProblems(
  client: Client,
  object: KubeObject,
): Promise<{ pod: string; problems: string[] }[]> {
  return (await podsOf(client, object))
    .map((pod) => ({ pod: pod.metadata.name, problems: podProblems(pod) }))
    .filter(({ problems }) => problems.length > 0);
}

async function podsOf(client: Client, object: KubeObject): Promise<Pod[]> {
  if (object.kind === 'Pod') return [object as Pod];
  const { selector } = (object as { spec?: { selector?: LabelSelectorObject } }).spec ?? {};
  const { namespace } = object.metadata;
  if (selector === undefined || namespace === undefined) return [];
  const labelSelector = formatLabelSelector(labelSelectorOf(selector));
  return (await client.list<Pod>({ ...pods, namespace }, { labelSelector })).items;
}
