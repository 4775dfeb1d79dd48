/**
 * What is served: one entry for each kind and version. Two versions of one kind (autoscaling/v1 and
 * v2), or two kinds that are views of one thing (the two Events), share their stored objects.
 */
import { findKind, type Kind, kinds } from '../../api/kinds.ts';
import { apiVersionOf, type GroupVersionKind, type UnknownObject } from '../../api/object.ts';
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { qualifiedResource } from '../../api/status.ts';
import { strategyOf } from '../strategies/strategies.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { type Conversion, conversionOf } from './conversion.ts';
import { encodeObject, Item } from './item.ts';

/** An object in the version of a request, with its bytes. */
export interface View {
  readonly revision: number;
  readonly object: UnknownObject;
  readonly wire: Buffer;
}

export class ServedResource {
  readonly kind: Kind;
  readonly strategy: Strategy;
  readonly apiVersion: string;
  readonly storageKind: GroupVersionKind;
  /** `core/pods`: where in the cache and the store its objects are. */
  readonly storageName: string;
  readonly #conversion: Conversion | undefined;
  readonly #converted = new WeakMap<Item, View>();

  constructor(kind: Kind) {
    this.kind = kind;
    this.apiVersion = apiVersionOf(kind);
    this.#conversion = conversionOf(kind);
    this.storageKind = this.#conversion?.storage ?? kind;
    const resource = findKind(this.storageKind)?.resource ?? kind.resource;
    this.storageName = `${this.storageKind.group === '' ? 'core' : this.storageKind.group}/${resource}`;
    this.strategy = strategyOf(kind);
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

  view(item: Item): View {
    if (this.#conversion === undefined) return item;
    let view = this.#converted.get(item);
    if (view === undefined) {
      view = new Item(encodeObject(this.#conversion.fromStorage(item.object)), item.revision);
      this.#converted.set(item, view);
    }
    return view;
  }

  /** The object as it is stored. */
  toStorage(object: UnknownObject): UnknownObject {
    return this.#conversion === undefined ? object : this.#conversion.toStorage(object);
  }

  fromStorage(object: UnknownObject): UnknownObject {
    return this.#conversion === undefined ? object : this.#conversion.fromStorage(object);
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
  readonly all: readonly ServedResource[] = kinds.map((kind) => new ServedResource(kind));
  readonly #byName = new Map(
    this.all.map((served) => [
      `${served.kind.group}/${served.kind.version}/${served.kind.resource}`,
      served,
    ]),
  );

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
