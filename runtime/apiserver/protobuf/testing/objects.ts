/** Objects of a kind, made at random from its schema; nothing in them is empty or zero. */
import type { GroupVersionKind } from '../../../api/object.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { referenceOf } from '../../../api/schema-resolve.ts';

/** Evenly spread in [0, 1). */
export type Random = () => number;

/** Structures below this depth (a JSON schema holds JSON schemas) are left out. */
const deepest = 8;

/** The same seed gives the same numbers: https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function randomFrom(seed: number): Random {
  let state = (seed + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Members of an object of the kind beside apiVersion and kind. `density` 1: every field is there. */
export function randomObject(
  source: SchemaSource,
  kind: GroupVersionKind,
  random: Random,
  density: number,
): Record<string, unknown> {
  const schema = source.forKind(kind);
  if (schema === undefined) throw new Error(`no schema of ${kind.kind}`);
  const maker = new Maker(source, random, density);
  return maker.value(schema, 0) as Record<string, unknown>;
}

class Maker {
  readonly #source: SchemaSource;
  readonly #random: Random;
  readonly #density: number;

  constructor(source: SchemaSource, random: Random, density: number) {
    this.#source = source;
    this.#random = random;
    this.#density = density;
  }

  /** Undefined where nothing fits at this depth. */
  value(schema: Schema, depth: number): unknown {
    const reference = referenceOf(schema)?.split('.').at(-1) ?? '';
    const resolved = this.#source.resolve(schema);
    const special = this.#special(reference, resolved, depth);
    if (special !== undefined) return special;
    switch (resolved.type) {
      case 'string':
        return this.#pick('a', 'web-1', 'ä/🙂', 'True', 'x'.repeat(200));
      case 'integer':
        return this.#pick(1, -1, 80, 300, 2 ** 31 - 1);
      case 'number':
        return this.#pick(0.5, -2, 1e9);
      case 'boolean':
        return true;
      case 'array':
        return this.#list(resolved.items ?? {}, depth);
      default:
        return this.#structure(resolved, depth);
    }
  }

  #special(reference: string, schema: Schema, depth: number): unknown {
    const seconds = 1 + Math.floor(this.#random() * 4e9);
    const time = new Date(seconds * 1000).toISOString().slice(0, 19);
    if (reference === 'MicroTime') return `${time}.00${seconds % 9}120Z`;
    if (schema.format === 'date-time') return `${time}Z`;
    if (schema.format === 'quantity') return this.#pick('1', '250m', '64Mi', '1500');
    if (schema.format === 'int-or-string') return this.#pick(80, 'http', '25%');
    if (schema.format === 'byte') return Buffer.from(`${seconds}`).toString('base64');
    if (reference === 'JSON') return this.#pick('a', 3, true, [{ a: [] }]);
    const inner = {
      $ref: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
    };
    const isUnion = reference.startsWith('JSONSchemaPropsOr');
    const below = isUnion ? (this.value(inner, depth + 1) ?? {}) : undefined;
    if (reference === 'JSONSchemaPropsOrBool') return this.#pick(true, false, below);
    if (reference === 'JSONSchemaPropsOrArray') return this.#pick([below, below], below);
    if (reference === 'JSONSchemaPropsOrStringArray') return this.#pick(['a', 'b'], below);
    const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
    return free ? { 'f:spec': { nested: [1, 'two', { deep: true }] } } : undefined;
  }

  #list(items: Schema, depth: number): unknown {
    const first = this.value(items, depth);
    if (first === undefined) return undefined;
    return this.#random() < 0.5 ? [first] : [first, this.value(items, depth)];
  }

  #structure(schema: Schema, depth: number): unknown {
    if (depth > deepest) return undefined;
    const object: Record<string, unknown> = {};
    const { additionalProperties: members } = schema;
    if (typeof members === 'object') {
      const member = this.value(members, depth + 1);
      if (member === undefined) return undefined;
      return this.#random() < 0.5 ? { key: member } : { 'a.b/c': member, B: member };
    }
    const { apiVersion: _, kind: __, ...own } = schema.properties ?? {};
    // Of an object that stands within another the wire says no kind.
    const properties = 'metadata' in own ? own : (schema.properties ?? {});
    for (const [name, property] of Object.entries(properties)) {
      if (this.#random() >= this.#density) continue;
      const value = this.value(property, depth + 1);
      if (value !== undefined) object[name] = value;
    }
    return object;
  }

  #pick(...choices: readonly unknown[]): unknown {
    return choices[Math.floor(this.#random() * choices.length)];
  }
}
