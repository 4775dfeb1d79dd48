/**
 * Which fields an expression names that the schema of its variables does not have, and which of its
 * operators and functions do not fit what stands on their two sides. What cannot be told (values of any shape,
 * results of functions) is passed over.
 */
import type { Schema } from '../schema.ts';
import type { CelNode, CelProgram } from './environment.ts';
import { callOf, type PlainType } from './overloads.ts';
import { unescapeName } from './values.ts';
import { errorAt } from './words.ts';

export interface Typed {
  /** By variable. */
  readonly variables: Readonly<Record<string, Schema>>;
  /** Follows references. */
  resolve(schema: Schema): Schema;
}

type Scope = ReadonlyMap<string, Schema | undefined>;

const macros = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);
const bindings = new Set(['optMap', 'optFlatMap']);

export interface Inferred {
  /** The first thing that is wrong, as `ERROR: <input>:1:5: undefined field 'x'…`. */
  readonly problem: string | undefined;
  /** What the expression gives, where that can be told. */
  readonly schema: Schema | undefined;
}

/** Never throws: what it cannot tell is undefined. */
export function infer(program: CelProgram, typed: Typed): Inferred {
  const walk = new FieldWalk(program.source, typed);
  const schema = walk.schemaOf(program.tree, new Map(Object.entries(typed.variables)));
  return { problem: walk.problem, schema };
}

class FieldWalk {
  readonly #source: string;
  readonly #typed: Typed;
  problem: string | undefined;

  constructor(source: string, typed: Typed) {
    this.#source = source;
    this.#typed = typed;
  }

  /** The schema of a node's value, where there is one; looks at everything below on the way. */
  schemaOf(node: CelNode, scope: Scope): Schema | undefined {
    const { op, args } = node;
    switch (op) {
      case 'id':
        return this.#resolved(scope.get(String(args)));
      case '.':
      case '.?': {
        const [left, name] = args as [CelNode, string];
        return this.#member(this.schemaOf(left, scope), name, node);
      }
      case '[]':
      case '[?]': {
        const [left, index] = args as [CelNode, CelNode];
        const schema = this.schemaOf(left, scope);
        this.schemaOf(index, scope);
        return this.#resolved(schema?.items ?? additional(schema));
      }
      case 'rcall':
        return this.#call(args as [string, CelNode, CelNode[]], scope);
      case 'call': {
        const [name, given] = args as [string, CelNode[]];
        if (name === 'has') break;
        return this.#called(name, node.start, undefined, given, scope);
      }
      case 'value':
        return literals[typeof args];
      default:
        if (operators.has(op)) return this.#operator(op, args as [CelNode, CelNode], scope);
    }
    for (const child of childrenOf(args)) this.schemaOf(child, scope);
    return undefined;
  }

