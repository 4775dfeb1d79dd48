/**
 * What a rule can cost at the most, told from the rule and its schema alone, as the original tells it
 * (`checker.Cost` of cel-go): it decides which definitions are taken, so it counts as that does, step
 * by step, also where another way of counting would be nearer to the truth.
 *
 *     self.names.all(n, n.size() < 9)    over at most 10 names
 *       self.names                          2   two steps
 *       10 × (n.size() < 9)            10 × 6   each with what `all` does besides: three
 *       the result                          1
 */
import type { CelNode } from '../../cel/environment.ts';
import {
  fixed,
  perCharacter,
  plus,
  type Size,
  scaled,
  sumOf,
  unionOf,
  unknownSize,
} from './amounts.ts';
import { callCost, callType, type Part } from './calls.ts';
import type { Declared, StaticType } from './declared.ts';
import { costOfLoop, isLoop, type Loop } from './loops.ts';
import { type Estimated, fieldOf, type Scope, sizeAt, unionOfEntries } from './scope.ts';

const any: StaticType = { kind: 'any' };
const bool: StaticType = { kind: 'bool' };
const noScope: Scope = new Map();

/** Functions that stand under a name which is no value. */
const namespaces = new Set(
  ['base64', 'cel', 'format', 'ip', 'jsonpatch', 'lists', 'math', 'optional', 'regex'].concat([
    'sets',
    'strings',
  ]),
);
const listCost = 10;
const mapCost = 30;

/**
 * The most steps that an expression can take.
 * @param tree of a compiled expression
 * @param root what `self` is
 * @param optionalOld `oldSelf` may not be there
 */
export function costOf(tree: CelNode, root: Declared, optionalOld = false): number {
  return new CostWalk(root, optionalOld).visit(tree, noScope).cost;
}

export class CostWalk {
  readonly #root: Declared;
  readonly #optionalOld: boolean;

  constructor(root: Declared, optionalOld: boolean) {
    this.#root = root;
    this.#optionalOld = optionalOld;
  }

  visit(node: CelNode, scope: Scope): Estimated {
    const { op, args } = node;
    switch (op) {
      case 'value':
        return literal(args);
      case 'id':
        return this.#name(String(args), scope);
      case '.':
        return this.#field(args as [CelNode, string], scope);
      case '.?':
        return this.#optionalField(args as [CelNode, string], scope);
      case '[]':
      case '[?]':
        return this.#index(op, args as [CelNode, CelNode], scope);
      case 'list':
        return this.#list(args as CelNode[], scope);
      case 'map':
        return this.#map(args as [CelNode, CelNode][], scope);
      case '?:':
        return this.#choice(args as [CelNode, CelNode, CelNode], scope);
      case '!_':
      case '-_':
        return this.#unary(args as CelNode, scope);
      case 'call': {
        const [name, given] = args as [string, CelNode[]];
        return this.#call(name, undefined, given, scope);
      }
      case 'rcall': {
        const [name, target, given] = args as [string, CelNode, CelNode[]];
        return this.#call(name, target, given, scope);
      }
      default:
        return this.#operator(op, args as [CelNode, CelNode], scope);
    }
  }

  /** A part that stands at a path, or has a type that tells its size. */
  #at(cost: number, type: StaticType, path?: readonly string[]): Estimated {
    return { cost, type, path, size: sizeAt(this.#root, path, type) };
  }

  #name(name: string, scope: Scope): Estimated {
    const local = scope.get(name);
    if (local === undefined) return this.#at(1, this.#typeOf(name), [name]);
    const size = sizeAt(this.#root, local.path, local.type) ?? local.size;
    return { ...local, cost: 1, size };
  }

  #typeOf(name: string): StaticType {
    if (name === 'self') return this.#root;
    if (name !== 'oldSelf') return { kind: 'type' };
    return this.#optionalOld ? { kind: 'optional', element: this.#root } : this.#root;
  }

