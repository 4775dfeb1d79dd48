/**
 * x-kubernetes-validations: rules in the Common Expression Language on any part of an object.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import { Optional } from '@marcbachmann/cel-js';
import { Budget, CostError } from '../cel/cost.ts';
import type { CelProgram } from '../cel/environment.ts';
import { celValue } from '../cel/values.ts';
import type { StatusCause } from '../status.ts';
import { same } from '../validation/values.ts';
import type { CustomSchema } from './definition.ts';
import { fieldPathOf } from './field-path.ts';
import { memberSchema } from './prune.ts';
import { type Rule, ruleEnvironment } from './rule-check.ts';

type Json = Record<string, unknown>;
/** True if the schema has a rule anywhere; without one there is nothing to walk. */
export function hasRules(schema: CustomSchema): boolean {
  if ((schema['x-kubernetes-validations']?.length ?? 0) > 0) return true;
  const { properties = {}, items, additionalProperties } = schema;
  return (
    Object.values(properties).some(hasRules) ||
    (items !== undefined && hasRules(items)) ||
    (typeof additionalProperties === 'object' && hasRules(additionalProperties))
  );
}

/** The rules that the object breaks. It must be of the schema's shape. */
export function checkRules(
  object: unknown,
  previous: unknown,
  schema: CustomSchema,
): StatusCause[] {
  const walk = new RuleWalk();
  walk.visit(object, previous, schema, '');
  return walk.causes;
}

/** Is it about a change? Such rules are left out where there was nothing before. */
export function isTransition(program: CelProgram): boolean {
  return /\boldSelf\b/.test(program.source);
}

class RuleWalk {
  readonly causes: StatusCause[] = [];
  readonly #budget = new Budget();
  #ended = false;

  visit(value: unknown, before: unknown, schema: CustomSchema, path: string): void {
    if (value === null || value === undefined || this.#ended) return;
    // What an update leaves as it was is not judged again.
    if (before !== undefined && same(value, before)) return;
    this.#judge(value, before, schema, path);
    if (Array.isArray(value)) {
      const { items } = schema;
      if (items === undefined) return;
      const keys = schema['x-kubernetes-list-map-keys'] ?? [];
      for (const [index, item] of value.entries()) {
        const old = keys.length === 0 ? undefined : sameElement(before, item, keys);
        this.visit(item, old, items, `${path}[${index}]`);
      }
    } else if (typeof value === 'object') {
      for (const [name, member] of Object.entries(value)) {
        const of = memberSchema(schema, name);
        if (of === undefined) continue;
        const old = (before as Json | null | undefined)?.[name];
        this.visit(member, old, of, path === '' ? name : `${path}.${name}`);
      }
    }
  }

  #judge(value: unknown, before: unknown, schema: CustomSchema, path: string): void {
    const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
    if (rules.length === 0) return;
    const self = celValue(value, schema);
    const old = before === undefined ? undefined : celValue(before, schema);
    for (const rule of rules) {
      if (this.#ended) return;
      this.#judgeBy(rule, self, old, schema, path);
    }
  }

  #judgeBy(rule: Rule, self: unknown, old: unknown, schema: CustomSchema, path: string): void {
    const type = schema.type ?? 'object';
    const say = (detail: string, field = path) =>
      this.causes.push(invalid(field === '' ? '<nil>' : field, type, detail));
    try {
      const program = ruleEnvironment().compile(rule.rule);
      if (isTransition(program) && old === undefined && rule.optionalOldSelf !== true) return;
      const variables = { self, oldSelf: oldSelfOf(rule, old) };
      const result = program.evaluate(variables, this.#budget);
      if (result !== true) {
        const at = blamed(rule, schema, path);
        this.causes.push(breach(rule, at, type, messageOf(rule, variables, this.#budget)));
      }
    } catch (error) {
      say(failureOf(rule, error));
      if (error instanceof CostError) this.#ended = true;
    }
    if (this.#budget.isEmpty && !this.#ended) {
      say(
        'validation failed due to running out of cost budget, no further validation rules will be run',
      );
      this.#ended = true;
    }
  }
}

/** A definition of an older release may name what is not there; then it is the rule's own place. */
function blamed(rule: Rule, schema: CustomSchema, path: string): string {
  const found = fieldPathOf(rule.fieldPath ?? '', schema);
  return `${path}${'field' in found ? found.field : ''}`.replace(/^\./, '');
}

function oldSelfOf(rule: Rule, old: unknown): unknown {
  if (rule.optionalOldSelf !== true) return old ?? null;
  return old === undefined ? Optional.none() : Optional.of(old);
}

function sameElement(list: unknown, item: unknown, keys: readonly string[]): unknown {
  if (!Array.isArray(list)) return undefined;
  return list.find((other) => keys.every((key) => same(other?.[key], (item as Json)?.[key])));
}

function invalid(field: string, type: string, detail: string): StatusCause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(type)}: ${detail}`,
    field,
  };
}

function breach(rule: Rule, path: string, type: string, detail: string): StatusCause {
  const field = path === '' ? '<nil>' : path;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return { reason: rule.reason, message: `Forbidden: ${detail}`, field };
    case 'FieldValueRequired':
      return { reason: rule.reason, message: `Required value: ${detail}`, field };
    case 'FieldValueDuplicate':
      return { reason: rule.reason, message: `Duplicate value: ${JSON.stringify(type)}`, field };
    default:
      return invalid(field, type, detail);
  }
}

function failureOf(rule: Rule, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  const shown = rule.message?.trim() || rule.rule.trim();
  if (error instanceof CostError) {
    return `'${why}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`;
  }
  if (why.startsWith('no such overload')) {
    return `'${why}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`;
  }
  return `${why} evaluating rule: ${shown}`;
}

const longestMessage = 5 * 1024;

function messageOf(rule: Rule, variables: Json, budget: Budget): string {
  if (typeof rule.messageExpression === 'string' && rule.messageExpression !== '') {
    try {
      const made = ruleEnvironment().compile(rule.messageExpression).evaluate(variables, budget);
      const text = typeof made === 'string' ? made.trim() : '';
      if (text !== '' && !text.includes('\n') && text.length <= longestMessage) return text;
    } catch {
      // The plain message will do: it is what the definition's author has given for that.
    }
  }
  return rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
}
