/**
 * All kinds the server knows: the built-in ones, and those that CustomResourceDefinitions in the
 * workspace define.
 */
import { loadSchemaBundle, type SchemaBundle } from '../../runtime/api/bundle.ts';
import { findKind, kinds } from '../../runtime/api/kinds.ts';
import { apiVersionOf, type GroupVersionKind } from '../../runtime/api/object.ts';
import type { Schema, SchemaSource } from '../../runtime/api/schema.ts';
import { kindWarning } from '../../runtime/api/warnings/deprecated-kinds.ts';
import type { CustomKind } from '../protocol/messages.ts';

let generations = 0;

/** No two catalogs share one either: what is remembered of objects may outlive a catalog. */
function nextGeneration(): number {
  generations += 1;
  return generations;
}

export class Catalog implements SchemaSource {
  readonly #bundle: SchemaBundle;
  readonly #ownGroups: ReadonlySet<string>;
  readonly #kept = new Set(
    kinds
      .filter(({ verbs }) => verbs.includes('list'))
      .map(({ group, kind }) => `${group}/${kind}`),
  );
  #custom = new Map<string, CustomKind>();
  #fromWorkspace: readonly CustomKind[] = [];
  #fromCluster: readonly CustomKind[] = [];
  #generation = nextGeneration();

  /** @throws if there is no schema bundle in the folder */
  constructor(schemaDirectory: string) {
    this.#bundle = loadSchemaBundle(schemaDirectory);
    this.#ownGroups = new Set(this.#bundle.kinds().map(({ group }) => group));
  }

  /** Another number whenever a kind may mean something else than before. */
  get generation(): number {
    return this.#generation;
  }

  /** Takes over the workspace's custom kinds in place of those it had. */
  setCustomKinds(custom: readonly CustomKind[]): void {
    this.#fromWorkspace = custom;
    this.#merge();
  }

  /** Takes over the connected cluster's; the workspace's, which may be newer, go before them. */
  setClusterKinds(custom: readonly CustomKind[]): void {
    this.#fromCluster = custom;
    this.#merge();
  }

  #merge(): void {
    const all = [...this.#fromCluster, ...this.#fromWorkspace];
    this.#custom = new Map(all.map((kind) => [keyOf(kind), wholeKind(kind)]));
    this.#generation = nextGeneration();
  }

  forKind(gvk: GroupVersionKind): Schema | undefined {
    return this.#custom.get(keyOf(gvk))?.schema ?? this.#bundle.forKind(gvk);
  }

  resolve(schema: Schema): Schema {
    return this.#bundle.resolve(schema);
  }

  isBuiltIn(gvk: GroupVersionKind): boolean {
    return this.#bundle.definitionNameOf(gvk) !== undefined;
  }

  /** What servers say to everybody who uses the kind in this version, where it is deprecated. */
  deprecationOf(gvk: GroupVersionKind): string | undefined {
    const custom = this.#custom.get(keyOf(gvk));
    return custom === undefined ? kindWarning(gvk) : custom.deprecation;
  }

  /** Undefined where the kind is not known. */
  isNamespaced(gvk: GroupVersionKind): boolean | undefined {
    return findKind(gvk)?.namespaced ?? this.#custom.get(keyOf(gvk))?.namespaced;
  }

  /** The custom kind of that name, in lower case and plural; undefined where there is none. */
  customKindOf(group: string, version: string, plural: string): GroupVersionKind | undefined {
    for (const kind of this.#custom.values()) {
      if (kind.plural === plural && kind.group === group && kind.version === version) return kind;
    }
    return undefined;
  }

  /** Whether servers store objects of this built-in kind, in some version, and do not just answer. */
  isKept({ group, kind }: GroupVersionKind): boolean {
    return this.#kept.has(`${group}/${kind}`);
  }

  /** Kinds that people write into manifests: what can be created and is kept. */
  writableKinds(): GroupVersionKind[] {
    const builtIn = kinds.filter(({ verbs }) => verbs.includes('create') && verbs.includes('list'));
    return [...builtIn, ...this.#custom.values()].map(({ group, version, kind }) => ({
      group,
      version,
      kind,
    }));
  }

  /** Every kind that has a schema, betas included. */
  allKinds(): GroupVersionKind[] {
    return [...this.#bundle.kinds(), ...this.#custom.values()];
  }

  /** Whether the API group is one of Kubernetes' own, so that its kinds are all known. */
  ownsGroup(group: string): boolean {
    return this.#ownGroups.has(group);
  }
}

function keyOf(gvk: GroupVersionKind): string {
  return `${apiVersionOf(gvk)} ${gvk.kind}`;
}

const objectMeta: Schema = {
  $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
};

const wholeKinds = new WeakMap<CustomKind, CustomKind>();

/** The same one each time: a kind that stays as it is has the same schema, whatever others do. */
function wholeKind(kind: CustomKind): CustomKind {
  const known = wholeKinds.get(kind);
  if (known !== undefined) return known;
  const whole = { ...kind, schema: kind.schema && wholeObject(kind.schema) };
  wholeKinds.set(kind, whole);
  return whole;
}

/** A custom kind's schema may leave out what every object has. */
function wholeObject(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      ...schema.properties,
      metadata: objectMeta,
    },
  };
}
