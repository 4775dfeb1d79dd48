/**
 * ControllerRevisions: the history of the pod templates of StatefulSets and DaemonSets, by which
 * `kubectl rollout history` and `undo` go. The newest template always has the highest number; going
 * back to an old one raises that one's number.
 */
import { controllerOf, type KubeObject, type UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { ControllerRevision, core } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { at, controllerRevisions } from '../../client/resources.ts';
import { sameValue } from './equality.ts';
import { contentHash } from './hash.ts';
import { tolerate } from './loop.ts';
import { controllerReference } from './ownership.ts';

/** Of the pods, and of a DaemonSet's revisions. */
export const revisionLabel = 'controller-revision-hash';
/** Of a StatefulSet's revisions; its pods carry the whole name of theirs. */
export const hashLabel = 'controller.kubernetes.io/hash';

export function revisionInformer(informers: Informers): Informer<ControllerRevision> {
  return informers.for<ControllerRevision>(controllerRevisions, {
    indexes: { controller: (revision) => [controllerOf(revision)?.uid ?? ''] },
  });
}

/** Oldest first. */
export function sortRevisions(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  return [...revisions].sort(
    (a, b) => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): core.PodTemplateSpec | undefined {
  const data = revision.data as { spec?: { template?: Record<string, unknown> } } | undefined;
  const { $patch: _, ...template } = data?.spec?.template ?? {};
  return data?.spec?.template === undefined ? undefined : (template as core.PodTemplateSpec);
}

/** What a revision of `template` keeps: a patch that brings the template back, its keys sorted. */
export function revisionData(template: core.PodTemplateSpec): unknown {
  // Clients compare it with a patch they make themselves, byte by byte, to tell which revision is
  // the present one. kubectl and client-go up to 1.33 write the empty time stamp into theirs.
  const metadata = { creationTimestamp: null, ...template.metadata };
  return sortKeys({ spec: { template: { ...template, metadata, $patch: 'replace' } } });
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, field]) => [key, sortKeys(field)]));
}

interface Wanted {
  client: Client;
  owner: KubeObject;
  /** Where the revision carries its hash. */
  hashLabel: string;
  template: core.PodTemplateSpec;
  collisionCount: number;
  existing: readonly ControllerRevision[];
  /** Told when a name was taken by another template; the next try uses the count. */
  onCollision: (count: number) => Promise<void>;
}

/** The revision of the present template, made or raised if need be. Throws ApiError. */
export async function provideRevision(wanted: Wanted): Promise<ControllerRevision> {
  const { client, template, existing } = wanted;
  const sorted = sortRevisions(existing);
  const number = (sorted.at(-1)?.revision ?? 0) + 1;
  const equal = sorted.filter((revision) => sameValue(templateOf(revision), template)).at(-1);
  if (equal === undefined) return make(wanted, number);
  if (equal === sorted.at(-1)) return equal;
  const { name, namespace } = equal.metadata;
  return client.update<ControllerRevision>(at(controllerRevisions, name, namespace), {
    ...equal,
    revision: number,
  } as ControllerRevision);
}

async function make(
  { client, owner, hashLabel, template, collisionCount, onCollision }: Wanted,
  revision: number,
): Promise<ControllerRevision> {
  const { namespace } = owner.metadata;
  const hash = contentHash(template, collisionCount);
  const name = `${owner.metadata.name}-${hash}`;
  const { annotations } = owner.metadata;
  const object: UnknownObject = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(owner)],
    },
    data: revisionData(template),
    revision,
  };
  try {
    return await client.create<ControllerRevision>({ ...controllerRevisions, namespace }, object);
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
    const target = at(controllerRevisions, name, namespace);
    const taken = await client.get<ControllerRevision>(target);
    if (sameValue(templateOf(taken), template)) return taken;
    await onCollision(collisionCount + 1);
    throw error;
  }
}

/** Deletes the oldest revisions that nobody uses, beyond `limit`. Throws ApiError. */
export async function trimRevisions(
  client: Client,
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): Promise<void> {
  const unused = sortRevisions(revisions).filter(({ metadata }) => !inUse.has(metadata.name));
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    const target = at(controllerRevisions, metadata.name, metadata.namespace);
    await tolerate(client.delete(target), 'NotFound');
  }
}
