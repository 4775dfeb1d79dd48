/**
 * Which kinds a server has and where they are served. Asks for the aggregated form (two requests)
 * and falls back to one request a group and version for servers before 1.27.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { apiVersionOf, parseApiVersion } from '../api/object.ts';
import type { Client } from './client.ts';
import type { KnownResource } from './resources.ts';

export interface DiscoveredResource extends KnownResource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** `status`, `scale`, … */
  readonly subresources: readonly string[];
}

export interface Discovery {
  /** Everything, preferred versions of a group first. Throws ApiError. */
  all(): Promise<readonly DiscoveredResource[]>;
  /** Asks again, once, for a kind that was not there: it may have come since. Throws ApiError. */
  resourceFor(apiVersion: string, kind: string): Promise<DiscoveredResource | undefined>;
  /** By plural, singular, short name or kind, with or without `.group`, as kubectl takes it. */
  find(word: string): Promise<DiscoveredResource | undefined>;
  /** Forgets what is known. */
  refresh(): void;
}

/** Makes a discovery whose answers are kept until `refresh`. */
export function createDiscovery(client: Client): Discovery {
  let known: Promise<readonly DiscoveredResource[]> | undefined;
  const all = () => {
    if (known === undefined) {
      const pending = discover(client);
      known = pending;
      pending.catch(() => {
        // A failure is not kept.
        if (known === pending) known = undefined;
      });
    }
    return known;
  };
  const search = async (matches: (resource: DiscoveredResource) => boolean) => {
    const cached = known;
    const found = (await all()).find(matches);
    if (found !== undefined || cached === undefined) return found;
    // Of many who miss something at once one asks again, for all.
    if (known === cached) known = undefined;
    return (await all()).find(matches);
  };
  return {
    all,
    resourceFor: (apiVersion, kind) =>
      search((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion),
    find: (word) => search((resource) => answersTo(resource, word.toLowerCase())),
    refresh: () => {
      known = undefined;
    },
  };
}

function answersTo(resource: DiscoveredResource, word: string): boolean {
  const dot = word.indexOf('.');
  const [name, group] = dot < 0 ? [word, undefined] : [word.slice(0, dot), word.slice(dot + 1)];
  if (group !== undefined && group !== resource.group) return false;
  const { resource: plural, singular, kind, shortNames } = resource;
  return [plural, singular, kind.toLowerCase(), ...shortNames].includes(name);
}

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,' +
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

interface AggregatedResource {
  resource: string;
  responseKind?: { kind?: string };
  scope?: string;
  singularResource?: string;
  shortNames?: string[];
  categories?: string[];
  verbs?: string[];
  subresources?: { subresource: string }[];
}
interface AggregatedList {
  kind: 'APIGroupDiscoveryList';
  items?: {
    metadata?: { name?: string };
    versions?: { version: string; resources?: AggregatedResource[] }[];
  }[];
}
interface LegacyVersions {
  kind: 'APIVersions';
  versions?: string[];
}
interface LegacyGroups {
  kind: 'APIGroupList';
  groups?: {
    versions?: { groupVersion: string }[];
    preferredVersion?: { groupVersion: string };
  }[];
}

async function discover(client: Client): Promise<readonly DiscoveredResource[]> {
  const [core, groups] = await Promise.all([
    client.raw<AggregatedList | LegacyVersions>('/api', { accept: aggregated }),
    client.raw<AggregatedList | LegacyGroups>('/apis', { accept: aggregated }),
  ]);
  const parts = await Promise.all([
    core.kind === 'APIGroupDiscoveryList'
      ? fromAggregated(core)
      : legacy(client, core.versions ?? []),
    groups.kind === 'APIGroupDiscoveryList'
      ? fromAggregated(groups)
      : legacy(client, (groups.groups ?? []).flatMap(legacyVersions)),
  ]);
  return parts.flat();
}

function fromAggregated({ items = [] }: AggregatedList): DiscoveredResource[] {
  return items.flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map((resource) => ({
        group: metadata?.name ?? '',
        version,
        resource: resource.resource,
        kind: resource.responseKind?.kind ?? '',
        namespaced: resource.scope === 'Namespaced',
        singular: resource.singularResource ?? '',
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        verbs: resource.verbs ?? [],
        subresources: (resource.subresources ?? []).map(({ subresource }) => subresource),
      })),
    ),
  );
}

function legacyVersions(group: NonNullable<LegacyGroups['groups']>[number]): string[] {
  const versions = (group.versions ?? []).map(({ groupVersion }) => groupVersion);
  const preferred = group.preferredVersion?.groupVersion;
  return preferred === undefined ? versions : [...new Set([preferred, ...versions])];
}

interface LegacyResource {
  name: string;
  kind: string;
  namespaced?: boolean;
  singularName?: string;
  shortNames?: string[];
  categories?: string[];
  verbs?: string[];
}

async function legacy(client: Client, versions: readonly string[]): Promise<DiscoveredResource[]> {
  const lists = await Promise.all(
    versions.map(async (apiVersion) => {
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      // An extension server that is down must not hide all the others.
      const list = await client
        .raw<{ resources?: LegacyResource[] }>(path)
        .catch(() => ({ resources: [] }));
      return fromLegacy(apiVersion, list.resources ?? []);
    }),
  );
  return lists.flat();
}

function fromLegacy(apiVersion: string, resources: readonly LegacyResource[]) {
  const subresources = resources.filter(({ name }) => name.includes('/'));
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => ({
      ...parseApiVersion(apiVersion),
      resource: resource.name,
      kind: resource.kind,
      namespaced: resource.namespaced ?? false,
      singular: resource.singularName ?? '',
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      verbs: resource.verbs ?? [],
      subresources: subresources
        .filter(({ name }) => name.startsWith(`${resource.name}/`))
        .map(({ name }) => name.slice(resource.name.length + 1)),
    }));
}
