/**
 * values.schema.json as a schema of ours: the parts of JSON Schema (draft 7) that say something
 * about one value at a time. What is left out only means that less is checked.
 * https://helm.sh/docs/topics/charts/#schema-files
 */
import type { Schema } from '../../../runtime/api/schema.ts';
import { isRecord } from '../../routing/manifest-file.ts';

const maxDepth = 40;
const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'] as const;
const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Undefined where the text is no JSON object. */
export function schemaOfJson(text: string): Schema | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRecord(root) ? new Conversion(root).schema(root, 0) : undefined;
}

class Conversion {
  readonly #root: Readonly<Record<string, unknown>>;

  constructor(root: Readonly<Record<string, unknown>>) {
    this.#root = root;
  }

  schema(given: unknown, depth: number): Schema {
    const json = this.#follow(given);
    if (!isRecord(json) || depth > maxDepth) return anything;
    const type = types.find((each) => each === json.type);
    const closed = json.additionalProperties === false;
    return {
      ...this.#facts(json),
      ...(type === undefined ? {} : { type }),
      ...(isRecord(json.properties) ? { properties: this.#map(json.properties, depth) } : {}),
      ...(isRecord(json.additionalProperties)
        ? { additionalProperties: this.schema(json.additionalProperties, depth + 1) }
        : {}),
      ...(isRecord(json.items) ? { items: this.schema(json.items, depth + 1) } : {}),
      ...(closed && !isRecord(json.patternProperties)
        ? {}
        : { 'x-kubernetes-preserve-unknown-fields': true }),
    };
  }

  #map(properties: Readonly<Record<string, unknown>>, depth: number): Record<string, Schema> {
    const entries = Object.entries(properties);
    return Object.fromEntries(entries.map(([name, each]) => [name, this.schema(each, depth + 1)]));
  }

  #facts(json: Readonly<Record<string, unknown>>): Schema {
    const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const facts = {
      description: text(json.description) ?? text(json.title),
      enum: Array.isArray(json.enum) ? json.enum : undefined,
      default: json.default,
      pattern: text(json.pattern),
      minimum: number(json.minimum),
      maximum: number(json.maximum),
      minLength: number(json.minLength),
      maxLength: number(json.maxLength),
      minItems: number(json.minItems),
      maxItems: number(json.maxItems),
      required: Array.isArray(json.required)
        ? json.required.filter((each) => typeof each === 'string')
        : undefined,
    };
    return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  }

  /** `#/definitions/port` within the file; other files are not read. */
  #follow(given: unknown): unknown {
    let json = given;
    for (let hops = 0; hops < maxDepth && isRecord(json) && typeof json.$ref === 'string'; hops++) {
      if (!json.$ref.startsWith('#/')) return undefined;
      let target: unknown = this.#root;
      for (const part of json.$ref.slice(2).split('/')) {
        const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
        target = isRecord(target) && Object.hasOwn(target, name) ? target[name] : undefined;
      }
      json = target;
    }
    return json;
  }
}
