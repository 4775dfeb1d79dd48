/**
 * What is served: one entry for each kind and version. Two versions of one kind (autoscaling/v1 and
 * v2), or two kinds that are views of one thing (the two Events), share their stored objects.
 */
import { findKind, type Kind, kinds } from '../../api/kinds.ts';
import { apiVersionOf, type GroupVersionKind, type UnknownObject } from '../../api/object.ts';
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { qualifiedResource } from '../../api/status.ts';
import type { CustomFacts, CustomKind } from '../custom/custom-kind.ts';
import { strategyOf } from '../strategies/strategies.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { type Conversion, conversionOf } from './conversion.ts';
import type { Item } from './item.ts';
import { Views } from './views.ts';

/** An object in the version of a request, with its bytes. */
export interface View {
  readonly revision: number;
  readonly object: UnknownObject;
  readonly wire: Buffer;
}

/** Objects that no store keeps: they are made when somebody asks for them. */
export interface Computed {
  /** Those of all namespaces. Throws ApiError. */
  list(): UnknownObject[] | Promise<UnknownObject[]>;
}

/** A built-in kind, or one that a definition has brought. */
export type ServedKind = Kind | CustomKind;

export class ServedResource {
  readonly kind: ServedKind;
  /** Undefined for built-in kinds. */
  readonly custom: CustomFacts | undefined;
  /** Undefined for kinds whose objects are stored. */
  readonly computed: Computed | undefined;
  readonly strategy: Strategy;
  readonly apiVersion: string;
  readonly storageKind: GroupVersionKind;
  /** `core/pods`: where in the cache and the store its objects are. */
  readonly storageName: string;
  /** Somebody outside is asked to convert some of its objects. */
  readonly isConvertedOutside: boolean;
  readonly #conversion: Conversion | undefined;
  /** Undefined for a kind that is served as it is stored. */
  readonly #views: Views | undefined;
  readonly #whenRetired = new Set<() => void>();

  constructor(kind: ServedKind, computed?: Computed) {
    this.kind = kind;
    this.computed = computed;
    this.custom = 'custom' in kind ? kind.custom : undefined;
    this.apiVersion = apiVersionOf(kind);
    this.#conversion = this.custom?.conversion ?? conversionOf(kind);
    this.isConvertedOutside = this.#conversion?.remote !== undefined;
    this.#views = this.#conversion && new Views(this.#conversion);
    this.storageKind = this.#conversion?.storage ?? kind;
    const resource = findKind(this.storageKind)?.resource ?? kind.resource;
    this.storageName = `${this.storageKind.group === '' ? 'core' : this.storageKind.group}/${resource}`;
    this.strategy = this.custom?.strategy ?? strategyOf(kind);
  }

  /** `DeploymentList` */
  get listKind(): string {
    return this.custom?.listKind ?? `${this.kind.kind}List`;
  }

  /** Calls back once the kind is no longer served in this form. The result takes it back. */
  onRetired(callback: () => void): () => void {
    this.#whenRetired.add(callback);
    return () => this.#whenRetired.delete(callback);
  }

  retire(): void {
    for (const callback of this.#whenRetired) callback();
    this.#whenRetired.clear();
  }

  /** `deployments.apps`, as messages name it. */
  get qualifiedName(): string {
    return qualifiedResource(this.kind.group, this.kind.resource);
  }

  /** Without a name: where a namespace's objects begin; without a namespace: where all begin. */
  key(namespace: string | undefined, name = ''): string {
    const root = `/registry/${this.storageName}/`;
    if (!this.kind.namespaced) return root + name;
    return namespace === undefined || namespace === '' ? root : `${root}${namespace}/${name}`;
  }

  /** The item in this version. Where somebody outside converts, it must have been prepared. */
  view(item: Item): View {
    return this.#views === undefined ? item : this.#views.view(item);
  }

  /**
   * Must be waited for before the items are viewed; undefined if nothing has to be waited for. Throws
   * ApiError if they cannot be converted.
   */
  prepare(items: readonly (Item | undefined)[]): Promise<void> | undefined {
    return this.#views?.prepare(items);
  }

  /** `prepare` and `view` of one item. Throws ApiError. */
  async read(item: Item): Promise<View> {
    const preparation = this.prepare([item]);
    if (preparation !== undefined) await preparation;
    return this.view(item);
  }

  /** The object as it is stored. A promise where somebody outside converts it. Throws ApiError. */
  toStorage(object: UnknownObject): UnknownObject | Promise<UnknownObject> {
    return this.#conversion === undefined ? object : this.#conversion.toStorage(object);
  }

  /** An object of this version in another one of its kind. Throws ApiError. */
  async convertTo(target: ServedResource, object: UnknownObject): Promise<UnknownObject> {
    if (target === this) return object;
    if (this.custom !== undefined) return this.custom.convert(object, target.apiVersion);
    const stored = await this.toStorage(object);
    return target.#conversion === undefined ? stored : target.#conversion.fromStorage(stored);
  }

  schema(source: SchemaSource): Schema | undefined {
    return source.forKind(this.kind);
  }

  hasSubresource(name: string): boolean {
    return this.kind.subresources.some((subresource) => subresource.name === name);
  }
}

/** Every served resource, by group, version and plural. */
export class ServedResources {
  readonly #builtIn: readonly ServedResource[];
  #all: readonly ServedResource[];
  #byName: Map<string, ServedResource>;
  readonly #listeners = new Set<() => void>();

  /** `computed` says how to make the objects of kinds that are not stored, by group and resource. */
  constructor(own: readonly Kind[] = kinds, computed: ReadonlyMap<string, Computed> = new Map()) {
    this.#builtIn = own.map(
      (kind) => new ServedResource(kind, computed.get(`${kind.group}/${kind.resource}`)),
    );
    this.#all = this.#builtIn;
    this.#byName = index(this.#builtIn);
  }

  get all(): readonly ServedResource[] {
    return this.#all;
  }

  /** Serves these kinds beside the built-in ones, and no others. */
  setCustom(custom: readonly ServedResource[]): void {
    const before = this.#all.filter((served) => served.custom !== undefined);
    this.#all = [...this.#builtIn, ...custom];
    this.#byName = index(this.#all);
    for (const listener of this.#listeners) listener();
    for (const served of before) if (!custom.includes(served)) served.retire();
  }

  /** Calls back after every change of what is served. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byName.get(`${group}/${version}/${resource}`);
  }

  /** As `find`, for resources that are known to be there. */
  get(group: string, version: string, resource: string): ServedResource {
    const served = this.find(group, version, resource);
    if (served === undefined) throw new Error(`no resource ${resource} in ${group}/${version}`);
    return served;
  }

  /** The kind in any of the versions that are served. */
  ofKind(group: string, kind: string): ServedResource | undefined {
    return this.all.find((served) => served.kind.group === group && served.kind.kind === kind);
  }
}

function index(all: readonly ServedResource[]): Map<string, ServedResource> {
  return new Map(
    all.map((served) => {
      const { group, version, resource } = served.kind;
      return [`${group}/${version}/${resource}`, served];
    }),
  );
}
