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
import { type Call, readCall } from '../../cel/call.ts';
import type { CelNode, CelProgram } from '../../cel/environment.ts';
import { infer } from '../../cel/infer.ts';
import { any, type CelType } from '../../cel/types.ts';
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
import { callCost, type Part } from './calls.ts';
import { type Declared, ruleVariables } from './declared.ts';
import { costOfLoop } from './loops.ts';
import { type Estimated, type Measured, type Scope, sizeAt, unionOfEntries } from './scope.ts';

const noScope: Scope = new Map();
const listCost = 10;
const mapCost = 30;

/**
 * The most steps that an expression can take.
 * @param root what `self` is
 * @param optionalOld `oldSelf` may not be there
 */
export function costOf(program: CelProgram, root: Declared, optionalOld = false): number {
  const { types } = infer(program, ruleVariables(root, optionalOld));
  return new CostWalk(root, types).visit(program.tree, noScope).cost;
}

export class CostWalk {
  readonly #root: Declared;
  readonly #types: ReadonlyMap<CelNode, CelType>;

  constructor(root: Declared, types: ReadonlyMap<CelNode, CelType>) {
    this.#root = root;
    this.#types = types;
  }

  visit(node: CelNode, scope: Scope): Estimated {
    const type = this.#types.get(node) ?? any;
    return { ...this.#measured(node, type, scope), type };
  }

  #measured(node: CelNode, type: CelType, scope: Scope): Measured {
    const { op, args } = node;
    switch (op) {
      case 'value':
        return literal(args);
      case 'id':
        return this.#name(String(args), type, scope);
      case '.':
        return this.#field(args as [CelNode, string], type, scope);
      case '.?': {
        const { cost } = this.visit((args as [CelNode])[0], scope);
        return this.#at(plus(cost, 1), type);
      }
      case '[]':
      case '[?]':
        return this.#index(args as [CelNode, CelNode], type, scope);
      case 'list':
        return this.#list(args as CelNode[], scope);
      case 'map':
        return this.#map(args as [CelNode, CelNode][], scope);
      case '?:':
        return this.#choice(args as [CelNode, CelNode, CelNode], scope);
      case '!_':
      case '-_':
        return this.#unary(args as CelNode, type, scope);
      case 'call':
      case 'rcall':
        return this.#call(node, type, scope);
      default:
        return this.#operator(op, args as [CelNode, CelNode], type, scope);
    }
  }

  /** A part that stands at a path, or has a type that tells its size. */
  #at(cost: number, type: CelType, path?: readonly string[]): Measured {
    return { cost, path, size: sizeAt(this.#root, path, type) };
  }

  #name(name: string, type: CelType, scope: Scope): Measured {
    const local = scope.get(name);
    if (local === undefined) return this.#at(1, type, [name]);
    const size = sizeAt(this.#root, local.path, type) ?? local.size;
    return { ...local, cost: 1, size };
  }

  #field([object, name]: [CelNode, string], type: CelType, scope: Scope): Measured {
    const { cost, type: of, path } = this.visit(object, scope);
    const asks = of.kind === 'map' || of.kind === 'object' ? 1 : 0;
    return this.#at(plus(cost, asks), type, [...(path ?? []), name]);
  }

