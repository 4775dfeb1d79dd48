/**
 * Deletes what is in a namespace that is being deleted: pods first, then everything else, until
 * nothing is left; then gives the namespace free. How far it is shows in its conditions.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { core, Namespace, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { at, namespaces, pods } from '../../client/resources.ts';
import { withCondition } from '../kit/conditions.ts';
import type { ControllerContext } from '../kit/context.ts';
import { type Discovered, discover } from '../kit/discover.ts';
import { createLoop, messageOf, tolerate } from '../kit/loop.ts';
import { updateStatus } from '../kit/status.ts';

const finalizer = 'kubernetes';
/** What is left is looked for again after this; the last pods take their grace period to go. */
const againMs = 500;
/** While other finalizers hold things, ever more slowly. */
const longestMs = 15_000;

interface Remains {
  /** How many objects are left, by resource. */
  counts: Map<string, number>;
  /** In how many objects a finalizer is, by finalizer. */
  finalizers: Map<string, number>;
  discoveryFailures: string[];
  deletionFailures: string[];
}

/** Starts the controller. */
export function runNamespaces(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'namespace', 2);
  const spaces = informers.for<Namespace>(namespaces);
  const attempts = new Map<string, number>();
  const enqueue = (namespace: Namespace) => {
    if (namespace.metadata.deletionTimestamp !== undefined) loop.queue.add(namespace.metadata.name);
  };
  spaces.subscribe({
    added: enqueue,
    updated: enqueue,
    deleted: ({ metadata }) => attempts.delete(metadata.name),
  });
  loop.start([spaces], async (name) => {
    const cached = spaces.get(name);
    if (cached?.metadata.deletionTimestamp === undefined) return;
    const namespace = await tolerate(client.get<Namespace>(at(namespaces, name)), 'NotFound');
    if (namespace === undefined || !(namespace.spec.finalizers ?? []).includes(finalizer)) return;
    const remains = await deleteContents(client, name);
    const marked = await writeConditions(context, namespace, remains);
    if (remains.counts.size > 0 || remains.deletionFailures.length > 0) {
      const attempt = (attempts.get(name) ?? 0) + 1;
      attempts.set(name, attempt);
      loop.queue.addAfter(name, Math.min(longestMs, againMs * 1.5 ** Math.min(attempt, 20)));
      return;
    }
    await release(client, marked);
  });
}

async function deleteContents(client: Client, namespace: string): Promise<Remains> {
  const remains: Remains = {
    counts: new Map(),
    finalizers: new Map(),
    discoveryFailures: [],
    deletionFailures: [],
  };
  const { resources, failures } = await discover(client);
  remains.discoveryFailures = failures;
  await deleteAll(client, { ...pods, verbs: ['list', 'deletecollection'] }, namespace, remains);
  // Pods may need what else is in the namespace until they are gone.
  if ((remains.counts.get('pods.') ?? 0) > 0) {
    await hurryUnplaced(client, namespace);
    return remains;
  }
  const deletable = resources.filter(
    ({ namespaced, verbs, resource, group }) =>
      namespaced && verbs.includes('delete') && !(group === '' && resource === 'pods'),
  );
  await Promise.all(deletable.map((resource) => deleteAll(client, resource, namespace, remains)));
  return remains;
}

/** Pods without a node have nobody who would end them. */
async function hurryUnplaced(client: Client, namespace: string): Promise<void> {
  const { items } = await client.list<Pod>({ ...pods, namespace });
  for (const pod of items) {
    if (pod.spec.nodeName || (pod.metadata.finalizers ?? []).length > 0) continue;
    const target = at(pods, pod.metadata.name, namespace);
    await tolerate(client.delete(target, { gracePeriodSeconds: 0 }), 'NotFound');
  }
}

