/**
 * Brings manifests to a cluster, ours or any other: server-side apply of each object, in an order
 * in which they can be created. https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { type Clock, systemClock } from '../api/clock.ts';
import type { KubeObject, UnknownObject } from '../api/object.ts';
import { isApiError } from '../api/status.ts';
import { applyWaves } from './apply-order.ts';
import type { Client, ObjectTarget } from './client.ts';
import type { DiscoveredResource, Discovery } from './discovery.ts';
import { inWaves } from './in-waves.ts';
import { type ManifestDocument, type ManifestSource, parseManifests } from './manifests.ts';
import { at, customResourceDefinitions } from './resources.ts';

export interface ApplyOptions {
  /** For objects that name none. */
  namespace: string;
  dryRun?: boolean;
  /** `skiff` if left out. */
  fieldManager?: string;
  /** Take fields over from other managers instead of failing with Conflict. */
  force?: boolean;
  clock?: Clock;
  /** Stops at once, and rejects with its reason; what was on the way by then may have happened. */
  signal?: AbortSignal;
  /** Told of each result, in the order of all of them, as soon as it is known. */
  onResult?: (result: ApplyResult) => void;
}

export interface Placed {
  document: ManifestDocument;
  /** Undefined if the server does not know the kind. */
  resource: DiscoveredResource | undefined;
  /** Undefined for cluster-scoped kinds. */
  namespace: string | undefined;
  /** `deployment.apps/web`, as kubectl names things. */
  title: string;
}

export type ApplyResult = Placed &
  (
    | { state: 'created' | 'configured' | 'unchanged'; object: KubeObject; note?: string }
    | { state: 'failed'; error: Error }
  );

export type DeleteResult = Placed &
  ({ state: 'deleted' | 'not found' } | { state: 'failed'; error: Error });

/** How long a CustomResourceDefinition may take until its kind is served. */
const establishTimeoutMs = 15_000;

/**
 * Applies every object of the sources; what goes wrong with one is in its result and does not stop
 * the others. Throws ManifestError, before anything is applied, where a source cannot be read.
 */
export async function applyManifests(
  client: Client,
  discovery: Discovery,
  sources: readonly ManifestSource[],
  options: ApplyOptions,
): Promise<ApplyResult[]> {
  return applyDocuments(client, discovery, parseManifests(sources), options);
}

/** As `applyManifests`, for who has read them already. */
export async function applyDocuments(
  client: Client,
  discovery: Discovery,
  objects: readonly ManifestDocument[],
  options: ApplyOptions,
): Promise<ApplyResult[]> {
  return inWaves(
    applyWaves(objects, options.namespace),
    (document) => applyOne(client, discovery, document, objects, options),
    options,
  );
}

/** Deletes every object, what uses others first. */
export async function deleteDocuments(
  client: Client,
  discovery: Discovery,
  objects: readonly ManifestDocument[],
  options: Omit<ApplyOptions, 'onResult'> & { onResult?: (result: DeleteResult) => void },
): Promise<DeleteResult[]> {
  const waves = applyWaves(objects, options.namespace).map((wave) => wave.reverse());
  return inWaves(
    waves.reverse(),
    (document) => deleteOne(client, discovery, document, options),
    options,
  );
}

async function applyOne(
  client: Client,
  discovery: Discovery,
  document: ManifestDocument,
  all: readonly ManifestDocument[],
  options: ApplyOptions,
): Promise<ApplyResult> {
  const { object } = document;
  let placed: Placed = unplaced(document);
  try {
    const definition = definitionOf(object, all);
    let resource = await discovery.resourceFor(object.apiVersion, object.kind);
    if (resource === undefined && definition !== undefined) {
      if (options.dryRun) {
        const note = 'not checked: its kind is defined by these manifests';
        return { ...placed, state: 'created', object, note };
      }
      resource = await established(client, discovery, object, definition, options);
    }
    if (resource === undefined) throw unknownKind(object);
    placed = place(document, resource, options.namespace);
    const target = at(resource, object.metadata.name ?? '', placed.namespace);
    const missing = options.dryRun ? namespaceOf(all, placed.namespace) : undefined;
    return { ...placed, ...(await send(client, target, object, options, missing)) };
  } catch (error) {
    return { ...placed, state: 'failed', error: error as Error };
  }
}

