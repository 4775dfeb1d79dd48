/**
 * An object as a rule sees it: its value, the pods that it makes, and what else there is. What a
 * person has written may be of any shape, so nothing here trusts it.
 */
import type { GroupVersionKind } from '../../../runtime/api/object.ts';
import {
  type LabelSelector,
  labelSelectorOf,
  matchesLabels,
} from '../../../runtime/api/selector.ts';
import type { Path } from '../../../runtime/api/structure-problem.ts';
import type { Cluster } from '../../references/cluster.ts';
import { at, labelsAt, podLabelsOf, podSpecPath } from '../../references/fields.ts';
import type { IndexedObject } from '../../references/indexed-object.ts';
import { sameNamespace, type Workspace } from '../../references/workspace.ts';
import { isRecord } from '../../routing/manifest-file.ts';
import { listAt } from '../cross-selectors.ts';
import type { Change, Finding } from './pack-rule.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Surroundings {
  readonly workspace: Workspace;
  readonly cluster: Cluster;
}

export interface Subject extends GroupVersionKind, Surroundings {
  /** Of the file that it stands in. */
  readonly uri: string;
  readonly apiVersion: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly value: Fields;
  /** The pods that the object is or makes. */
  readonly pod: PodPlace | undefined;
}

export interface PodPlace {
  /** Of the pod's spec within the object. */
  readonly path: Path;
  readonly spec: Fields;
  readonly labels: Readonly<Record<string, string>>;
  /** Those that run as long as the pod does; sidecars are init containers that do not end. */
  readonly containers: readonly ContainerPlace[];
  readonly initContainers: readonly ContainerPlace[];
}

export interface ContainerPlace {
  readonly path: Path;
  readonly value: Fields;
  readonly name: string;
  /** An init container that goes on running. */
  readonly isSidecar: boolean;
}

/** The pods of an object, or undefined if it makes none. */
export function podOf(kind: string, value: Fields): PodPlace | undefined {
  const path = podSpecPath(kind);
  const spec = path && at(value, path);
  if (path === undefined || !isRecord(spec)) return undefined;
  const list = (name: string): ContainerPlace[] =>
    listAt(spec, [name]).flatMap((container, index) =>
      isRecord(container)
        ? {
            path: [...path, name, index],
            value: container,
            name: typeof container.name === 'string' ? container.name : String(index),
            isSidecar: name === 'initContainers' && container.restartPolicy === 'Always',
          }
        : [],
    );
  return {
    path,
    spec,
    labels: podLabelsOf(kind, value) ?? {},
    containers: list('containers'),
    initContainers: list('initContainers'),
  };
}

export function allContainers(pod: PodPlace | undefined): ContainerPlace[] {
  return pod === undefined ? [] : [...pod.initContainers, ...pod.containers];
}

/** Those that are there as long as the pod is. */
export function runningContainers(pod: PodPlace | undefined): ContainerPlace[] {
  return allContainers(pod).filter(
    ({ path, isSidecar }) => isSidecar || path.at(-2) === 'containers',
  );
}

/** Shown at the container's name; `field` is the one that is missing or wrong in it. */
export function containerFinding(
  { path }: ContainerPlace,
  message: string,
  change?: Change,
  field: Path = ['name'],
): Finding {
  return { path: [...path, ...field], message, ...(change === undefined ? {} : { change }) };
}

/** Pods that go on for ever, so that they serve, are probed and moved. */
export function isLongRunning({ kind }: Pick<Subject, 'kind'>): boolean {
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController'].includes(
    kind,
  );
}

/** How many pods there are to be; 1 where nothing is said, undefined where something else says. */
export function replicasOf(subject: Pick<Subject, 'kind' | 'value'>): number | undefined {
  if (!['Deployment', 'StatefulSet'].includes(subject.kind)) return undefined;
  const replicas = at(subject.value, ['spec', 'replicas']) ?? 1;
  return typeof replicas === 'number' ? replicas : undefined;
}

