/**
 * What the language server is told of the connected cluster: names, keys (never values), ports,
 * labels and states of what manifests refer to, and the kinds that the cluster defines. Live, from
 * informers; a kind that may not be listed is not told of, so that the server takes nothing for
 * proved by it. Nothing here needs the editor.
 */
import { customKindsOf } from '../language-server/protocol/custom-kinds.ts';
import type { ClusterUpdate, LiveObject } from '../language-server/protocol/messages.ts';
import type { Clock } from '../runtime/api/clock.ts';
import type { KubeObject } from '../runtime/api/object.ts';
import { isApiError } from '../runtime/api/status.ts';
import type {
  ConfigMap,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Node,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  StatefulSet,
} from '../runtime/api/types.ts';
import type { Resource } from '../runtime/client/client.ts';
import type { Informer, Informers } from '../runtime/client/informer.ts';
import {
  configMaps,
  cronJobs,
  customResourceDefinitions,
  daemonSets,
  deployments,
  ingressClasses,
  jobs,
  type KnownResource,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  replicaSets,
  replicationControllers,
  roles,
  runtimeClasses,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
  storageClasses,
} from '../runtime/client/resources.ts';
import {
  claimSummary,
  cronJobSummary,
  daemonSetSummary,
  jobSummary,
  podSummary,
  type Summary,
  workloadSummary,
} from './explorer/status.ts';

/** Changes are told together once this long has passed since the first of them. */
const settleMs = 500;

export interface FeedOptions {
  readonly context: string;
  /** Where objects go that name no namespace. */
  readonly namespace: string;
  /** Whether the images are those that nodes report; the engine of this machine says more itself. */
  readonly nodeImages: boolean;
  readonly informers: Informers;
  readonly clock: Clock;
  /** Hears of every list and watch of the informers that fails; the result ends that. */
  onWatchError(
    listener: (error: unknown, resource: Resource, namespace?: string) => void,
  ): () => void;
  send(update: ClusterUpdate): void;
}

type Details = Omit<LiveObject, 'name' | 'namespace'>;

interface Source {
  readonly resource: KnownResource;
  /** There may be very many of them: only those where objects go that name no namespace. */
  readonly inNamespace?: true;
  /** Leaves out what nobody refers to. */
  readonly fieldSelector?: string;
  details(object: KubeObject): Details;
}

const nothingMore = (): Details => ({});

const sources: readonly Source[] = [
  source<ConfigMap>(configMaps, ({ data, binaryData }) => withKeys(data, binaryData)),
  {
    // Helm keeps its releases as Secrets, megabytes of them.
    ...source<Secret>(secrets, ({ data }) => withKeys(data)),
    fieldSelector: 'type!=helm.sh/release.v1',
  },
  source<Service>(services, ({ spec }) => ({
    ...(spec.type === undefined ? {} : { status: serviceText(spec) }),
    ports: (spec.ports ?? []).map(({ name, port }) =>
      name === undefined ? { port } : { name, port },
    ),
  })),
  source<Deployment>(deployments, (object) => workload(object, workloadSummary(object))),
  source<StatefulSet>(statefulSets, (object) => workload(object, workloadSummary(object))),
  source<DaemonSet>(daemonSets, (object) => workload(object, daemonSetSummary(object))),
  source<Job>(jobs, (object) => ({ status: textOf(jobSummary(object)) })),
  source<CronJob>(cronJobs, (object) => ({ status: textOf(cronJobSummary(object)) })),
  {
    ...source<Pod>(pods, (object) => ({ status: textOf(podSummary(object)) })),
    inNamespace: true,
  },
  // Deployments keep their old ones.
  ...[replicaSets, replicationControllers].map((resource) => ({
    ...source<ReplicaSet>(resource, (object) => ({ status: readyText(workloadSummary(object)) })),
    inNamespace: true as const,
  })),
  source<PersistentVolumeClaim>(persistentVolumeClaims, (object) => ({
    status: textOf(claimSummary(object)),
  })),
  source<KubeObject>(namespaces, ({ metadata }) => podSecurityOf(metadata.labels)),
  ...[serviceAccounts, storageClasses, priorityClasses, runtimeClasses, ingressClasses, roles].map(
    (resource) => ({ resource, details: nothingMore }),
  ),
];

/**
 * Begins to tell; the result ends it. The informers go on for whoever else has them. Of a kind that
 * may not be listed in all namespaces, the objects of the one in use are told.
 */
