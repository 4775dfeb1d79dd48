/**
 * What evaluating expressions costs, and where it ends. Everything an expression does is counted:
 * one for each step, and more for what goes through long texts and lists. The limits are the
 * original's (k8s.io/apiserver/pkg/apis/cel), about a tenth of a second for one expression.
 */
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';

/** Of one expression. */
export const expressionLimit = 1_000_000;
/** Of all rules of a custom resource, or of all expressions of a policy, in one request. */
export const requestLimit = 10_000_000;
/** Of all match conditions of a webhook or policy. */
export const matchLimit = 2_500_000;

const exceeded = 'operation cancelled: actual cost limit exceeded';

/** Thrown out of an expression that has used up what it may. */
export class CostError extends Error {
  constructor() {
    super(exceeded);
  }
}

/** One for all: loops that go on over errors would spend their time on making new ones. */
const costError = new CostError();

/** What is left for a number of expressions. */
export class Budget {
  #left: number;

  constructor(limit = requestLimit) {
    this.#left = limit;
  }

  get left(): number {
    return this.#left;
  }

  get isEmpty(): boolean {
    return this.#left < 0;
  }

  take(cost: number): void {
    this.#left -= cost;
  }
}

/** What the expression that is being evaluated has cost; evaluation never waits, so there is one. */
let used = 0;

/** Counts a cost to the expression that is being evaluated. Throws CostError past the limit. */
export function spend(cost: number): void {
  used += cost;
  if (used > expressionLimit) throw costError;
}

/**
 * Evaluates under the limit of one expression, and takes its cost from the budget. Expressions may
 * evaluate others (a policy's variables), which count for both.
 * Throws CostError, even if the expression has caught it, and what `evaluate` throws.
 */
export function limited<T>(budget: Budget, evaluate: () => T): T {
  const outer = used;
  used = 0;
  try {
    const result = evaluate();
    if (used > expressionLimit) throw costError;
    return result;
  } catch (error) {
    throw used > expressionLimit ? costError : error;
  } finally {
    budget.take(used);
    used += outer;
  }
}

/** The cost of comparing or copying a value: a tenth of its size. */
export function sizeCost(value: unknown): number {
  if (typeof value === 'string') return value.length * 0.1;
  if (value === null || typeof value !== 'object') return 0;
  if (value instanceof Uint8Array) return value.length * 0.1;
  if (value instanceof Date || value instanceof Duration || value instanceof UnsignedInt) return 0;
  let cost = 0;
  const members = Array.isArray(value) ? value : memberValues(value);
  for (const member of members) cost += 0.1 + sizeCost(member);
  return cost;
}

function memberValues(value: object): Iterable<unknown> {
  if (value instanceof Map) return value.values();
  return Object.getPrototypeOf(value) === Object.prototype ? Object.values(value) : [];
}

interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly meta: { alternate?: Node; macro?: Evaluates; evaluate: Evaluate };
  evaluate: Evaluate;
}
interface Evaluates {
  evaluate: Evaluate;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

const comparing = new Set(['==', '!=', 'in', '+', 'call', 'rcall']);
const free = new Set(['value', 'accuValue', 'accuInc', 'accuPush']);

/** Makes every step of a parsed expression count. */
export function meter(root: unknown): void {
  const seen = new Set<Node>();
  const visit = (node: Node, measured: boolean): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (!free.has(node.op)) count(node, measured);
    const measures = comparing.has(node.op) && node.meta.macro === undefined;
    for (const child of childrenOf(node.args)) visit(child, measures && !node.meta.alternate);
    if (node.meta.alternate !== undefined) visit(node.meta.alternate, false);
  };
  visit(root as Node, false);
}

function* childrenOf(args: unknown): Generator<Node> {
  if (args === null || typeof args !== 'object') return;
  if ('op' in args && 'meta' in args) yield args as Node;
  else if (Array.isArray(args)) for (const part of args) yield* childrenOf(part);
  else if ('iterable' in args) {
    const { iterable, init, step } = args as Record<string, unknown>;
    yield* childrenOf([iterable, init, step]);
  }
}

function count(node: Node, measured: boolean): void {
  node.evaluate = (evaluator, _, context) => {
    spend(1);
    const { alternate, macro, evaluate } = node.meta;
    const value =
      alternate !== undefined
        ? alternate.evaluate(evaluator, alternate, context)
        : macro !== undefined
          ? macro.evaluate(evaluator, macro, context)
          : evaluate(evaluator, node, context);
    if (measured) spend(sizeCost(value));
    return value;
  };
}
