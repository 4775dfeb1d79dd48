/**
 * The types of an expression's parts, and what does not fit them: fields that are not there, operators and
 * functions for other types. What cannot be told (values of any shape) is passed over. The one place that
 * knows this: what checks expressions asks it, and what tells their cost (custom/cost).
 */
import { type Call, readCall } from './call.ts';
import type { CelNode, CelProgram } from './environment.ts';
import { callOf, type PlainType } from './overloads.ts';
import { resultOf } from './results.ts';
import { any, type CelType, fieldOf, joined, optionalOf, plainName, typeName } from './types.ts';
import { errorAt, placeOfNode } from './words.ts';

export interface Inferred {
  /** The first thing that is wrong, as `ERROR: <input>:1:5: undefined field 'x'…`. */
  readonly problem: string | undefined;
  /** What the expression gives. */
  readonly type: CelType;
  /** Of each part that is a value. */
  readonly types: ReadonlyMap<CelNode, CelType>;
}

/**
 * Never throws: what it cannot tell is of type `any`.
 * @param variables what is known of them; the others may be anything
 */
export function infer(program: CelProgram, variables: Readonly<Record<string, CelType>>): Inferred {
  const walk = new TypeWalk(program);
  const type = walk.visit(program.tree, new Map(Object.entries(variables)));
  return { problem: walk.problem, type, types: walk.types };
}

type Scope = ReadonlyMap<string, CelType>;
type Binary = [CelNode, CelNode];

const bool: CelType = { kind: 'bool' };
const comparisons = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** Numbers of all kinds have an order among each other. */
const orders = new Set(['<', '<=', '>', '>=']);
const logical = new Set(['&&', '||', 'in']);
const typeNames = new Set('bool bytes double int list map null_type string type uint'.split(' '));

class TypeWalk {
  readonly #program: CelProgram;
  readonly types = new Map<CelNode, CelType>();
  problem: string | undefined;

  constructor(program: CelProgram) {
    this.#program = program;
  }

  visit(node: CelNode, scope: Scope): CelType {
    const type = this.#typeOf(node, scope);
    this.types.set(node, type);
    return type;
  }