async function send(
  client: Client,
  target: ObjectTarget,
  object: UnknownObject,
  options: ApplyOptions,
  comesWith: ManifestDocument | undefined,
): Promise<Pick<ApplyResult & { state: 'created' }, 'object' | 'note'> & { state: Outcome }> {
  const { fieldManager = 'skiff', dryRun = false, force = false } = options;
  const metadata = { ...object.metadata };
  if (target.namespace !== undefined) metadata.namespace = target.namespace;
  const wanted = { ...object, metadata };
  const live = await find(client, target);
  const write = { fieldManager, dryRun, fieldValidation: 'Strict' as const };
  try {
    const next = await client
      .patch(target, 'apply', wanted, { ...write, force })
      .catch((error: unknown) => {
        if (!isApiError(error, 'UnsupportedMediaType')) throw error;
        // A server (or an extension server) without server-side apply.
        const { name: _, ...collection } = target;
        return live === undefined
          ? client.create(collection, wanted, write)
          : client.patch(target, 'merge', wanted, write);
      });
    return { state: outcome(live, next, dryRun), object: next };
  } catch (error) {
    // A dry run makes no namespace, so that nothing in it can be checked by the server.
    if (comesWith !== undefined && isApiError(error, 'NotFound')) {
      const note = 'not checked: its namespace is not there yet';
      return { state: 'created', object: wanted, note };
    }
    throw error;
  }
}

type Outcome = 'created' | 'configured' | 'unchanged';

function outcome(live: UnknownObject | undefined, next: UnknownObject, dryRun: boolean): Outcome {
  if (live === undefined) return 'created';
  const same = dryRun
    ? content(live) === content(next)
    : live.metadata.resourceVersion === next.metadata.resourceVersion;
  return same ? 'unchanged' : 'configured';
}

/** An object without what a server adds on its own. */
function content(object: UnknownObject): string {
  const { managedFields: _m, resourceVersion: _r, generation: _g, ...metadata } = object.metadata;
  return JSON.stringify(sorted({ ...object, metadata }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

async function find(client: Client, target: ObjectTarget): Promise<UnknownObject | undefined> {
  try {
    return await client.get(target);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function deleteOne(
  client: Client,
  discovery: Discovery,
  document: ManifestDocument,
  { namespace, dryRun = false }: Omit<ApplyOptions, 'onResult'>,
): Promise<DeleteResult> {
  const { object } = document;
  let placed: Placed = unplaced(document);
  try {
    const resource = await discovery.resourceFor(object.apiVersion, object.kind);
    // Without its kind the object cannot be there either.
    if (resource === undefined) return { ...placed, state: 'not found' };
    placed = place(document, resource, namespace);
    const target = at(resource, object.metadata.name ?? '', placed.namespace);
    await client.delete(target, { propagationPolicy: 'Background', dryRun });
    return { ...placed, state: 'deleted' };
  } catch (error) {
    if (isApiError(error, 'NotFound')) return { ...placed, state: 'not found' };
    return { ...placed, state: 'failed', error: error as Error };
  }
}

function unplaced(document: ManifestDocument): Placed {
  const { kind, metadata } = document.object;
  return {
    document,
    resource: undefined,
    namespace: undefined,
    title: `${kind.toLowerCase()}/${metadata.name}`,
  };
}

function place(document: ManifestDocument, resource: DiscoveredResource, fallback: string): Placed {
  const { metadata, kind } = document.object;
  const group = resource.group === '' ? '' : `.${resource.group}`;
  return {
    document,
    resource,
    namespace: resource.namespaced ? metadata.namespace || fallback : undefined,
    title: `${kind.toLowerCase()}${group}/${metadata.name}`,
  };
}

function unknownKind({ apiVersion, kind }: KubeObject): Error {
  return new Error(
    `no matches for kind "${kind}" in version "${apiVersion}" (ensure CRDs are installed first)`,
  );
}

function namespaceOf(
  all: readonly ManifestDocument[],
  namespace: string | undefined,
): ManifestDocument | undefined {
  return all.find(
    ({ object }) => object.kind === 'Namespace' && object.metadata.name === namespace,
  );
}

/** The definition among the manifests that makes an object's kind, if there is one. */
function definitionOf(
  { apiVersion, kind }: KubeObject,
  all: readonly ManifestDocument[],
): UnknownObject | undefined {
  return all.find(({ object }) => {
    if (object.kind !== 'CustomResourceDefinition') return false;
    const spec = object.spec as { group?: string; names?: { kind?: string } } | undefined;
    return spec?.names?.kind === kind && apiVersion.startsWith(`${spec.group}/`);
  })?.object;
}

/** Waits until a definition that was just applied is served. */
async function established(
  client: Client,
  discovery: Discovery,
  { apiVersion, kind }: KubeObject,
  definition: UnknownObject,
  { clock = systemClock, signal }: ApplyOptions,
): Promise<DiscoveredResource | undefined> {
  const target = at(customResourceDefinitions, definition.metadata.name ?? '');
  const deadline = clock.now() + establishTimeoutMs;
  for (let delay = 50; clock.now() < deadline; delay = Math.min(delay * 2, 1_000)) {
    const { status } = await client.get(target);
    const { conditions = [] } = (status ?? {}) as {
      conditions?: { type: string; status: string }[];
    };
    if (conditions.some(({ type, status: state }) => type === 'Established' && state === 'True')) {
      discovery.refresh();
      const found = await discovery.resourceFor(apiVersion, kind);
      if (found !== undefined) return found;
    }
    await clock.sleep(delay, signal);
  }
  return undefined;
}