  #operator(op: string, [left, right]: [CelNode, CelNode], scope: Scope): Schema | undefined {
    const types = [scalarOf(this.schemaOf(left, scope)), scalarOf(this.schemaOf(right, scope))];
    const [a, b] = types;
    // Numbers of all kinds can be compared with each other.
    if (a !== undefined && b !== undefined && a !== b && !(isNumber(a) && isNumber(b))) {
      const at = Math.max(this.#source.indexOf(op, left.end), 0);
      const what = `found no matching overload for '_${op}_' applied to '(${types.join(', ')})'`;
      this.problem ??= errorAt(this.#source, at, what);
    }
    return comparisons.has(op) ? literals.boolean : undefined;
  }

  #call([name, receiver, args]: [string, CelNode, CelNode[]], scope: Scope): Schema | undefined {
    const schema = this.schemaOf(receiver, scope);
    const variable = args[0]?.op === 'id' ? String(args[0].args) : undefined;
    if (variable !== undefined && macros.has(name)) {
      const type = scalarOf(schema);
      if (type !== undefined) {
        const what = `expression of type '${type}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.problem ??= errorAt(this.#source, receiver.start, what);
      }
      const two = args.length > 2 && args[1]?.op === 'id' && name !== 'map' && name !== 'filter';
      const element = this.#resolved(schema?.items);
      const inner = new Map(scope);
      inner.set(variable, two ? undefined : element);
      if (two) inner.set(String(args[1]?.args), element);
      for (const body of args.slice(two ? 2 : 1)) this.schemaOf(body, inner);
      return name === 'filter' ? schema : undefined;
    }
    if (variable !== undefined && (bindings.has(name) || name.startsWith('transform'))) {
      // Their variables hide others; what they are is not followed.
      const inner = new Map(scope);
      for (const arg of args) if (arg.op === 'id') inner.set(String(arg.args), undefined);
      for (const body of args.slice(1)) this.schemaOf(body, inner);
      return undefined;
    }
    if (name === 'bind' && variable !== undefined && args.length === 3) {
      const value = this.schemaOf(args[1] as CelNode, scope);
      return this.schemaOf(args[2] as CelNode, new Map(scope).set(variable, value));
    }
    return this.#called(name, receiver.end, schema, args, scope, receiver);
  }

  /**
   * A function with values of known types; `at` is before its parenthesis.
   * @param receiver what it is called on, if it is: a namespace of functions has no schema
   */
  #called(
    name: string,
    at: number,
    schema: Schema | undefined,
    args: readonly CelNode[],
    scope: Scope,
    receiver?: CelNode,
  ): Schema | undefined {
    const types = args.map((arg) => {
      const given = this.schemaOf(arg, scope);
      return isOptional(arg) ? undefined : plainOf(given);
    });
    const on = receiver === undefined || isOptional(receiver) ? undefined : plainOf(schema);
    if (receiver === undefined ? types.every((type) => type === undefined) : on === undefined) {
      return undefined;
    }
    const { problem, type } = callOf(name, on, types);
    if (problem !== undefined) {
      const place = Math.max(this.#source.indexOf('(', at), 0);
      this.problem ??= errorAt(this.#source, place, problem);
    }
    return type === undefined ? undefined : results[type];
  }

  #resolved(schema: Schema | undefined): Schema | undefined {
    return schema === undefined ? undefined : this.#typed.resolve(schema);
  }

  #member(schema: Schema | undefined, name: string, node: CelNode): Schema | undefined {
    if (schema === undefined || isOpen(schema)) return undefined;
    const { properties } = schema;
    const own = unescapeName(name);
    if (properties !== undefined && Object.hasOwn(properties, own)) {
      return this.#resolved(properties[own]);
    }
    const others = additional(schema);
    if (others !== undefined) return this.#resolved(others);
    if (schema.additionalProperties === true) return undefined;
    const at = this.#source.lastIndexOf('.', node.end - name.length);
    this.problem ??= errorAt(this.#source, Math.max(at, 0), `undefined field '${name}'`);
    return undefined;
  }
}

const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);
const operators = new Set([...comparisons, '+', '-', '*', '/', '%']);

/** By the type of a literal's value in this program. */
const literals: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  bigint: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
};

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'int',
  number: 'double',
  boolean: 'bool',
};
/** Strings that are something else to expressions. */
const otherFormats = new Set(['date', 'date-time', 'duration', 'byte', 'int-or-string']);

/** The name of a plain value's type. */
function scalarOf(schema: Schema | undefined): string | undefined {
  if (schema?.type === undefined || schema['x-kubernetes-int-or-string'] === true) return undefined;
  return otherFormats.has(schema.format ?? '') ? undefined : scalars[schema.type];
}

/** `self.?a.b`: a value that may be there, which is another than the value. */
function isOptional({ op, args }: CelNode): boolean {
  if (op === '.?' || op === '[?]') return true;
  return (op === '.' || op === '[]') && isOptional((args as [CelNode])[0]);
}

/** As `scalarOf`, and of lists of these. */
function plainOf(schema: Schema | undefined): PlainType | undefined {
  const type = scalarOf(schema);
  if (type !== undefined) return type as PlainType;
  if (schema?.type !== 'array' || schema.items === undefined) return undefined;
  const of = scalarOf(schema.items);
  return of === undefined ? undefined : `list<${of}>`;
}

/** By the types of results that tell something. */
const results: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  int: { type: 'integer' },
  double: { type: 'number' },
  bool: { type: 'boolean' },
};

function isNumber(type: string): boolean {
  return type === 'int' || type === 'double';
}

/** Could the value be of any shape? */
function isOpen(schema: Schema): boolean {
  return (
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-embedded-resource'] === true ||
    (schema.properties === undefined &&
      schema.type !== 'string' &&
      schema.additionalProperties === undefined)
  );
}

function additional(schema: Schema | undefined): Schema | undefined {
  const others = schema?.additionalProperties;
  return typeof others === 'object' ? others : undefined;
}

function* childrenOf(args: unknown): Generator<CelNode> {
  if (args === null || typeof args !== 'object') return;
  if (Array.isArray(args)) for (const part of args) yield* childrenOf(part);
  else if ('op' in args) yield args as CelNode;
}
