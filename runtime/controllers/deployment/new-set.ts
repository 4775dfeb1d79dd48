/** Finds or makes the ReplicaSet of a Deployment's present template, and keeps revisions right. */
import type { Clock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { controllerOf } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import { at, deployments, replicaSets } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import { findCondition } from '../kit/conditions.ts';
import { contentHash } from '../kit/hash.ts';
import { messageOf } from '../kit/loop.ts';
import { controllerReference } from '../kit/ownership.ts';
import { newSetSize } from './decide.ts';
import { progressDeadlineMs } from './facts.ts';
import {
  findNewSet,
  highestRevision,
  newSetAnnotations,
  revisionAnnotation,
  sameTemplate,
  templateHashLabel,
} from './revisions.ts';
import { type DeploymentStatus, setCondition } from './status.ts';

export interface NewSetContext {
  client: Client;
  clock: Clock;
  events: EventRecorder;
  /** Writes the status if it differs; the Deployment as it then is. */
  writeStatus(deployment: Deployment, status: DeploymentStatus): Promise<Deployment>;
}

export interface Provided {
  /** With revision and conditions brought up to date. */
  deployment: Deployment;
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
}

/** `create` false: only what is there. Throws ApiError if the ReplicaSet cannot be made. */
export async function provideNewSet(
  context: NewSetContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  create: boolean,
): Promise<Provided> {
  const existing = findNewSet(deployment, sets);
  const oldSets = sets.filter((set) => set !== existing);
  const revision = highestRevision(oldSets) + 1n;
  if (existing !== undefined) {
    const newSet = await refresh(context, deployment, existing, revision);
    const current = newSet.metadata.annotations?.[revisionAnnotation] ?? String(revision);
    const next = await noteRevision(context, deployment, current, {
      reason: 'FoundNewReplicaSet',
      message: `Found new replica set "${newSet.metadata.name}"`,
      onlyIfNone: true,
    });
    return { deployment: next, newSet, oldSets };
  }
  if (!create) return { deployment, newSet: undefined, oldSets };
  const made = await make(context, deployment, oldSets, revision);
  const next = await noteRevision(context, deployment, String(revision), {
    reason: 'NewReplicaSetCreated',
    message: `Created new replica set "${made.metadata.name}"`,
    onlyIfNone: false,
  });
  return { deployment: next, newSet: made, oldSets };
}

/** Annotations and minReadySeconds may change without a new revision. */
async function refresh(
  { client }: NewSetContext,
  deployment: Deployment,
  set: ReplicaSet,
  revision: bigint,
): Promise<ReplicaSet> {
  const current = set.metadata.annotations ?? {};
  const annotations = newSetAnnotations(deployment, current, revision, true);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (annotations === current && (set.spec.minReadySeconds ?? 0) === minReadySeconds) return set;
  const { name, namespace } = set.metadata;
  const next: ReplicaSet = {
    ...set,
    metadata: { ...set.metadata, annotations: { ...annotations } },
    spec: { ...set.spec, minReadySeconds },
  };
  return client.update<ReplicaSet>(at(replicaSets, name, namespace), next);
}

async function make(
  context: NewSetContext,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  revision: bigint,
): Promise<ReplicaSet> {
  const { client, events } = context;
  const { namespace } = deployment.metadata;
  const draft = draftSet(deployment, oldSets, revision);
  const name = draft.metadata.name ?? '';
  try {
    const object: UnknownObject = { ...draft };
    const made = await client.create<ReplicaSet>({ ...replicaSets, namespace }, object);
    const replicas = made.spec.replicas ?? 0;
    if (replicas > 0) {
      const message = `Scaled up replica set ${name} from 0 to ${replicas}`;
      events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
    }
    return made;
  } catch (error) {
    if (isApiError(error, 'AlreadyExists'))
      return resolveCollision(context, deployment, name, error);
    if (!isTerminatingNamespace(error)) await noteFailure(context, deployment, name, error);
    throw error;
  }
}

function draftSet(deployment: Deployment, oldSets: readonly ReplicaSet[], revision: bigint) {
  const { template, selector, minReadySeconds } = deployment.spec;
  const { name, namespace } = deployment.metadata;
  const hash = contentHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { ...newSetAnnotations(deployment, {}, revision, false) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, undefined, oldSets),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: {
        ...selector,
        matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash },
      },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/**
 * The name is taken: by our own ReplicaSet, which the cache does not show yet, or by another
 * template with the same hash; then the hash is made anew with a collision count.
 */
async function resolveCollision(
  context: NewSetContext,
  deployment: Deployment,
  name: string,
  error: unknown,
): Promise<ReplicaSet> {
  const { client } = context;
  const { namespace, uid } = deployment.metadata;
  const taken = await client.get<ReplicaSet>(at(replicaSets, name, namespace));
  const ours = controllerOf(taken)?.uid === uid;
  if (ours && sameTemplate(taken.spec.template, deployment.spec.template)) return taken;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await context.writeStatus(deployment, { ...deployment.status, collisionCount });
  throw error;
}

async function noteFailure(
  context: NewSetContext,
  deployment: Deployment,
  name: string,
  error: unknown,
): Promise<void> {
  const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
  const reason = 'ReplicaSetCreateError';
  context.events.event(deployment, 'Warning', reason, message);
  if (progressDeadlineMs(deployment) === undefined) return;
  const next = { type: 'Progressing', status: 'False', reason, message };
  const conditions = setCondition(deployment.status?.conditions, next, context.clock);
  await context.writeStatus(deployment, { ...deployment.status, conditions });
}

/** The Deployment carries the revision of its new ReplicaSet, and says how it came by it. */
async function noteRevision(
  { client, clock, writeStatus }: NewSetContext,
  deployment: Deployment,
  revision: string,
  progress: { reason: string; message: string; onlyIfNone: boolean },
): Promise<Deployment> {
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  const watched = progressDeadlineMs(deployment) !== undefined;
  let status = deployment.status ?? {};
  if (watched && (current === undefined || !progress.onlyIfNone)) {
    const { reason, message } = progress;
    const condition = { type: 'Progressing', status: 'True', reason, message };
    status = { ...status, conditions: setCondition(status.conditions, condition, clock) };
  }
  if (deployment.metadata.annotations?.[revisionAnnotation] === revision) {
    return writeStatus(deployment, status);
  }
  const { name, namespace, annotations } = deployment.metadata;
  const metadata = {
    ...deployment.metadata,
    annotations: { ...annotations, [revisionAnnotation]: revision },
  };
  // With the status, because there a new annotation does not raise the generation.
  const object: Deployment = { ...deployment, metadata, status };
  const target = at(deployments, name, namespace, 'status');
  const written = await client.update<Deployment>(target, object);
  if (written.metadata.annotations?.[revisionAnnotation] === revision) return written;
  return client.patch<Deployment>(at(deployments, name, namespace), 'merge', {
    metadata: {
      resourceVersion: written.metadata.resourceVersion,
      annotations: { [revisionAnnotation]: revision },
    },
  });
}
