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

/** Begins to tell; the result ends it. The informers go on for whoever else has them. */
export function startClusterFeed(options: FeedOptions): () => void {
  const { context, namespace, nodeImages, informers, clock, send } = options;
  send({ context, namespace });
  const ends = sources.map((each) => {
    const { fieldSelector, inNamespace } = each;
    const informer = informers.for<KubeObject>(each.resource, {
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(inNamespace === undefined ? {} : { namespace }),
    });
    const { group, kind } = each.resource;
    const within = inNamespace === undefined ? {} : { within: namespace };
    return follow(informer, clock, () =>
      send({
        context,
        objects: [{ group, kind, ...within, objects: liveObjects(informer, each) }],
      }),
    );
  });
  const definitions = informers.for<KubeObject>(customResourceDefinitions);
  ends.push(
    follow(definitions, clock, () =>
      send({ context, customKinds: definitions.list().flatMap(customKindsOf) }),
    ),
  );
  if (nodeImages) {
    const machines = informers.for<Node>(nodes);
    ends.push(follow(machines, clock, () => send({ context, images: imagesOf(machines.list()) })));
  }
  return () => {
    for (const end of ends) end();
  };
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