  #field([object, name]: [CelNode, string], scope: Scope): Estimated {
    const { cost, type, path } = this.visit(object, scope);
    const asks = type.kind === 'map' || type.kind === 'object' ? 1 : 0;
    return this.#at(plus(cost, asks), memberType(type, name), [...(path ?? []), name]);
  }

  #optionalField([object, name]: [CelNode, string], scope: Scope): Estimated {
    const { cost, type } = this.visit(object, scope);
    const member = memberType(type, name);
    return this.#at(plus(cost, 1), member.kind === 'optional' ? member : optionalOf(member));
  }

  #index(op: string, [list, index]: [CelNode, CelNode], scope: Scope): Estimated {
    const { cost, type, path, entry } = this.visit(list, scope);
    const total = plus(plus(cost, this.visit(index, scope).cost), 1);
    const inside = type.kind === 'optional' ? type.element : type;
    const element = inside?.element ?? any;
    if (op === '[?]' || type.kind === 'optional') return this.#at(total, optionalOf(element));
    const subpath = type.kind === 'list' ? '@items' : '@values';
    const found = this.#at(total, element, [...(path ?? []), subpath]);
    return entry === undefined ? found : { ...found, size: entry.value };
  }

  #list(items: readonly CelNode[], scope: Scope): Estimated {
    const parts = items.map((item) => this.visit(item, scope));
    const cost = parts.reduce((sum, part) => plus(sum, part.cost), listCost);
    const value = unionOfAll(parts.map(sizeOf));
    const type: StaticType = { kind: 'list', element: commonType(parts) };
    return { cost, type, size: fixed(items.length), entry: { key: fixed(1), value } };
  }

  #map(entries: readonly (readonly [CelNode, CelNode])[], scope: Scope): Estimated {
    const keys = entries.map(([key]) => this.visit(key, scope));
    const values = entries.map(([, value]) => this.visit(value, scope));
    const cost = [...keys, ...values].reduce((sum, part) => plus(sum, part.cost), mapCost);
    const type: StaticType = { kind: 'map', key: commonType(keys), element: commonType(values) };
    const entry = {
      key: unionOfAll(keys.map(sizeOf)),
      value: unionOfAll(values.map(sizeOf)),
    };
    return { cost, type, size: fixed(entries.length), entry };
  }

  #choice([condition, yes, no]: [CelNode, CelNode, CelNode], scope: Scope): Estimated {
    const [a, b] = [this.visit(yes, scope), this.visit(no, scope)];
    return {
      cost: plus(this.visit(condition, scope).cost, Math.max(a.cost, b.cost)),
      type: commonType([a, b]),
      size: unionOf(sizeOf(a), sizeOf(b)),
      entry: unionOfEntries(a.entry, b.entry),
    };
  }

  #unary(of: CelNode, scope: Scope): Estimated {
    const part = this.visit(of, scope);
    // A number with its sign is a literal.
    if (of.op === 'value' && typeof of.args !== 'boolean') return part;
    return this.#at(plus(part.cost, 1), part.type);
  }

  #operator(op: string, [left, right]: [CelNode, CelNode], scope: Scope): Estimated {
    const [a, b] = [this.visit(left, scope), this.visit(right, scope)];
    const both = plus(a.cost, b.cost);
    if (op === '&&' || op === '||') return this.#at(both, bool);
    if (op === 'in') return this.#at(plus(both, inCost(b)), bool);
    if (op === '==' || op === '!=') return this.#at(plus(both, equalCost(a, b)), bool);
    const type = commonType([a, b]);
    const isText = type.kind === 'string' || type.kind === 'bytes';
    if (/^[<>]=?$/.test(op)) {
      const compares = isText || type.kind === 'any' ? Math.max(equalCost(a, b), 1) : 1;
      return this.#at(plus(both, isText ? equalCost(a, b) : compares), bool);
    }
    if (op !== '+' || !(isText || type.kind === 'list' || type.kind === 'any')) {
      return this.#at(plus(both, 1), type);
    }
    const size = sumOf(sizeOf(a), sizeOf(b));
    const joins = type.kind === 'list' ? 1 : scaled(size.max, perCharacter);
    return { cost: plus(both, joins), type, size, entry: unionOfEntries(a.entry, b.entry) };
  }

  #call(
    called: string,
    target: CelNode | undefined,
    args: readonly CelNode[],
    scope: Scope,
  ): Estimated {
    // What environment.ts has replaced, and what rewrite.ts has put around entries.
    const name = called === 'matches_' ? 'matches' : called;
    const [first] = args;
    if (name === 'has' && first?.op === '.') {
      const [object] = first.args as [CelNode];
      return this.#at(this.visit(object, scope).cost, bool);
    }
    const wraps = name === 'folded_' || name === 'entry_';
    if (wraps && first !== undefined) return this.visit(first, scope);
    if (name === 'dyn' && target === undefined && first !== undefined) {
      const part = this.visit(first, scope);
      return { ...part, cost: plus(part.cost, 1), type: any, path: undefined };
    }
    const namespace = target?.op === 'id' && !scope.has(String(target.args)) ? target.args : '';
    const space = namespaces.has(String(namespace)) ? String(namespace) : undefined;
    const loop: Loop = { name, target, args, scope };
    if (isLoop(loop, space)) return costOfLoop(this, loop);
    const full = space === undefined ? name : `${space}.${name}`;
    return this.#function(full, space === undefined ? target : undefined, args, scope);
  }

  #function(
    name: string,
    target: CelNode | undefined,
    args: readonly CelNode[],
    scope: Scope,
  ): Estimated {
    const on = target === undefined ? undefined : this.visit(target, scope);
    const given = args.map((arg) => this.visit(arg, scope));
    const parts = given.map((part) => this.#part(part));
    const receiver = on === undefined ? undefined : this.#part(on);
    const call = callCost(name, receiver, parts);
    const cost = given.reduce((sum, part) => plus(sum, part.cost), plus(on?.cost ?? 0, call.cost));
    const result = this.#at(cost, callType(name, receiver, parts));
    return call.size === undefined ? result : { ...result, size: call.size };
  }

  #part({ type, size, path, literal: value }: Estimated): Part {
    const items =
      type.element === undefined || path === undefined ? undefined : [...path, '@items'];
    const itemSize = type.element === undefined ? fixed(0) : sizeAt(this.#root, items, any);
    return { type, size, itemSize: itemSize ?? unknownSize, literal: value };
  }
}

