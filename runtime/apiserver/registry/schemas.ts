/** The schemas of everything that is served: the bundle's, and those of custom kinds on top. */
import { apiVersionOf, type GroupVersionKind } from '../../api/object.ts';
import type { Schema, SchemaSource } from '../../api/schema.ts';
import { createResolver } from '../../api/schema-resolve.ts';

/** A source that also knows its definitions by name, as the schema bundle does. */
export interface Definitions extends SchemaSource {
  definition(name: string): object | undefined;
  definitionNameOf(gvk: GroupVersionKind): string | undefined;
}

export class Schemas implements Definitions {
  readonly #bundle: Definitions;
  readonly #own = new Map<string, Schema>();
  readonly #names = new Map<string, string>();
  #resolve: (schema: Schema) => Schema;

  constructor(bundle: Definitions) {
    this.#bundle = bundle;
    this.#resolve = this.#resolver();
  }

  set(gvk: GroupVersionKind, name: string, schema: Schema): void {
    this.#own.set(name, schema);
    this.#names.set(keyOf(gvk), name);
    this.#resolve = this.#resolver();
  }

  remove(gvk: GroupVersionKind): void {
    const key = keyOf(gvk);
    this.#own.delete(this.#names.get(key) ?? '');
    this.#names.delete(key);
    this.#resolve = this.#resolver();
  }

  forKind(gvk: GroupVersionKind): Schema | undefined {
    const name = this.#names.get(keyOf(gvk));
    return name === undefined ? this.#bundle.forKind(gvk) : this.#own.get(name);
  }

  resolve(schema: Schema): Schema {
    return this.#resolve(schema);
  }

  definition(name: string): Schema | undefined {
    return this.#own.get(name) ?? this.#bundle.definition(name);
  }

  definitionNameOf(gvk: GroupVersionKind): string | undefined {
    return this.#names.get(keyOf(gvk)) ?? this.#bundle.definitionNameOf(gvk);
  }

  /** What a resolver has looked up it keeps; a new one begins without. */
  #resolver(): (schema: Schema) => Schema {
    return createResolver((name) => this.definition(name));
  }
}

function keyOf(gvk: GroupVersionKind): string {
  return `${apiVersionOf(gvk)} ${gvk.kind}`;
}
