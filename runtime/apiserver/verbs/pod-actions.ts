/** What is done to a pod by POSTing to it: binding it to a node, evicting it. */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import { type ApiError, apiError, type Status } from '../../api/status.ts';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';
import { copyJson, valueAt } from '../registry/json.ts';
import type { Call, Place, Registry } from '../registry/registry.ts';
import { changeObject } from './change.ts';
import { type DeleteRequest, deleteObject } from './delete.ts';
import { conflict, missing } from './errors.ts';

export const success: Status = {
  apiVersion: 'v1',
  kind: 'Status',
  metadata: {},
  status: 'Success',
  code: 201,
};

/** Puts a pod on a node. Throws Conflict if it is on one already or is being deleted. */
export async function bindPod(
  registry: Registry,
  call: Call,
  place: Place,
  binding: UnknownObject,
): Promise<Status> {
  const pods = registry.served.get('', 'v1', 'pods');
  checkNamed(place, binding, 'Binding');
  const node = valueAt(binding, 'target', 'name');
  if (typeof node !== 'string' || node === '') {
    throw apiError('Invalid', `Binding "${place.name}" is invalid: target.name: Required value`);
  }
  const kind = valueAt(binding, 'target', 'kind');
  if (kind && kind !== 'Node') {
    const why = `Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`;
    throw apiError('Invalid', `Binding "${place.name}" is invalid: target.kind: ${why}`);
  }
  await changeObject(registry, call, pods, place, {
    subresource: 'binding',
    // Nobody owns what a binding sets.
    managersRecorded: true,
    build(previous) {
      const pod = copyJson(previous) as unknown as Pod;
      if (binding.metadata.uid && binding.metadata.uid !== pod.metadata.uid) {
        const why = `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`;
        throw conflict(pods, place.name, why);
      }
      if (pod.metadata.deletionTimestamp !== undefined) {
        throw bindingConflict(
          place.name,
          `pod ${place.name} is being deleted, cannot be assigned to a host`,
        );
      }
      if (pod.spec.nodeName) {
        throw bindingConflict(
          place.name,
          `pod ${place.name} is already assigned to node "${pod.spec.nodeName}"`,
        );
      }
      if ((pod.spec.schedulingGates ?? []).length > 0) {
        const why = `pod ${place.name} has non-empty .spec.schedulingGates`;
        throw bindingConflict(place.name, why);
      }
      pod.spec.nodeName = node;
      const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
      if (Object.keys(annotations).length > 0) pod.metadata.annotations = annotations;
      const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
      const scheduled = {
        type: 'PodScheduled',
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: timestamp(registry.clock.now()),
      };
      const status = { ...pod.status, conditions: [...others, scheduled] };
      return { ...pod, status } as unknown as UnknownObject;
    },
  });
  return success;
}

/** Throws BadRequest if what is posted is about another pod. */
function checkNamed(place: Place, { metadata }: UnknownObject, kind: string): void {
  if (metadata?.name === place.name) return;
  throw apiError('BadRequest', `name in URL does not match name in ${kind} object`);
}

function bindingConflict(name: string, why: string): ApiError {
  const kind = 'pods/binding';
  return apiError('Conflict', `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, {
    ...{ name, kind },
  });
}

/**
 * Deletes a pod if its disruption budgets allow it. Throws TooManyRequests with the cause
 * DisruptionBudget if they do not.
 */
export async function evictPod(
  registry: Registry,
  call: Call,
  place: Place,
  eviction: UnknownObject,
): Promise<Status> {
  checkNamed(place, eviction, 'Eviction');
  const pods = registry.served.get('', 'v1', 'pods');
  await registry.cache.fresh();
  const item = registry.cache.resource(pods.storageName).get(pods.key(place.namespace, place.name));
  if (item === undefined) throw missing(pods, place.name);
  const pod = item.object as unknown as Pod;
  const request = (eviction.deleteOptions ?? {}) as DeleteRequest;
  if (!ignoresBudget(pod)) await chargeBudget(registry, call, place, pod);
  await markDisrupted(registry, call, place);
  await deleteObject(registry, call, pods, place, request);
  return success;
}

/** Pods that have ended, have not begun or are going anyway disturb nobody when they go. */
function ignoresBudget(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending' ||
    pod.metadata.deletionTimestamp !== undefined
  );
}

async function chargeBudget(registry: Registry, call: Call, place: Place, pod: Pod): Promise<void> {
  const budgets = registry.served.get('policy', 'v1', 'poddisruptionbudgets');
  const cache = registry.cache.resource(budgets.storageName);
  const matching: PodDisruptionBudget[] = [];
  for (const key of cache.keys(budgets.key(place.namespace))) {
    const budget = cache.get(key)?.object as unknown as PodDisruptionBudget | undefined;
    const selector = budget?.spec.selector;
    if (budget === undefined || selector === undefined) continue;
    if (matchesLabels(labelSelectorOf(selector), pod.metadata.labels ?? {})) matching.push(budget);
  }
  if (matching.length > 1) {
    throw apiError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const [budget] = matching;
  if (budget === undefined) return;
  if (!isReady(pod) && toleratesUnready(budget)) return;
  await changeObject(
    registry,
    call,
    budgets,
    { ...place, name: budget.metadata.name },
    {
      subresource: 'status',
      build(previous) {
        const next = copyJson(previous) as unknown as PodDisruptionBudget;
        delete (next.metadata as { resourceVersion?: string }).resourceVersion;
        const status = next.status;
        if ((status?.observedGeneration ?? 0) < (next.metadata.generation ?? 0)) {
          throw tooMany(
            `The disruption budget ${next.metadata.name} is still being processed by the server.`,
            { retryAfterSeconds: 10 },
          );
        }
        if (status === undefined || status.disruptionsAllowed <= 0) throw exhausted(next);
        next.status = {
          ...status,
          disruptionsAllowed: status.disruptionsAllowed - 1,
          disruptedPods: {
            ...status.disruptedPods,
            [place.name]: timestamp(registry.clock.now()),
          },
        };
        return next as unknown as UnknownObject;
      },
    },
  );
}

function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
}

function toleratesUnready(budget: PodDisruptionBudget): boolean {
  const status = budget.status;
  return (
    budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
    (status !== undefined &&
      status.currentHealthy >= status.desiredHealthy &&
      status.desiredHealthy > 0)
  );
}

function exhausted(budget: PodDisruptionBudget): ApiError {
  const { name } = budget.metadata;
  const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
  return tooMany(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

/** With a time to wait the client's library asks again by itself; without one that is up to its user. */
function tooMany(why: string, wait: { retryAfterSeconds?: number } = {}): ApiError {
  return apiError(
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: 'DisruptionBudget', message: why }], ...wait },
  );
}

/** Tells the pod's owner why it goes. */
async function markDisrupted(registry: Registry, call: Call, place: Place): Promise<void> {
  const pods = registry.served.get('', 'v1', 'pods');
  await changeObject(registry, call, pods, place, {
    subresource: 'status',
    build(previous) {
      const next = copyJson(previous) as unknown as Pod;
      delete (next.metadata as { resourceVersion?: string }).resourceVersion;
      const conditions = (next.status?.conditions ?? []).filter(
        ({ type }) => type !== 'DisruptionTarget',
      );
      conditions.push({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
        lastTransitionTime: timestamp(registry.clock.now()),
      });
      return { ...next, status: { ...next.status, conditions } } as unknown as UnknownObject;
    },
  });
}