export function startClusterFeed(options: FeedOptions): () => void {
  const { context, namespace, nodeImages, informers, clock, send, onWatchError } = options;
  send({ context, namespace });
  const refused = refusedEverywhere(informers);
  const ends = new Map<Source, () => void>();
  const tell = (each: Source) => {
    ends.get(each)?.();
    ends.set(each, tellOf(each, each.inNamespace === true || refused.has(each), options));
  };
  sources.forEach(tell);
  const unsubscribe = onWatchError((error, { group, resource }, where) => {
    const isIt = ({ resource: own }: Source) => own.group === group && own.resource === resource;
    const each = where === undefined ? sources.find(isIt) : undefined;
    if (each?.resource.namespaced !== true || refused.has(each)) return;
    if (each.inNamespace === true || !isApiError(error, 'Forbidden')) return;
    refused.add(each);
    tell(each);
  });
  const definitions = informers.for<KubeObject>(customResourceDefinitions);
  const others = [
    unsubscribe,
    follow(definitions, clock, () =>
      send({ context, customKinds: definitions.list().flatMap(customKindsOf) }),
    ),
  ];
  if (nodeImages) {
    const machines = informers.for<Node>(nodes);
    others.push(
      follow(machines, clock, () => send({ context, images: imagesOf(machines.list()) })),
    );
  }
  return () => {
    for (const end of [...ends.values(), ...others]) end();
  };
}

function tellOf(
  each: Source,
  isWithin: boolean,
  { context, namespace, informers, clock, send }: FeedOptions,
): () => void {
  const { fieldSelector } = each;
  const informer = informers.for<KubeObject>(each.resource, {
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(isWithin ? { namespace } : {}),
  });
  const { group, kind } = each.resource;
  const within = isWithin ? { within: namespace } : {};
  return follow(informer, clock, () =>
    send({ context, objects: [{ group, kind, ...within, objects: liveObjects(informer, each) }] }),
  );
}

const refusals = new WeakMap<Informers, Set<Source>>();

/** What may not be listed in all namespaces: known for as long as the session lasts. */
function refusedEverywhere(informers: Informers): Set<Source> {
  const known = refusals.get(informers) ?? new Set();
  refusals.set(informers, known);
  return known;
}

/** Calls once everything is there, and again after changes. */
function follow<T extends KubeObject>(
  informer: Informer<T>,
  clock: Clock,
  tell: () => void,
): () => void {
  let ended = false;
  let cancel: (() => void) | undefined;
  const tellSoon = () => {
    if (ended || !informer.hasSynced) return;
    cancel ??= clock.after(settleMs, () => {
      cancel = undefined;
      tell();
    });
  };
  const unsubscribe = informer.subscribe({
    added: tellSoon,
    updated: tellSoon,
    deleted: tellSoon,
  });
  informer.synced.then(tellSoon, () => {
    // The session is over before the first list was there.
  });
  return () => {
    ended = true;
    cancel?.();
    unsubscribe();
  };
}

function liveObjects(informer: Informer<KubeObject>, { details }: Source): LiveObject[] {
  return informer.list().map((object) => {
    const { name = '', namespace } = object.metadata;
    return { name, ...(namespace === undefined ? {} : { namespace }), ...details(object) };
  });
}

/** The objects of a resource are of its type: the one place where that is said. */
function source<T extends KubeObject>(
  resource: KnownResource,
  details: (object: T) => Details,
): Source {
  return { resource, details: (object) => details(object as T) };
}

/** Which pods a namespace lets in; https://kubernetes.io/docs/concepts/security/pod-security-admission/ */
function podSecurityOf(labels: Readonly<Record<string, string>> = {}): Details {
  const own = Object.entries(labels).filter(([name]) => name.startsWith('pod-security.'));
  return own.length === 0 ? {} : { podSecurity: Object.fromEntries(own) };
}

function withKeys(...maps: readonly (object | undefined)[]): Details {
  return { keys: maps.flatMap((map) => Object.keys(map ?? {})) };
}

function workload(
  { spec }: { spec: { template: { metadata?: { labels?: Record<string, string> } } } },
  summary: Summary,
): Details {
  return { status: readyText(summary), podLabels: spec.template.metadata?.labels ?? {} };
}

function readyText(summary: Summary): string {
  return textOf({ ...summary, text: `${summary.text} ready` });
}

function textOf({ text, reason }: Summary): string {
  return reason === undefined ? text : `${text}: ${reason}`;
}

function serviceText({ type = '', clusterIP }: Service['spec']): string {
  return clusterIP === undefined || clusterIP === '' ? type : `${type} ${clusterIP}`;
}

/** Names with tags; a digest is nothing that people write. */
function imagesOf(machines: readonly Node[]): string[] {
  const names = machines
    .flatMap(({ status }) => status?.images ?? [])
    .flatMap((i) => i.names ?? []);
  return [...new Set(names.filter((name) => !name.includes('@sha256:')))].sort();
}
