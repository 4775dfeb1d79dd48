/** Whether the rules of a schema can be compiled, and name only fields that there are. */
import { CelCompileError, CelEnvironment, namesIn } from '../cel/environment.ts';
import type { CelType } from '../cel/types.ts';
import { checkExpression } from '../expressions/expression.ts';
import type { Schema } from '../schema.ts';
import type { Problems } from '../validation/problems.ts';
import { type Declared, declaredOf, ruleVariables } from './cost/declared.ts';
import type { CustomSchema } from './definition.ts';
import { fieldPathOf } from './field-path.ts';

export type Rule = NonNullable<Schema['x-kubernetes-validations']>[number] & {
  readonly optionalOldSelf?: boolean;
  readonly fieldPath?: string;
};

let environment: CelEnvironment | undefined;

/** Where rules and their messages are compiled. */
export function ruleEnvironment(): CelEnvironment {
  environment ??= new CelEnvironment({ self: 'dyn', oldSelf: 'dyn' });
  return environment;
}

const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];

/** Where in a schema rules stand. */
export interface RulePlace {
  readonly path: string;
  /** Of an object with apiVersion, kind and metadata. */
  readonly whole: boolean;
  /** The list above whose items cannot be told apart between an object and what it was before. */
  readonly mixed?: string | undefined;
}

/**
 * What is wrong with the rules of one place in a schema.
 * @param isSound nothing else is wrong with the schema; else what has no type yet may be anything
 */
export function checkRuleTexts(
  schema: CustomSchema,
  place: RulePlace,
  isSound: boolean,
  problems: Problems,
): void {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
  if (rules.length === 0) return;
  const path = `${place.path}.x-kubernetes-validations`;
  for (const [index, rule] of rules.entries()) {
    checkShape(rule, schema, `${path}[${index}]`, problems);
  }
  const unknown: Declared = { kind: 'any', most: 0, least: 0 };
  const self = declaredOf(schema, place.whole, isSound ? undefined : unknown);
  if (self === undefined) {
    const why = 'unable to convert structural schema to CEL declarations';
    const what = `internal error: failed to construct type information for x-kubernetes-validations rules: ${why}`;
    problems.internal(path, what);
    return;
  }
  for (const [index, rule] of rules.entries()) {
    const variables = ruleVariables(self, rule.optionalOldSelf === true);
    checkExpressions(rule, variables, `${path}[${index}]`, problems);
    checkOldSelf(rule, place.mixed, `${path}[${index}]`, problems);
  }
}

function checkShape(rule: Rule, schema: CustomSchema, at: string, problems: Problems): void {
  if (!rule.rule?.trim()) problems.required(`${at}.rule`, 'rule is not specified');
  else checkMessage(rule, `${at}.message`, problems);
  const text = String(rule.messageExpression ?? '');
  if (text !== '' && text.trim() === '') {
    const what = 'messageExpression must be non-empty if specified';
    problems.required(`${at}.messageExpression`, what);
  }
  checkFieldPath(rule, schema, `${at}.fieldPath`, problems);
  if (typeof rule.reason === 'string' && !reasons.includes(rule.reason)) {
    problems.notSupported(`${at}.reason`, rule.reason, reasons);
  }
}

function checkExpressions(
  rule: Rule,
  known: Readonly<Record<string, CelType>>,
  at: string,
  problems: Problems,
): void {
  if (!rule.rule?.trim()) return;
  const expected = { environment: ruleEnvironment(), known, quoted: quoted(rule) };
  const ofRule = {
    ...{ ...expected, types: ['bool'] },
    wrongType: () => 'cel expression must evaluate to a bool',
  };
  // The message of a rule that is none would never be read.
  if (!checkExpression(rule.rule, ofRule, `${at}.rule`, problems)) return;
  const message = String(rule.messageExpression ?? '');
  if (message.trim() === '') return;
  const ofMessage = {
    ...{ ...expected, types: ['string'], failed: 'messageExpression compilation failed' },
    wrongType: () => 'messageExpression must evaluate to a string',
  };
  checkExpression(message, ofMessage, `${at}.messageExpression`, problems);
}

/**
 * A rule as the original quotes it: all of it, in the order and under the names of its struct, which are
 * not those of the API (`apiextensions.ValidationRule`).
 */
function quoted(rule: Rule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

function checkOldSelf(rule: Rule, mixed: string | undefined, at: string, problems: Problems): void {
  const usesOld = namesOld(rule.rule);
  if (usesOld && mixed !== undefined) {
    const what = 'oldSelf cannot be used on the uncorrelatable portion of the schema within';
    problems.invalid(`${at}.rule`, rule.rule, `${what} ${mixed}`);
  } else if (usesOld === false && rule.optionalOldSelf !== undefined) {
    const what = 'may not be set if oldSelf is not used in rule';
    problems.invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, what);
  }
}

/** Messages are one line, and stand in for rules that are more than one. */
function checkMessage({ rule, message = '' }: Rule, field: string, problems: Problems): void {
  const isLong = (text: string) => /[\n\r]/.test(text.trim());
  if (message !== '' && message.trim() === '') {
    problems.invalid(field, message, 'message must be non-empty if specified');
  } else if (isLong(message)) {
    problems.invalid(field, message, 'message must not contain line breaks');
  } else if (isLong(rule) && message === '') {
    problems.required(field, 'message must be specified if rule contains line breaks');
  }
}

function checkFieldPath(
  { fieldPath = '' }: Rule,
  schema: CustomSchema,
  field: string,
  problems: Problems,
): void {
  if (fieldPath === '') return;
  if (fieldPath.trim() === '') {
    problems.invalid(field, fieldPath, 'fieldPath must be non-empty if specified');
  }
  if (/[\n\r]/.test(fieldPath)) {
    problems.invalid(field, fieldPath, 'fieldPath must not contain line breaks');
  }
  const found = fieldPathOf(fieldPath, schema);
  if ('problem' in found) {
    problems.invalid(field, fieldPath, `fieldPath must be a valid path: ${found.problem}`);
  }
}

/** Undefined for what cannot be compiled. */
function namesOld(rule: string): boolean | undefined {
  if (typeof rule !== 'string' || !rule.trim()) return undefined;
  try {
    return namesIn(ruleEnvironment().compile(rule)).has('oldSelf');
  } catch (error) {
    if (error instanceof CelCompileError) return undefined;
    throw error;
  }
}