/** Deletes all of one kind and counts what is left. */
async function deleteAll(
  client: Client,
  resource: Discovered,
  namespace: string,
  remains: Remains,
): Promise<void> {
  const target = {
    group: resource.group,
    version: resource.version,
    resource: resource.resource,
    namespace,
  };
  try {
    const before = await client.list(target, { limit: 500 });
    if (before.items.length === 0) return;
    await deleteCollection(client, resource, target, before.items);
    const { items } = await client.list(target);
    if (items.length > 0)
      remains.counts.set(`${resource.resource}.${resource.group}`, items.length);
    for (const { metadata } of items) {
      for (const name of metadata.finalizers ?? []) {
        remains.finalizers.set(name, (remains.finalizers.get(name) ?? 0) + 1);
      }
    }
  } catch (error) {
    if (isApiError(error, 'NotFound', 'MethodNotAllowed')) return;
    remains.deletionFailures.push(
      `unexpected items still remain in namespace: ${namespace} for gvr: ${resource.group}/${resource.version}, Resource=${resource.resource}: ${messageOf(error)}`,
    );
  }
}

async function deleteCollection(
  client: Client,
  { verbs }: Discovered,
  target: { group: string; version: string; resource: string; namespace: string },
  items: readonly UnknownObject[],
): Promise<void> {
  const options = { propagationPolicy: 'Background' } as const;
  if (verbs.includes('deletecollection')) {
    const answer = await tolerate(
      client.deleteCollection(target, options).then(() => true),
      'MethodNotAllowed',
    );
    if (answer === true) return;
  }
  for (const { metadata } of items) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const object = at(target, metadata.name ?? '', target.namespace);
    await tolerate(client.delete(object, options), 'NotFound');
  }
}

async function writeConditions(
  { client, clock }: ControllerContext,
  namespace: Namespace,
  remains: Remains,
): Promise<Namespace> {
  let conditions: core.NamespaceCondition[] = namespace.status?.conditions ?? [];
  for (const condition of conditionsOf(remains)) {
    conditions = withCondition(conditions, condition, clock);
  }
  const status = { ...namespace.status, phase: 'Terminating', conditions };
  return updateStatus(client, namespaces, namespace, status);
}

function conditionsOf(remains: Remains): core.NamespaceCondition[] {
  const { counts, finalizers, discoveryFailures, deletionFailures } = remains;
  const list = (entries: Map<string, number>, unit: string) =>
    [...entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${unit.replace('#', String(count))}`)
      .join(', ');
  const condition = (
    type: string,
    bad: boolean,
    reasons: [good: string, bad: string],
    messages: [good: string, bad: string],
  ): core.NamespaceCondition => ({
    type,
    status: bad ? 'True' : 'False',
    reason: reasons[bad ? 1 : 0],
    message: messages[bad ? 1 : 0],
  });
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      discoveryFailures.length > 0,
      ['ResourcesDiscovered', 'DiscoveryFailed'],
      [
        'All resources successfully discovered',
        `Discovery failed for some groups, ${discoveryFailures.length} failing: ${discoveryFailures.join(', ')}`,
      ],
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      ['ParsedGroupVersions', 'GroupVersionParsingFailed'],
      ['All legacy kube types successfully parsed', ''],
    ),
    condition(
      'NamespaceDeletionContentFailure',
      deletionFailures.length > 0,
      ['ContentDeleted', 'ContentDeletionFailed'],
      [
        'All content successfully deleted, may be waiting on finalization',
        `Failed to delete all resource types, ${deletionFailures.length} remaining: ${deletionFailures.join(', ')}`,
      ],
    ),
    condition(
      'NamespaceContentRemaining',
      counts.size > 0,
      ['ContentRemoved', 'SomeResourcesRemain'],
      [
        'All content successfully removed',
        `Some resources are remaining: ${list(counts, 'has # resource instances')}`,
      ],
    ),
    condition(
      'NamespaceFinalizersRemaining',
      finalizers.size > 0,
      ['ContentHasNoFinalizers', 'SomeFinalizersRemain'],
      [
        'All content-preserving finalizers finished',
        `Some content in the namespace has finalizers remaining: ${list(finalizers, 'in # resource instances')}`,
      ],
    ),
  ];
}

/** Takes our finalizer away; the server removes the namespace with the last one. */
async function release(client: Client, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((name) => name !== finalizer);
  const next: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers } };
  await tolerate(
    client.update(at(namespaces, namespace.metadata.name, undefined, 'finalize'), next),
    'NotFound',
  );
}
