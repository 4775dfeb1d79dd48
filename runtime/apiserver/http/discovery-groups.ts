/**
 * What discovery lists, in its order: this server's own groups and versions, and those that other
 * servers answer for, which take the place of this server's own.
 */
import { createHash } from 'node:crypto';
import type { Kind } from '../../api/kinds.ts';
import type { RemoteVersion } from '../aggregation/aggregator.ts';
import { groupPriority } from '../aggregation/local.ts';
import { compareVersions } from '../custom/custom-kind.ts';
import type { ServedResources } from '../registry/served.ts';

export interface Version {
  readonly version: string;
  /** False: another server answers for it, but not now. */
  readonly fresh: boolean;
  /** As an APIResourceList has them. */
  resources(): object[];
  /** As an APIGroupDiscoveryList has them. */
  aggregated(): object[];
}

export interface Group {
  readonly name: string;
  readonly versions: readonly Version[];
}

/** What other servers have. */
export interface OtherVersions {
  versions(): RemoteVersion[];
  onChange(listener: () => void): void;
}

interface Ranked extends Version {
  readonly group: string;
  readonly groupPriority: number;
  /** The higher of two comes first; versions of this server's own are in order already. */
  readonly versionPriority: number | undefined;
}

/** Groups in the order of their priority, the preferred version of each first. */
export function discoveryGroups(
  served: ServedResources,
  others: readonly RemoteVersion[],
): Group[] {
  const taken = new Set(others.map(({ service: { spec } }) => `${spec.group}/${spec.version}`));
  const own = ownVersions(served.all.map(({ kind }) => kind));
  const all = [
    ...own.filter(({ group, version }) => !taken.has(`${group}/${version}`)),
    ...others.map(otherVersion),
  ];
  const groups = new Map<string, Ranked[]>();
  for (const version of all) {
    groups.set(version.group, [...(groups.get(version.group) ?? []), version]);
  }
  const priority = (versions: readonly Ranked[]) =>
    Math.max(...versions.map((version) => version.groupPriority));
  return [...groups]
    .sort(([, a], [, b]) => priority(b) - priority(a))
    .map(([name, versions]) => ({ name, versions: inOrder(versions) }));
}

function inOrder(versions: readonly Ranked[]): Ranked[] {
  if (versions.every(({ versionPriority }) => versionPriority === undefined)) return [...versions];
  return versions.toSorted(
    (a, b) =>
      (b.versionPriority ?? 0) - (a.versionPriority ?? 0) || compareVersions(a.version, b.version),
  );
}

function ownVersions(kinds: readonly Kind[]): Ranked[] {
  const versions = new Map<string, Kind[]>();
  for (const kind of kinds) {
    const name = `${kind.group}/${kind.version}`;
    versions.set(name, [...(versions.get(name) ?? []), kind]);
  }
  return [...versions.values()].map((list) => {
    const { group = '', version = '' } = list[0] ?? {};
    return {
      group,
      version,
      fresh: true,
      // The core group is in a document of its own.
      groupPriority: group === '' ? Number.POSITIVE_INFINITY : groupPriority(`${group}/${version}`),
      versionPriority: undefined,
      resources: () => list.flatMap(apiResources),
      aggregated: () => list.map(aggregatedResource),
    };
  });
}

function otherVersion({ service, available, resources = [] }: RemoteVersion): Ranked {
  const { group, version, groupPriorityMinimum, versionPriority } = service.spec;
  return {
    group,
    version,
    fresh: available,
    groupPriority: groupPriorityMinimum,
    versionPriority,
    resources: () => [...resources],
    aggregated: () => fromList(resources as ApiResource[], { group, version }),
  };
}

interface ApiResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** The flat list of old, with subresources (`pods/log`) put under what they belong to. */
function fromList(
  resources: readonly ApiResource[],
  level: { group: string; version: string },
): object[] {
  const kindOf = ({ group, version, kind }: ApiResource) => ({
    group: group || level.group,
    version: version || level.version,
    kind,
  });
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => {
      const { name, namespaced, singularName = '', verbs = [], shortNames, categories } = resource;
      const parts = resources.filter((other) => other.name.startsWith(`${name}/`));
      return {
        resource: name,
        responseKind: kindOf(resource),
        scope: namespaced === true ? 'Namespaced' : 'Cluster',
        singularResource: singularName,
        verbs,
        ...(shortNames === undefined ? {} : { shortNames }),
        ...(categories === undefined ? {} : { categories }),
        ...(parts.length === 0
          ? {}
          : {
              subresources: parts.map((part) => ({
                subresource: part.name.slice(name.length + 1),
                responseKind: kindOf(part),
                verbs: part.verbs ?? [],
              })),
            }),
      };
    });
}

function apiResources(kind: Kind): object[] {
  const { resource, singular, namespaced, shortNames, categories } = kind;
  return [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind: kind.kind,
      verbs: [...kind.verbs],
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
      ...(kind.verbs.includes('list') ? { storageVersionHash: storageHash(kind) } : {}),
    },
    ...kind.subresources.map((subresource) => ({
      name: `${resource}/${subresource.name}`,
      singularName: '',
      namespaced,
      ...(subresource.kind === undefined
        ? {}
        : { group: subresource.kind.group, version: subresource.kind.version }),
      kind: subresource.kind?.kind ?? kind.kind,
      verbs: [...subresource.verbs],
    })),
  ];
}

function aggregatedResource(kind: Kind): object {
  const { group, version, shortNames, categories } = kind;
  return {
    resource: kind.resource,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: [...kind.verbs],
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(kind.subresources.length === 0
      ? {}
      : {
          subresources: kind.subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind: subresource.kind ?? { group, version, kind: kind.kind },
            verbs: [...subresource.verbs],
          })),
        }),
  };
}

/** Tells clients that two resources share their objects. */
function storageHash(kind: Kind): string {
  const name = kind.group === 'events.k8s.io' ? '/Event' : `${kind.group}/${kind.kind}`;
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64');
}