/** The selector at `path`, an object with matchLabels and matchExpressions; undefined if malformed. */
export function selectorAt(value: unknown, path: Path): LabelSelector | undefined {
  const selector = at(value, path);
  if (!isRecord(selector)) return undefined;
  const expressions = listAt(selector, ['matchExpressions']).map((each) => ({
    key: String(at(each, ['key'])),
    operator: String(at(each, ['operator'])),
    values: listAt(each, ['values']).map(String),
  }));
  if (expressions.some(({ operator }) => !operators.has(operator))) return undefined;
  const matchLabels = labelsAt(selector, ['matchLabels']) ?? {};
  return labelSelectorOf({ matchLabels, matchExpressions: expressions });
}

/** The selector that is plain pairs, as a Service has it; one without pairs selects nothing. */
export function selectorOfPairs(value: unknown, path: Path): LabelSelector | undefined {
  const matchLabels = labelsAt(value, path);
  if (matchLabels === undefined || Object.keys(matchLabels).length === 0) return undefined;
  return labelSelectorOf({ matchLabels });
}

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

/** Objects of a kind in reach whose selector at `path` selects the subject's pods. */
export function selecting(subject: Subject, kind: string, path: Path): IndexedObject[] {
  const { pod, workspace, namespace } = subject;
  if (pod === undefined) return [];
  return workspace.ofKind(kind, (object) => {
    if (!sameNamespace(object.namespace, namespace)) return false;
    const selector = selectorAt(object.value, path);
    return selector !== undefined && matchesLabels(selector, pod.labels);
  });
}

/** Several rules ask the same of a subject, which lives no longer than one check of its file. */
export function oncePerSubject<T>(work: (subject: Subject) => T): (subject: Subject) => T {
  const known = new WeakMap<Subject, { readonly result: T }>();
  return (subject) => {
    const before = known.get(subject);
    if (before !== undefined) return before.result;
    const result = work(subject);
    known.set(subject, { result });
    return result;
  };
}

/** Services of the workspace that send requests to the subject's pods. */
export const servicesOf = oncePerSubject(({ pod, workspace, namespace }): IndexedObject[] => {
  if (pod === undefined) return [];
  return servicesSelecting({ podLabels: pod.labels, namespace }, workspace);
});

/** Services of the workspace that select pods with these labels. */
export function servicesSelecting(
  { podLabels = {}, namespace }: Pick<IndexedObject, 'podLabels' | 'namespace'>,
  workspace: Workspace,
): IndexedObject[] {
  return workspace.ofKind('Service', (object) => {
    const wanted = pairsOf(object);
    if (object.group !== '' || wanted.length === 0) return false;
    return (
      sameNamespace(object.namespace, namespace) &&
      wanted.every(([key, value]) => podLabels[key] === value)
    );
  });
}

/** An object that changes is another object. */
const pairs = new WeakMap<IndexedObject, readonly [string, string][]>();

function pairsOf(service: IndexedObject): readonly [string, string][] {
  const known = pairs.get(service);
  if (known !== undefined) return known;
  const found = Object.entries(labelsAt(service.value, ['spec', 'selector']) ?? {});
  pairs.set(service, found);
  return found;
}

/** The autoscalers of the workspace that set how many pods the subject has. */
export function autoscalersOf({ kind, name, namespace, workspace }: Subject): IndexedObject[] {
  return workspace.ofKind(
    'HorizontalPodAutoscaler',
    (object) =>
      sameNamespace(object.namespace, namespace) &&
      at(object.value, ['spec', 'scaleTargetRef', 'kind']) === kind &&
      at(object.value, ['spec', 'scaleTargetRef', 'name']) === name,
  );
}

/** Workloads of the workspace whose pods the selector selects. */
export function workloadsSelected(
  selector: LabelSelector,
  { workspace, namespace }: Subject,
): IndexedObject[] {
  return workspace.workloads(namespace, ({ podLabels }) => matchesLabels(selector, podLabels));
}
