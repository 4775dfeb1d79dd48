/**
 * Whether the rules of a definition can be afforded: each by itself, as often as its schema allows its
 * place to be there, and all of them together.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules-examples
 */
import { CelCompileError } from '../../cel/environment.ts';
import type { Problems } from '../../validation/problems.ts';
import type { CustomSchema } from '../definition.ts';
import { type Rule, ruleEnvironment } from '../rule-check.ts';
import { plus, times } from './amounts.ts';
import { type Declared, declaredOf, requestBytes } from './declared.ts';
import { costOf } from './estimate.ts';

/** Of one expression, in steps, for all the places where it can be asked. */
export const ruleLimit = 10_000_000;
/** Of all expressions of a schema. */
export const schemaLimit = 100_000_000;
/** So many of those that are over the limit together are named. */
const mostNamed = 4;

/**
 * Says which rules of a schema cost too much.
 * @param schema the whole of a version's, without other faults
 */
export function checkCosts(schema: CustomSchema, path: string, problems: Problems): void {
  const walk = new BudgetWalk(problems);
  walk.visit(schema, path, true, 1);
  walk.sayTotal(path);
}

class BudgetWalk {
  readonly #problems: Problems;
  readonly #dear: { field: string; cost: number }[] = [];
  #total = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** `count`: how often the schema's place can be there at the most; undefined for without limit. */
  visit(schema: CustomSchema, path: string, whole: boolean, count: number | undefined): void {
    const { properties = {}, items, additionalProperties } = schema;
    const below = countBelow(schema, count);
    if (typeof additionalProperties === 'object') {
      this.#member(additionalProperties, `${path}.additionalProperties`, below);
    }
    for (const [name, property] of Object.entries(properties)) {
      this.#member(property, `${path}.properties[${name}]`, below);
    }
    if (items !== undefined) this.#member(items, `${path}.items`, below);
    this.#rules(schema, path, whole, count);
  }

  #member(schema: CustomSchema, path: string, count: number | undefined): void {
    this.visit(schema, path, schema['x-kubernetes-embedded-resource'] === true, count);
  }

  #rules(schema: CustomSchema, path: string, whole: boolean, count: number | undefined): void {
    const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
    if (rules.length === 0) return;
    const root = declaredOf(schema, whole);
    if (root === undefined) return;
    const places = count ?? Math.floor(requestBytes / (root.least + 1));
    for (const [index, rule] of rules.entries()) {
      const at = `${path}.x-kubernetes-validations[${index}]`;
      const cost = ruleCost(rule.rule, root, rule);
      if (cost === undefined) continue;
      this.#observe('estimated rule cost', times(cost, places), `${at}.rule`);
      const message = rule.messageExpression;
      const ofMessage = message === undefined ? undefined : ruleCost(message, root, rule);
      if (ofMessage === undefined) continue;
      this.#observe('estimated messageExpression cost', ofMessage, `${at}.messageExpression`);
    }
  }

  #observe(name: string, cost: number, field: string): void {
    if (cost > ruleLimit) this.#problems.forbidden(field, overLimit(name, cost, ruleLimit));
    this.#total = plus(this.#total, cost);
    // What does not make a hundredth of the limit is not to blame.
    if (cost >= schemaLimit / 100) this.#dear.push({ field, cost });
  }

  sayTotal(path: string): void {
    if (this.#total <= schemaLimit) return;
    const dearest = this.#dear.sort((a, b) => b.cost - a.cost).slice(0, mostNamed);
    for (const { field } of dearest) {
      this.#problems.forbidden(
        field,
        'contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema',
      );
    }
    const name =
      'x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema';
    this.#problems.forbidden(path, overLimit(name, this.#total, schemaLimit));
  }
}

function countBelow(schema: CustomSchema, count: number | undefined): number | undefined {
  const factor = mostMembers(schema);
  return count === undefined || factor === undefined ? undefined : times(count, factor);
}

function mostMembers(schema: CustomSchema): number | undefined {
  const { type, additionalProperties, maxItems, maxProperties } = schema;
  const limit = (most: number | undefined) => (most === undefined ? undefined : Math.max(most, 0));
  if (type === 'array') return limit(maxItems);
  return type === 'object' && additionalProperties !== undefined ? limit(maxProperties) : 1;
}

/** Undefined for what is not there, or cannot be compiled, which has been said. */
function ruleCost(text: unknown, root: Declared, rule: Rule): number | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  try {
    return costOf(ruleEnvironment().compile(text), root, rule.optionalOldSelf === true);
  } catch (error) {
    if (error instanceof CelCompileError) return undefined;
    throw error;
  }
}

function overLimit(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`;
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