  #index([list, index]: [CelNode, CelNode], type: CelType, scope: Scope): Measured {
    const { cost, type: of, path, entry } = this.visit(list, scope);
    const total = plus(plus(cost, this.visit(index, scope).cost), 1);
    if (type.kind === 'optional') return this.#at(total, type);
    const subpath = of.kind === 'list' ? '@items' : '@values';
    const found = this.#at(total, type, [...(path ?? []), subpath]);
    return entry === undefined ? found : { ...found, size: entry.value };
  }

  #list(items: readonly CelNode[], scope: Scope): Measured {
    const parts = items.map((item) => this.visit(item, scope));
    const cost = parts.reduce((sum, part) => plus(sum, part.cost), listCost);
    const value = unionOfAll(parts.map(sizeOf));
    return { cost, size: fixed(items.length), entry: { key: fixed(1), value } };
  }

  #map(entries: readonly (readonly [CelNode, CelNode])[], scope: Scope): Measured {
    const keys = entries.map(([key]) => this.visit(key, scope));
    const values = entries.map(([, value]) => this.visit(value, scope));
    const cost = [...keys, ...values].reduce((sum, part) => plus(sum, part.cost), mapCost);
    const entry = {
      key: unionOfAll(keys.map(sizeOf)),
      value: unionOfAll(values.map(sizeOf)),
    };
    return { cost, size: fixed(entries.length), entry };
  }

  #choice([condition, yes, no]: [CelNode, CelNode, CelNode], scope: Scope): Measured {
    const [a, b] = [this.visit(yes, scope), this.visit(no, scope)];
    return {
      cost: plus(this.visit(condition, scope).cost, Math.max(a.cost, b.cost)),
      size: unionOf(sizeOf(a), sizeOf(b)),
      entry: unionOfEntries(a.entry, b.entry),
    };
  }

  #unary(of: CelNode, type: CelType, scope: Scope): Measured {
    const part = this.visit(of, scope);
    // A number with its sign is a literal.
    if (of.op === 'value' && typeof of.args !== 'boolean') return part;
    return this.#at(plus(part.cost, 1), type);
  }

  #operator(op: string, [left, right]: [CelNode, CelNode], type: CelType, scope: Scope): Measured {
    const [a, b] = [this.visit(left, scope), this.visit(right, scope)];
    const both = plus(a.cost, b.cost);
    if (op === '&&' || op === '||') return this.#at(both, type);
    if (op === 'in') return this.#at(plus(both, inCost(b)), type);
    if (op === '==' || op === '!=') return this.#at(plus(both, equalCost(a, b)), type);
    const kinds = [a, b].map(({ type: { kind } }) => kind);
    const kind = kinds.find((known) => known !== 'any' && known !== 'null') ?? 'any';
    const isText = kind === 'string' || kind === 'bytes';
    if (/^[<>]=?$/.test(op)) {
      const compares = kind === 'any' ? Math.max(equalCost(a, b), 1) : 1;
      return this.#at(plus(both, isText ? equalCost(a, b) : compares), type);
    }
    if (op !== '+' || !(isText || kind === 'list' || kind === 'any')) {
      return this.#at(plus(both, 1), type);
    }
    const size = sumOf(sizeOf(a), sizeOf(b));
    const joins = kind === 'list' ? 1 : scaled(size.max, perCharacter);
    return { cost: plus(both, joins), size, entry: unionOfEntries(a.entry, b.entry) };
  }

  #call(node: CelNode, type: CelType, scope: Scope): Measured {
    const call = readCall(node, (name) => scope.has(name));
    const [first] = call.args as [CelNode];
    switch (call.kind) {
      case 'has': {
        const tested = first.op === '.' ? (first.args as [CelNode])[0] : first;
        return this.#at(this.visit(tested, scope).cost, type);
      }
      case 'wrap':
        return this.visit(first, scope);
      case 'dyn': {
        const part = this.visit(first, scope);
        return { ...part, cost: plus(part.cost, 1), path: undefined };
      }
      case 'function':
        return this.#function(call, type, scope);
      default:
        return costOfLoop(this, call, scope);
    }
  }

  #function({ name, target, args }: Call, type: CelType, scope: Scope): Measured {
    const on = target === undefined ? undefined : this.visit(target, scope);
    const given = args.map((arg) => this.visit(arg, scope));
    const parts = given.map((part) => this.#part(part));
    const receiver = on === undefined ? undefined : this.#part(on);
    const call = callCost(name, receiver, parts);
    const cost = given.reduce((sum, part) => plus(sum, part.cost), plus(on?.cost ?? 0, call.cost));
    const result = this.#at(cost, type);
    return call.size === undefined ? result : { ...result, size: call.size };
  }

  #part({ type, size, path, literal: value }: Estimated): Part {
    const items =
      type.element === undefined || path === undefined ? undefined : [...path, '@items'];
    const itemSize = type.element === undefined ? fixed(0) : sizeAt(this.#root, items, any);
    return { type, size, itemSize: itemSize ?? unknownSize, literal: value };
  }
}

function literal(value: unknown): Measured {
  const size =
    typeof value === 'string' ? [...value].length : value instanceof Uint8Array ? value.length : 1;
  return { cost: 0, size: fixed(size), literal: value };
}

function sizeOf(part: Estimated): Size {
  return part.size ?? unknownSize;
}

function unionOfAll(sizes: readonly Size[]): Size {
  return sizes.length === 0 ? fixed(0) : sizes.reduce(unionOf);
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