  #typeOf(node: CelNode, scope: Scope): CelType {
    const { op, args } = node;
    switch (op) {
      case 'value':
        return literalType(args);
      case 'id': {
        const name = String(args);
        return scope.get(name) ?? (typeNames.has(name) ? { kind: 'type' } : any);
      }
      case '.':
      case '.?': {
        const [left, name] = args as [CelNode, string];
        const member = this.#member(this.visit(left, scope), name, node);
        return op === '.' || member.kind === 'optional' ? member : optionalOf(member);
      }
      case '[]':
      case '[?]':
        return this.#element(op, args as Binary, scope);
      case 'list': {
        const items = (args as CelNode[]).map((item) => this.visit(item, scope));
        return { kind: 'list', element: joinedAll(items) };
      }
      case 'map': {
        const entries = (args as Binary[]).map((pair) => pair.map((of) => this.visit(of, scope)));
        const [keys, values] = [0, 1].map((at) => entries.map((entry) => entry[at] ?? any));
        return { kind: 'map', key: joinedAll(keys ?? []), element: joinedAll(values ?? []) };
      }
      case '?:': {
        const [, yes = any, no = any] = (args as CelNode[]).map((of) => this.visit(of, scope));
        return joined(yes, no);
      }
      case '!_':
        this.visit(args as CelNode, scope);
        return bool;
      case '-_':
        return this.visit(args as CelNode, scope);
      case 'call':
      case 'rcall':
        return this.#call(node, scope);
      default:
        return this.#operator(node, scope);
    }
  }

  #say(node: CelNode, what: string): void {
    const { source, rewritten } = this.#program;
    const at = Math.max(placeOfNode(node, node.start, rewritten.text), 0);
    this.problem ??= errorAt(source, Math.min(rewritten.sourceOf(at), source.length), what);
  }

  #member(type: CelType, name: string, node: CelNode): CelType {
    const { kind, element = any } = type;
    switch (kind) {
      case 'optional':
        return optionalOf(this.#member(element, name, node));
      case 'map':
        return element;
      case 'any':
      case 'null':
      case 'opaque':
      case 'type':
        return any;
    }
    const field = fieldOf(type.fields, name);
    if (field !== undefined) return field;
    const what =
      kind === 'object'
        ? `undefined field '${name}'`
        : `type '${typeName(type)}' does not support field selection`;
    this.#say(node, what);
    return any;
  }

  #element(op: string, [list, index]: Binary, scope: Scope): CelType {
    const type = this.visit(list, scope);
    this.visit(index, scope);
    const isOptional = type.kind === 'optional';
    const element = (isOptional ? type.element : type)?.element ?? any;
    return op === '[?]' || isOptional ? optionalOf(element) : element;
  }

  #operator(node: CelNode, scope: Scope): CelType {
    const { op } = node;
    const [left, right] = node.args as Binary;
    const [a, b] = [this.visit(left, scope), this.visit(right, scope)];
    if (logical.has(op)) return bool;
    const names = [a, b].map(comparisons.has(op) ? comparedName : plainName);
    if (!names.includes(undefined) && !fits(op, a, b)) {
      this.#say(
        node,
        `found no matching overload for '_${op}_' applied to '(${names.join(', ')})'`,
      );
    }
    return comparisons.has(op) ? bool : reckoned(op, a, b);
  }

  #call(node: CelNode, scope: Scope): CelType {
    const call = readCall(node, (name) => scope.has(name));
    const [first, second] = call.args as [CelNode, CelNode];
    switch (call.kind) {
      case 'has':
        this.visit(first, scope);
        return bool;
      case 'dyn':
        this.visit(first, scope);
        return any;
      case 'wrap': {
        const type = this.visit(first, scope);
        return type.kind === 'optional' ? (type.element ?? any) : type;
      }
      case 'binding': {
        const inner = within(scope, call.variables, [this.visit(second, scope)]);
        return this.visit(call.args[2] as CelNode, inner);
      }
      case 'optional': {
        const { element = any } = this.visit(call.target as CelNode, scope);
        const body = this.visit(second, within(scope, call.variables, [element]));
        return call.name === 'optMap' ? optionalOf(body) : body;
      }
      case 'test':
      case 'transform':
        return this.#loop(call, scope);
      default:
        return this.#function(call, node, scope);
    }
  }

  #loop(call: Call, scope: Scope): CelType {
    const target = call.target as CelNode;
    const range = this.visit(target, scope);
    if (plainName(range) !== undefined) {
      const what = `expression of type '${typeName(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
      this.#say(target, what);
    }
    const key = range.kind === 'list' ? { kind: 'int' as const } : (range.key ?? any);
    const element = range.element ?? any;
    const one = range.kind === 'list' ? element : key;
    const variables = call.variables.length === 1 ? [one] : [key, element];
    const inner = within(scope, call.variables, variables);
    const bodies = call.args.slice(variables.length).map((body) => this.visit(body, inner));
    const made = bodies.at(-1) ?? any;
    if (call.kind === 'test') return bool;
    switch (call.name) {
      case 'filter':
        return { kind: 'list', element: one };
      case 'transformMap':
        return { kind: 'map', key, element: made };
      case 'transformMapEntry':
        return made;
      default:
        return { kind: 'list', element: made };
    }
  }

  #function({ name, target, args }: Call, node: CelNode, scope: Scope): CelType {
    const on = target === undefined ? undefined : this.visit(target, scope);
    const given = args.map((arg) => this.visit(arg, scope));
    const result = resultOf(name, on, given);
    const [plainOn, plain] = [on && plainOf(on), given.map(plainOf)];
    // A function of a namespace is none of the library's that stand alone.
    const isKnown = node.op === 'call' ? plain.some((type) => type !== undefined) : plainOn;
    if (!isKnown) return result;
    const { problem, type } = callOf(name, plainOn, plain);
    if (problem !== undefined) this.#say(node, problem);
    return result.kind === 'any' ? ({ kind: plainKinds[type ?? ''] ?? 'any' } as CelType) : result;
  }
}

const plainKinds: Readonly<Record<string, CelType['kind']>> = {
  ...{ string: 'string', int: 'int', double: 'double', bool: 'bool' },
};

function within(scope: Scope, names: readonly string[], types: readonly CelType[]): Scope {
  return new Map([...scope, ...names.map((name, at) => [name, types[at] ?? any] as const)]);
}

function joinedAll(types: readonly CelType[]): CelType {
  return types.length === 0 ? any : types.reduce(joined);
}

function literalType(value: unknown): CelType {
  switch (typeof value) {
    case 'string':
      return { kind: 'string' };
    case 'number':
      return { kind: 'double' };
    case 'boolean':
      return bool;
    default:
      if (value instanceof Uint8Array) return { kind: 'bytes' };
      return { kind: value === null ? 'null' : 'int' };
  }
}

/** What is no plain value, but surely another than one. */
const otherKinds: ReadonlySet<string> = new Set(
  'bytes duration list map object timestamp'.split(' '),
);

function comparedName(type: CelType): string | undefined {
  return plainName(type) ?? (otherKinds.has(type.kind) ? typeName(type) : undefined);
}

/** Lists, maps and objects are not looked into: what they hold may differ. */
function fits(op: string, a: CelType, b: CelType): boolean {
  const names = [plainName(a), plainName(b)];
  if (orders.has(op) && names.every(isNumber)) return true;
  return names[0] === names[1] && a.kind === b.kind;
}

/** What `+`, `-` and the like give: where one side can be of any type, the other decides. */
function reckoned(op: string, a: CelType, b: CelType): CelType {
  if (a.kind === 'timestamp' && b.kind === 'timestamp') return { kind: 'duration' };
  if (a.kind === 'list' && b.kind === 'list') return joined(a, b);
  if (op === '+' && b.kind === 'timestamp') return b;
  return a.kind === 'any' || a.kind === 'null' ? b : a;
}

function isNumber(name: string | undefined): boolean {
  return name === 'int' || name === 'double';
}

/** Of plain values, and of lists of these. */
function plainOf(type: CelType): PlainType | undefined {
  const of = type.kind === 'list' ? type.element : type;
  if (of === undefined || of.kind === 'optional') return undefined;
  const name = plainName(of);
  if (name === undefined) return undefined;
  return type.kind === 'list' ? `list<${name}>` : (name as PlainType);
}
