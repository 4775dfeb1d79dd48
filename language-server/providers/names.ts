/**
 * What other objects are called: names, keys, ports and labels that fit the field that is being
 * written, from the workspace first and then from the connected cluster.
 */

import { parseApiVersion } from '../../runtime/api/object.ts';
import { labelSelectorOfMap } from '../../runtime/api/selector.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Cluster } from '../references/cluster.ts';
import { at, labelsAt, podSpecPath, referencesOf } from '../references/fields.ts';
import type { Workspace } from '../references/workspace.ts';
import { isRecord } from '../routing/manifest-file.ts';
import { containerPorts, listAt, selectorPathOf } from '../rules/cross-selectors.ts';
import type { CompletionContext } from './completion-context.ts';
import { knownKeys, knownValues } from './known-values.ts';

export interface Name {
  readonly name: string;
  /** Where it comes from, for people. */
  readonly detail: string;
}

export interface NameSource {
  /** For the value of the field at the cursor. */
  values(context: CompletionContext): Name[];
  /** For the key of an entry in a map whose keys are anybody's: labels. */
  keys(context: CompletionContext): Name[];
}

export const noNames: NameSource = { values: () => [], keys: () => [] };

export function namesFrom(surroundings: { workspace: Workspace; cluster: Cluster }): NameSource {
  const names = new Names(surroundings.workspace, surroundings.cluster);
  return {
    values: (context) => unique(names.values(context)),
    keys: (context) => unique(names.keys(context)),
  };
}

class Names {
  readonly #workspace: Workspace;
  readonly #cluster: Cluster;

  constructor(workspace: Workspace, cluster: Cluster) {
    this.#workspace = workspace;
    this.#cluster = cluster;
  }

  values(context: CompletionContext): Name[] {
    const { kind } = context.value;
    if (typeof kind !== 'string') return [];
    const { path } = context;
    const last = path.at(-1);
    return [
      ...this.#referenced(kind, context),
      ...(last === 'image' ? this.#images() : []),
      ...(last === 'targetPort' ? this.#targetPorts(context) : []),
      ...volumesFor(kind, context),
      ...this.#labelValues(context),
      ...knownValues({ kind, path, value: context.value }),
    ];
  }

  keys(context: CompletionContext): Name[] {
    const labels = this.#labelsFor(context.path, context);
    const taken = new Set(context.siblings);
    return [
      ...labels.map(([key, value, owner]) => ({ name: key, detail: `${value} · ${owner}` })),
      ...knownKeys(context),
    ].filter(({ name }) => !taken.has(name));
  }

  /** The field under the cursor holds a placeholder, so it shows up among the object's references. */
  #referenced(kind: string, context: CompletionContext): Name[] {
    const path = context.path.join('/');
    const own = namespaceOf(context);
    for (const reference of referencesOf(kind, context.value)) {
      const namespace = reference.namespace ?? own;
      if (reference.path.join('/') === path) return this.#named(reference.kind, namespace);
      if (reference.key?.path.join('/') === path) {
        return this.#keysOf(reference.kind, reference.name, namespace);
      }
      if (reference.port?.path.join('/') === path) {
        return this.#portsOf(reference.name, namespace, path.endsWith('/name'));
      }
    }
    return [];
  }

  #named(kind: string, namespace: string | undefined): Name[] {
    const here = this.#workspace.names(kind, namespace);
    const made = this.#workspace.generated(kind).filter(({ name }) => !here.includes(name));
    const there = this.#cluster.objects(kind, namespace);
    const used = kind === 'Namespace' ? this.#namespacesInUse() : [];
    return [
      ...here.map((name) => ({ name, detail: kind })),
      ...made.map(({ name }) => ({ name, detail: `${kind} that a kustomization makes` })),
      ...used,
      ...there.map(({ name, status }) => ({
        name,
        detail: `${kind} in ${this.#cluster.context}${status === undefined ? '' : ` · ${status}`}`,
      })),
    ];
  }