function literal(value: unknown): Estimated {
  const at = (type: StaticType, size = 1): Estimated => {
    return { cost: 0, type, size: fixed(size), literal: value };
  };
  switch (typeof value) {
    case 'string':
      return at({ kind: 'string' }, [...value].length);
    case 'bigint':
      return at({ kind: 'int' });
    case 'number':
      return at({ kind: 'double' });
    case 'boolean':
      return at(bool);
    default:
      if (value instanceof Uint8Array) return at({ kind: 'bytes' }, value.length);
      return at({ kind: value === null ? 'null' : 'int' });
  }
}

export function sizeOf(part: Estimated): Size {
  return part.size ?? unknownSize;
}

function unionOfAll(sizes: readonly Size[]): Size {
  return sizes.length === 0 ? fixed(0) : sizes.reduce(unionOf);
}

function optionalOf(element: StaticType): StaticType {
  return { kind: 'optional', element };
}

function memberType(type: StaticType, name: string): StaticType {
  if (type.kind === 'optional') return optionalOf(memberType(type.element ?? any, name));
  return (type.kind === 'map' ? type.element : fieldOf(type, name)) ?? any;
}

/** The first that says something: the others are of it too, or are nothing. */
function commonType(parts: readonly Estimated[]): StaticType {
  const types = parts.map(({ type }) => type);
  return types.find(({ kind }) => kind !== 'any' && kind !== 'null') ?? types[0] ?? any;
}

function inCost({ type, size }: Estimated): number {
  return type.kind === 'map' ? 1 : (size ?? unknownSize).max;
}

/** Two values are compared no further than the shorter one goes. */
function equalCost(a: Estimated, b: Estimated): number {
  const kinds = [a.type.kind, b.type.kind];
  // Addresses, quantities and types are as long as they are.
  if (kinds.every((kind) => kind === 'opaque' || kind === 'type')) return 1;
  return scaled(Math.min(sizeOf(a).max, sizeOf(b).max), perCharacter);
}
