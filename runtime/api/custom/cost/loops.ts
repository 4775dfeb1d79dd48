/**
 * What macros cost: loops over lists and maps, and names that are given to values. The numbers are of
 * the steps that cel-go makes of a macro: it keeps a result, and looks at it each time round.
 */
import type { CelNode } from '../../cel/environment.ts';
import { fixed, plus, type Size, times, unionOf, unknownSize } from './amounts.ts';
import type { StaticType } from './declared.ts';
import type { CostWalk } from './estimate.ts';
import type { Entry, Estimated, Local, Scope } from './scope.ts';

/** A macro as it is called. */
export interface Loop {
  readonly name: string;
  readonly target: CelNode | undefined;
  readonly args: readonly CelNode[];
  readonly scope: Scope;
}

const tests = new Set(['all', 'exists', 'exists_one', 'existsOne']);
const transforms = new Set(['transformList', 'transformMap', 'transformMapEntry']);
const optionals = new Set(['optMap', 'optFlatMap']);

/** Is a call one of a macro? `namespace` is what stands before its name, where that is no value. */
export function isLoop({ name, target, args }: Loop, namespace: string | undefined): boolean {
  if (target === undefined || args[0]?.op !== 'id' || args.length < 2) return false;
  if (name === 'bind') return namespace === 'cel' && args.length === 3;
  return [tests, transforms, optionals].some((set) => set.has(name)) || /^(map|filter)$/.test(name);
}

export function costOfLoop(walk: CostWalk, loop: Loop): Estimated {
  if (loop.name === 'bind') return costOfBinding(walk, loop);
  return optionals.has(loop.name) ? costOfOptional(walk, loop) : costOfRound(walk, loop);
}

const any: StaticType = { kind: 'any' };
/** A list that is made, empty at first; a map. */
const listCost = 10;
const mapCost = 30;

function costOfBinding(walk: CostWalk, { args, scope }: Loop): Estimated {
  const [name, value, body] = args as [CelNode, CelNode, CelNode];
  const { cost, ...local } = walk.visit(value, scope);
  const inner = new Map(scope).set(String(name.args), local);
  const result = walk.visit(body, inner);
  return { ...result, cost: plus(result.cost, plus(cost, listCost)), path: undefined };
}

/** `a.optMap(b, c)`: is there a, and then c of it, or nothing. */
function costOfOptional(walk: CostWalk, { name, target, args, scope }: Loop): Estimated {
  const [variable, body] = args as [CelNode, CelNode];
  const on = walk.visit(target as CelNode, scope);
  const type = on.type.element ?? any;
  const inner = new Map(scope).set(String(variable.args), { type, size: scalarSize(type) });
  const result = walk.visit(body, inner);
  const there = plus(on.cost, 1);
  const wraps = name === 'optMap' ? 1 : 0;
  const whenThere = plus(plus(there, listCost), plus(result.cost, wraps));
  const of: StaticType =
    name === 'optMap' ? { kind: 'optional', element: result.type } : result.type;
  return { cost: plus(there, whenThere), type: of, size: scalarSize(of.element ?? of) };
}

function scalarSize({ kind }: StaticType): Size | undefined {
  return /^(bool|double|duration|int|timestamp)$/.test(kind) ? fixed(1) : undefined;
}

function costOfRound(walk: CostWalk, { name, target, args, scope }: Loop): Estimated {
  const range = walk.visit(target as CelNode, scope);
  const isTest = tests.has(name);
  const two = transforms.has(name) || (isTest && args.length > 2);
  const variables = two ? pairOf(range) : [itemOf(range)];
  const inner = new Map(scope);
  for (const [index, variable] of variables.entries()) {
    inner.set(String(args[index]?.args), variable);
  }
  const bodies = args.slice(variables.length).map((body) => walk.visit(body, inner));
  const { init, each, result } = isTest ? testSteps(name, bodies) : makingSteps(name, bodies);
  const rounds = times((range.size ?? unknownSize).max, each);
  const cost = plus(plus(range.cost, init + result), rounds);
  if (isTest) return { cost, type: { kind: 'bool' }, size: fixed(1) };
  return { cost, size: range.size ?? unknownSize, ...madeOf(name, variables, bodies) };
}

/** What a loop over one variable gives it: an item, or a map's key. */
function itemOf({ type, path = [], entry }: Estimated): Local {
  if (type.kind !== 'list') {
    return { type: type.key ?? any, path: [...path, '@keys'], size: entry?.key };
  }
  return { type: type.element ?? any, path: [...path, '@items'], size: entry?.value };
}

/** A list's index and item, a map's key and value. */
function pairOf({ type, path = [], entry }: Estimated): Local[] {
  const isList = type.kind === 'list';
  const key: StaticType = isList ? { kind: 'int' } : (type.key ?? any);
  const [keys, values] = isList ? ['@indices', '@items'] : ['@keys', '@values'];
  return [
    { type: key, path: [...path, keys], size: entry?.key },
    { type: type.element ?? any, path: [...path, values], size: entry?.value },
  ];
}

interface Steps {
  /** Once, before. */
  readonly init: number;
  /** Each time round. */
  readonly each: number;
  /** Once, after. */
  readonly result: number;
}

/** `result && body`, asked for while the result is still true; for `exists_one`, a number that grows. */
function testSteps(name: string, [body]: readonly Estimated[]): Steps {
  const cost = body?.cost ?? 0;
  if (name === 'all') return { init: 0, each: plus(cost, 3), result: 1 };
  if (name === 'exists') return { init: 0, each: plus(cost, 4), result: 1 };
  return { init: 0, each: plus(cost, 2), result: 2 };
}

/** `result + [body]`, and with a condition `condition ? result + [body] : result`. */
function makingSteps(name: string, bodies: readonly Estimated[]): Steps {
  const cost = bodies.reduce((sum, body) => plus(sum, body.cost), 0);
  switch (name) {
    case 'filter':
      return { init: listCost, each: plus(cost, listCost + 3), result: 1 };
    case 'transformMap':
      return { init: mapCost, each: plus(cost, 3), result: 1 };
    case 'transformMapEntry':
      return { init: mapCost, each: plus(cost, 2), result: 1 };
    default:
      return { init: listCost, each: plus(cost, listCost + 2), result: 1 };
  }
}

function madeOf(
  name: string,
  variables: readonly Local[],
  bodies: readonly Estimated[],
): Pick<Estimated, 'type' | 'entry'> {
  const made = name === 'filter' ? variables[0] : bodies.at(-1);
  const element = made?.type ?? any;
  if (name === 'transformMap') return { type: { kind: 'map', key: variables[0]?.type, element } };
  if (name === 'transformMapEntry') return { type: element };
  // The empty list at the beginning counts too.
  const value = unionOf(fixed(0), made?.size ?? unknownSize);
  const entry: Entry = { key: fixed(1), value };
  return { type: { kind: 'list', element }, entry };
}