  /** Where other files put their objects; their Namespace is often made by somebody else. */
  #namespacesInUse(): Name[] {
    const names = new Set<string>();
    for (const { namespace } of this.#workspace.objects()) {
      if (namespace !== undefined) names.add(namespace);
    }
    return [...names].sort().map((name) => ({ name, detail: 'namespace in this workspace' }));
  }

  #keysOf(kind: string, name: string, namespace: string | undefined): Name[] {
    const here = this.#workspace.find(kind, name, namespace).flatMap(({ keys }) => keys);
    const made = this.#workspace.generated(kind, name).flatMap(({ keys }) => keys);
    const there = this.#cluster.find(kind, name, namespace)?.keys ?? [];
    const all = new Set([...here, ...made.map((key) => key.name), ...there]);
    return [...all].map((key) => ({ name: key, detail: `key of ${kind} ${name}` }));
  }

  #portsOf(name: string, namespace: string | undefined, byName: boolean): Name[] {
    const here = this.#workspace
      .find('Service', name, namespace)
      .flatMap(({ value }) => listAt(value, ['spec', 'ports']))
      .map((port) => ({ name: at(port, ['name']), port: at(port, ['port']) }));
    const there = this.#cluster.find('Service', name, namespace)?.ports ?? [];
    return [...here, ...there].flatMap(({ name: portName, port }) => {
      const text = byName ? portName : port;
      if (text === undefined) return [];
      const other = byName ? port : portName;
      return {
        name: String(text),
        detail: `port of ${name}${other === undefined ? '' : ` · ${other}`}`,
      };
    });
  }

  /** Images that nodes or the engine have, and those that the workspace's pods use. */
  #images(): Name[] {
    const used = this.#workspace.workloads(undefined).flatMap(({ kind, value, name }) => {
      const spec = podSpecPath(kind) ?? [];
      return listAt(value, [...spec, 'containers']).flatMap((container) => {
        const image = at(container, ['image']);
        return typeof image === 'string' ? { name: image, detail: `${kind} ${name}` } : [];
      });
    });
    const there = this.#cluster.images.map((name) => ({ name, detail: 'on the engine' }));
    return [...there, ...used];
  }

  #targetPorts(context: CompletionContext): Name[] {
    const labels = labelsAt(context.value, ['spec', 'selector']) ?? {};
    if (context.value.kind !== 'Service' || Object.keys(labels).length === 0) return [];
    const selector = labelSelectorOfMap(labels);
    return this.#workspace.selected(selector, labels, namespaceOf(context)).flatMap((object) =>
      containerPorts(object)
        .flatMap(({ name, number }) => [name, number])
        .filter((port) => port !== undefined)
        .map((port) => ({
          name: String(port),
          detail: `port of ${object.kind} ${object.name}`,
        })),
    );
  }

  #labelValues(context: CompletionContext): Name[] {
    const key = context.path.at(-1);
    return this.#labelsFor(context.path.slice(0, -1), context)
      .filter(([name]) => name === key)
      .map(([, value, owner]) => ({ name: value, detail: owner }));
  }

  /** Labels that could stand in the map at `path`, where it is one that selects pods. */
  #labelsFor(
    path: Path,
    context: CompletionContext,
  ): [key: string, value: string, owner: string][] {
    const { apiVersion, kind } = context.value;
    if (typeof kind !== 'string') return [];
    const own = ownLabels(kind, path, context.value);
    if (own !== undefined) return own;
    const { group } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : 'v1');
    const isSelector = selectorPathOf({ kind, group })?.join('/') === path.join('/');
    if (!isSelector && !selectsPods(path)) return [];
    const namespace = namespaceOf(context);
    const here = this.#workspace
      .workloads(namespace)
      .flatMap(({ kind: owner, name, podLabels }) =>
        Object.entries(podLabels ?? {}).map(([key, value]): [string, string, string] => [
          key,
          value,
          `${owner} ${name}`,
        ]),
      );
    const there = ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap((owner) =>
      this.#cluster
        .objects(owner, namespace)
        .flatMap(({ name, podLabels }) =>
          Object.entries(podLabels ?? {}).map(([key, value]): [string, string, string] => [
            key,
            value,
            `${owner} ${name}`,
          ]),
        ),
    );
    return [...here, ...there];
  }
}

/** A workload selects the pods of its own template, and is mostly labelled as they are. */
function ownLabels(
  kind: string,
  path: Path,
  value: Readonly<Record<string, unknown>>,
): [key: string, value: string, owner: string][] | undefined {
  const spec = podSpecPath(kind);
  if (spec === undefined) return undefined;
  const isWorkload = spec.length > 1;
  const template: Path = isWorkload ? [...spec.slice(0, -1), 'metadata', 'labels'] : [];
  const places: [owner: string, path: Path][] = [
    ['the pod template', template],
    ['the selector', ['spec', 'selector', 'matchLabels']],
    [`this ${kind}`, ['metadata', 'labels']],
  ];
  const isSpread = path.includes('topologySpreadConstraints') && path.at(-1) === 'matchLabels';
  const where = isSpread ? 'spread' : path.join('/');
  if (!isSpread && !places.some(([, place]) => place.join('/') === where)) return undefined;
  if (!isWorkload && !isSpread && where !== 'metadata/labels') return undefined;
  for (const [owner, place] of places) {
    if (place.length === 0 || place.join('/') === where) continue;
    const pairs = Object.entries(labelsAt(value, place) ?? {});
    if (pairs.length > 0) return pairs.map(([key, label]) => [key, label, owner]);
  }
  const name = at(value, ['metadata', 'name']);
  return typeof name === 'string' && name !== '' ? [['app', name, 'the name']] : [];
}

/** The pairs of a selector of pods within another field: of a peer, of an affinity. */
function selectsPods(path: Path): boolean {
  const [last, parent] = path.toReversed();
  return last === 'matchLabels' && (parent === 'podSelector' || parent === 'labelSelector');
}

/** A mount names a volume of its own pod; a StatefulSet's claims are volumes too. */
function volumesFor(kind: string, { path, value }: CompletionContext): Name[] {
  const spec = podSpecPath(kind);
  if (spec === undefined || path.at(-1) !== 'name' || !path.includes('volumeMounts')) return [];
  const volumes = listAt(value, [...spec, 'volumes']).map((volume) => at(volume, ['name']));
  const claims = listAt(value, ['spec', 'volumeClaimTemplates']).map((claim) =>
    at(claim, ['metadata', 'name']),
  );
  return [...volumes, ...claims]
    .filter((name): name is string => typeof name === 'string')
    .map((name) => ({ name, detail: 'volume of the pod' }));
}

function namespaceOf({ value }: CompletionContext): string | undefined {
  const { metadata } = value;
  const namespace = isRecord(metadata) ? metadata.namespace : undefined;
  return typeof namespace === 'string' ? namespace : undefined;
}

function unique(names: readonly Name[]): Name[] {
  return [...new Map(names.toReversed().map((each) => [each.name, each])).values()].reverse();
}
