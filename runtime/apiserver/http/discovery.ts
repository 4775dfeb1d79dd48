/**
 * Discovery: which groups, versions and resources there are; once as many small documents, once as
 * one (aggregated, `apidiscovery.k8s.io`). Both are made from the table of what is served.
 */
import { createHash } from 'node:crypto';
import type { Kind } from '../../api/kinds.ts';
import { apiVersionOf } from '../../api/object.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';
import type { ServedResources } from '../registry/served.ts';
import { binaryType } from './binary.ts';
import { notAcceptable, parseAccept, plainEncoding } from './negotiate.ts';

export interface Document {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly contentType: string;
}

interface Group {
  readonly name: string;
  readonly versions: readonly { readonly version: string; readonly kinds: readonly Kind[] }[];
}

export class Discovery {
  #groups: readonly Group[];
  readonly #documents = new Map<string, Document>();

  constructor(served: ServedResources) {
    const group = () => groupKinds(served.all.map(({ kind }) => kind));
    this.#groups = group();
    served.onChange(() => {
      this.#groups = group();
      this.#documents.clear();
    });
  }

  /** The document at a path for this Accept header, or undefined if there is none. */
  document(path: string, accept: string | undefined): Document | undefined {
    const root = path === '/api' || path === '/apis';
    const aggregated = root ? aggregatedVersion(accept) : undefined;
    const binary = aggregated === undefined && plainEncoding(accept) === 'protobuf';
    const key = `${path} ${aggregated ?? ''} ${binary}`;
    let document = this.#documents.get(key);
    if (document === undefined) {
      const made =
        aggregated === undefined ? this.#plain(path) : this.#aggregated(path, aggregated);
      if (made === undefined) return undefined;
      document = binary ? binaryDocument(made) : jsonDocument(made, aggregated);
      this.#documents.set(key, document);
    }
    return document;
  }

  #plain(path: string): object | undefined {
    const parts = path.split('/').filter(Boolean);
    if (path === '/api') {
      return {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
      };
    }
    if (path === '/apis') {
      const groups = this.#groups.filter(({ name }) => name !== '').map(apiGroup);
      return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    }
    const [root, second = '', third] = parts;
    const name = root === 'api' ? '' : second;
    const group = this.#groups.find((other) => other.name === name);
    if (group === undefined || (root !== 'api' && root !== 'apis')) return undefined;
    const versionName = root === 'api' ? second : third;
    if (versionName === undefined) {
      return root === 'apis'
        ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) }
        : undefined;
    }
    const version = group.versions.find((other) => other.version === versionName);
    if (version === undefined || parts.length > (root === 'api' ? 2 : 3)) return undefined;
    return {
      kind: 'APIResourceList',
      ...(name === '' ? {} : { apiVersion: 'v1' }),
      groupVersion: apiVersionOf({ group: name, version: versionName }),
      resources: version.kinds.flatMap(apiResources),
    };
  }

  #aggregated(path: string, version: string): object {
    const groups = this.#groups.filter(({ name }) => (name === '') === (path === '/api'));
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map(({ name, versions }) => ({
        metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
        versions: versions.map((served) => ({
          version: served.version,
          resources: served.kinds.map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
    };
  }
}

function jsonDocument(made: object, aggregated: string | undefined): Document {
  const bytes = Buffer.from(JSON.stringify(made));
  const contentType =
    aggregated === undefined
      ? 'application/json'
      : `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
  return { bytes, etag: etagOf(bytes), contentType };
}

/** Throws NotAcceptable for a document without a binary form. */
function binaryDocument(made: object): Document {
  const { apiVersion = 'v1', kind, ...rest } = made as { apiVersion?: string; kind: string };
  const bytes = encodeProtobuf({ ...rest, apiVersion, kind });
  if (bytes === undefined) throw notAcceptable();
  return { bytes, etag: etagOf(bytes), contentType: binaryType };
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`;
}

function groupKinds(all: readonly Kind[]): Group[] {
  const groups = new Map<string, Map<string, Kind[]>>();
  for (const kind of all) {
    const versions = groups.get(kind.group) ?? new Map<string, Kind[]>();
    groups.set(kind.group, versions);
    versions.set(kind.version, [...(versions.get(kind.version) ?? []), kind]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions].map(([version, list]) => ({ version, kinds: list })),
  }));
}

/** Which aggregated form the client understands; undefined if none or if it prefers the old one. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (type === binaryType && !parameters.has('as')) return undefined;
    if (type !== 'application/json') continue;
    if (parameters.get('g') !== 'apidiscovery.k8s.io') return undefined;
    const version = parameters.get('v');
    if (
      parameters.get('as') === 'APIGroupDiscoveryList' &&
      (version === 'v2' || version === 'v2beta1')
    ) {
      return version;
    }
  }
  return undefined;
}

function apiGroup({ name, versions }: Group): object {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
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
