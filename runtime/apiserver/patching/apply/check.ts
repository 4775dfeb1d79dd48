/**
 * Holds an applied configuration against its schema, in the original's order and words. What is not
 * declared is refused whatever `fieldValidation` says: nobody could own it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { goSyntax, goText, goType } from '../../../api/go-text.ts';
import type { Schema, SchemaSource } from '../../../api/schema.ts';
import { isObject, type Json } from '../json.ts';
import { printEdge } from './field-set.ts';
import { elementEdge, type ListShape, type Shape, shapeOf } from './shape.ts';

/** What of a configuration does not fit its schema: `.spec.replicas: expected numeric …`. */
export function typedProblems(
  config: unknown,
  schema: Schema | undefined,
  source: SchemaSource,
): string[] {
  const walk = new Walk(source);
  walk.check(config, schema, false);
  return walk.problems;
}

/** As the original tells them: one alone, or all below a heading. */
export function printProblems(problems: readonly string[]): string {
  return problems.length === 1
    ? (problems[0] ?? '')
    : ['errors:', ...problems.map((each) => `  ${each}`)].join('\n');
}

class Walk {
  readonly problems: string[] = [];
  readonly #source: SchemaSource;
  readonly #path: string[] = [];

  constructor(source: SchemaSource) {
    this.#source = source;
  }

  /** `open` below a schema that preserves unknown fields: its parts do, too. */
  check(value: unknown, schema: Schema | undefined, open: boolean): void {
    if (schema === undefined || value === null) return;
    const resolved = this.#source.resolve(schema);
    switch (resolved.type) {
      case 'object':
        this.#checkMap(value, resolved, shapeOf(schema, this.#source), open);
        break;
      case 'array':
        this.#checkList(value, shapeOf(schema, this.#source), resolved.items, open);
        break;
      default:
        this.#checkScalar(value, resolved);
    }
  }

  #problem(message: string): void {
    const path = this.#path.map(printEdge).join('');
    this.problems.push(path === '' ? message : `${path}: ${message}`);
  }

  #below(edge: string, value: unknown, schema: Schema | undefined, open: boolean): void {
    this.#path.push(edge);
    this.check(value, schema, open);
    this.#path.pop();
  }

  #checkScalar(value: unknown, { type, format }: Schema): void {
    const is = typeof value;
    if (type === 'integer' || type === 'number') {
      if (is === 'number' || is === 'bigint') return;
      this.#problem(`expected numeric (int or float), got ${goType(value)}`);
    } else if (type === 'boolean') {
      if (is !== 'boolean') this.#problem(`expected boolean, got &{${goText(value)}}`);
    } else if (type === 'string' && (format === undefined || format === 'byte')) {
      if (is === 'string') return;
      this.#problem(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    } else if (is === 'object' && (type === 'string' || isScalarUnion(format))) {
      this.#problem(`expected any scalar, got &{${goText(value)}}`);
    }
  }

  #checkMap(value: unknown, resolved: Schema, { map }: Shape, open: boolean): void {
    if (!isObject(value)) {
      this.#problem(`expected map, got &{${goText(value)}}`);
      return;
    }
    const wide = open || resolved['x-kubernetes-preserve-unknown-fields'] === true;
    const others = resolved.additionalProperties;
    const closed =
      others === false || (others === undefined && !wide && resolved.properties !== undefined);
    for (const key in value) {
      const declared = Object.hasOwn(map.fields, key);
      if (!declared && closed) {
        this.#path.push(`f:${key}`);
        this.#problem('field not declared in schema');
        this.#path.pop();
        // Nothing after it is looked at.
        return;
      }
      const child = declared ? map.fields[key] : map.entry;
      if (isPlain(value[key], child)) continue;
      this.#below(`f:${key}`, value[key], child, wide);
    }
  }

  #checkList(value: unknown, { list }: Shape, items: Schema | undefined, open: boolean): void {
    if (!Array.isArray(value)) {
      this.#problem(`expected list, got &{${goText(value)}}`);
      return;
    }
    const seen = new Set<string>();
    for (const [index, element] of value.entries()) {
      if (list.type === 'atomic') {
        if (!isPlain(element, items)) this.#below(`i:${index}`, element, items, open);
        continue;
      }
      const why = noEdge(list, element);
      if (why !== undefined) {
        this.#problem(`element ${index}: ${why}`);
        return;
      }
      const edge = elementEdge(list, element) ?? '';
      if (seen.has(edge)) this.#problem(`duplicate entries for key ${printEdge(edge)}`);
      seen.add(edge);
      this.#below(edge, element, items, open);
    }
  }
}

/** The commonest case by far, known without a walk. */
function isPlain(value: unknown, schema: Schema | undefined): boolean {
  return typeof value === 'string' && schema?.type === 'string';
}

function isScalarUnion(format: string | undefined): boolean {
  return format === 'quantity' || format === 'int-or-string';
}

/** Why nothing leads to an element of a list that is a map or a set. */
function noEdge(
  list: Exclude<ListShape, { type: 'atomic' }>,
  element: unknown,
): string | undefined {
  if (list.type === 'set') {
    if (element === null)
      return "associative list without keys has an element that's an explicit null";
    if (Array.isArray(element)) return 'not supported: associative list with lists as elements';
    if (isObject(element)) return "associative list without keys has an element that's a map type";
    return undefined;
  }
  if (element === null) return 'associative list with keys may not have a null element';
  if (!isObject(element)) return 'associative list with keys may not have non-map elements';
  const missing = list.keys.find((key) => isMissing(element, key, list.defaults));
  return missing === undefined
    ? undefined
    : `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`;
}

function isMissing(element: Json, key: string, defaults: Readonly<Record<string, unknown>>) {
  return !Object.hasOwn(element, key) && defaults[key] === undefined;
}
