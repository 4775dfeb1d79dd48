/**
 * Discovery: which groups, versions and resources there are; once as many small documents, once as
 * one (aggregated, `apidiscovery.k8s.io`). Both are made from the table of what is served.
 */
import { createHash } from 'node:crypto';
import { apiVersionOf } from '../../api/object.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';
import type { ServedResources } from '../registry/served.ts';
import { binaryType } from './binary.ts';
import { discoveryGroups, type Group, type OtherVersions } from './discovery-groups.ts';
import { type Encoding, negotiate, notAcceptable, type Offer, parseAccept } from './negotiate.ts';
import { contentTypes } from './respond.ts';

export interface Document {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Bytes are JSON that is to be sent so; they are never YAML. */
  readonly encoding: Encoding;
  /** The aggregated form may be kept by clients until this is another one. */
  readonly etag: string | undefined;
}

/** Documents that are kept. */
const mostDocuments = 500;

/** In what forms the old documents are to be had. */
const offer: Offer = {
  ...{ binary: true, watch: false, answerOnly: true, several: false },
  typeName: 'v1.APIResourceList',
};

export class Discovery {
  readonly #served: ServedResources;
  readonly #others: OtherVersions | undefined;
  #groups: readonly Group[] | undefined;
  readonly #documents = new Map<string, Document>();

  constructor(served: ServedResources, others?: OtherVersions) {
    this.#served = served;
    this.#others = others;
    const forget = () => {
      this.#groups = undefined;
      this.#documents.clear();
    };
    served.onChange(forget);
    others?.onChange(forget);
  }

  /**
   * The document at a path for this Accept header, or undefined if there is none. Throws NotAcceptable.
   */
  document(path: string, accept: string | undefined): Document | undefined {
    const root = path === '/api' || path === '/apis';
    const aggregated = root ? aggregatedVersion(accept) : undefined;
    const key = `${path} ${aggregated ?? accept}`;
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const made = aggregated === undefined ? this.#plain(path) : this.#aggregated(path, aggregated);
    if (made === undefined) return undefined;
    const document =
      aggregated === undefined ? plainDocument(made, accept) : aggregatedDocument(made, aggregated);
    // What clients can ask for has no end.
    if (this.#documents.size > mostDocuments) this.#documents.clear();
    this.#documents.set(key, document);
    return document;
  }

  #all(): readonly Group[] {
    this.#groups ??= discoveryGroups(this.#served, this.#others?.versions() ?? []);
    return this.#groups;
  }

  #plain(path: string): object | undefined {
    const parts = path.split('/').slice(1);
    if (path === '/api') {
      return {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
      };
    }
    if (path === '/apis') {
      const groups = this.#all()
        .filter(({ name, versions }) => name !== '' && versions.some(({ fresh }) => fresh))
        .map(apiGroup);
      return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    }
    const [root, second = '', third] = parts;
    const name = root === 'api' ? '' : second;
    const group = this.#all().find((other) => other.name === name);
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
      resources: version.resources(),
    };
  }

  #aggregated(path: string, version: string): object {
    const groups = this.#all().filter(({ name }) => (name === '') === (path === '/api'));
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map(({ name, versions }) => ({
        metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
        versions: versions.map((served) => ({
          version: served.version,
          resources: served.aggregated(),
          freshness: served.fresh ? 'Current' : 'Stale',
        })),
      })),
    };
  }
}

function aggregatedDocument(made: object, version: string): Document {
  const bytes = Buffer.from(JSON.stringify(made));
  const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return { bytes, contentType, encoding: 'json', etag: etagOf(bytes) };
}

/** Throws NotAcceptable. */
function plainDocument(made: object, accept: string | undefined): Document {
  const { encoding } = negotiate(accept, offer);
  const contentType = contentTypes[encoding];
  const kept = { contentType, encoding, etag: undefined };
  if (encoding !== 'protobuf') return { ...kept, bytes: Buffer.from(JSON.stringify(made)) };
  const { apiVersion = 'v1', kind, ...rest } = made as { apiVersion?: string; kind: string };
  const bytes = encodeProtobuf({ ...rest, apiVersion, kind });
  if (bytes === undefined) throw notAcceptable();
  return { ...kept, bytes };
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"`;
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
  const all = versions
    .filter(({ fresh }) => fresh)
    .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}
