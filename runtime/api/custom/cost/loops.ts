/**
 * What macros cost: loops over lists and maps, and names that are given to values. The numbers are of
 * the steps that cel-go makes of a macro: it keeps a result, and looks at it each time round.
 */
import type { Call } from '../../cel/call.ts';
import type { CelNode } from '../../cel/environment.ts';
import { any, type CelType } from '../../cel/types.ts';
import { fixed, plus, type Size, times, unionOf, unknownSize } from './amounts.ts';
import type { CostWalk } from './estimate.ts';
import type { Entry, Estimated, Local, Measured, Scope } from './scope.ts';

/** The cost of a macro as it is called. */
export function costOfLoop(walk: CostWalk, call: Call, scope: Scope): Measured {
  switch (call.kind) {
    case 'binding':
      return costOfBinding(walk, call, scope);
    case 'optional':
      return costOfOptional(walk, call, scope);
    default:
      return costOfRound(walk, call, scope);
  }
}

/** A list that is made, empty at first; a map. */
const listCost = 10;
const mapCost = 30;

function costOfBinding(walk: CostWalk, { args, variables }: Call, scope: Scope): Measured {
  const [, value, body] = args as [CelNode, CelNode, CelNode];
  const { cost, ...local } = walk.visit(value, scope);
  const result = walk.visit(body, within(scope, variables, [local]));
  return { ...result, cost: plus(result.cost, plus(cost, listCost)), path: undefined };
}

/** `a.optMap(b, c)`: is there a, and then c of it, or nothing. */
function costOfOptional(walk: CostWalk, call: Call, scope: Scope): Measured {
  const [, body] = call.args as [CelNode, CelNode];
  const on = walk.visit(call.target as CelNode, scope);
  const local = { size: scalarSize(on.type.element ?? any) };
  const result = walk.visit(body, within(scope, call.variables, [local]));
  const there = plus(on.cost, 1);
  const isWrapped = call.name === 'optMap';
  const whenThere = plus(plus(there, listCost), plus(result.cost, isWrapped ? 1 : 0));
  const type = isWrapped ? result.type : (result.type.element ?? result.type);
  return { cost: plus(there, whenThere), size: scalarSize(type) };
}

function scalarSize({ kind }: CelType): Size | undefined {
  return /^(bool|double|duration|int|timestamp)$/.test(kind) ? fixed(1) : undefined;
}

function costOfRound(walk: CostWalk, call: Call, scope: Scope): Measured {
  const { name, kind, args } = call;
  const range = walk.visit(call.target as CelNode, scope);
  const variables = call.variables.length === 2 ? pairOf(range) : [itemOf(range)];
  const inner = within(scope, call.variables, variables);
  const bodies = args.slice(variables.length).map((body) => walk.visit(body, inner));
  const isTest = kind === 'test';
  const { init, each, result } = isTest ? testSteps(name, bodies) : makingSteps(name, bodies);
  const size = range.size ?? unknownSize;
  const cost = plus(plus(range.cost, init + result), times(size.max, each));
  if (isTest) return { cost, size: fixed(1) };
  return { cost, size, entry: entryOf(name, variables, bodies) };
}

/** What a loop over one variable gives it: an item, or a map's key. */
function itemOf({ type, path = [], entry }: Estimated): Local {
  if (type.kind !== 'list') return { path: [...path, '@keys'], size: entry?.key };
  return { path: [...path, '@items'], size: entry?.value };
}

/** A list's index and item, a map's key and value. */
function pairOf({ type, path = [], entry }: Estimated): Local[] {
  const [keys, values] = type.kind === 'list' ? ['@indices', '@items'] : ['@keys', '@values'];
  return [
    { path: [...path, keys], size: entry?.key },
    { path: [...path, values], size: entry?.value },
  ];
}

function within(scope: Scope, names: readonly string[], locals: readonly Local[]): Scope {
  return new Map([...scope, ...names.map((name, at) => [name, locals[at] ?? {}] as const)]);
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

/** What the items are like of what is made. */
function entryOf(
  name: string,
  variables: readonly Local[],
  bodies: readonly Estimated[],
): Entry | undefined {
  if (name === 'transformMap' || name === 'transformMapEntry') return undefined;
  const made = name === 'filter' ? variables[0] : bodies.at(-1);
  // The empty list at the beginning counts too.
  return { key: fixed(1), value: unionOf(fixed(0), made?.size ?? unknownSize) };
}
