/** Whether the rules of a schema can be compiled, and name only fields that there are. */
import { CelCompileError, CelEnvironment, namesIn } from '../cel/environment.ts';
import { checkExpression } from '../expressions/expression.ts';
import type { Schema } from '../schema.ts';
import type { Problems } from '../validation/problems.ts';
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

/** What is wrong with the rules of one place in a schema. */
export function checkRuleTexts(
  schema: CustomSchema,
  { path, whole, mixed }: RulePlace,
  problems: Problems,
): void {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly Rule[];
  const seen = whole ? withMetadata(schema) : schema;
  for (const [index, rule] of rules.entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const known: Readonly<Record<string, Schema>> =
      rule.optionalOldSelf === true ? { self: seen } : { self: seen, oldSelf: seen };
    if (!rule.rule?.trim()) problems.required(`${at}.rule`, 'rule is not specified');
    else {
      check(rule.rule, 'bool', known, `${at}.rule`, problems);
      checkMessage(rule, `${at}.message`, problems);
    }
    const text = String(rule.messageExpression ?? '');
    if (text !== '' && text.trim() === '') {
      const what = 'messageExpression must be non-empty if specified';
      problems.required(`${at}.messageExpression`, what);
    } else if (text !== '') {
      check(text, 'string', known, `${at}.messageExpression`, problems);
    }
    checkFieldPath(rule, schema, `${at}.fieldPath`, problems);
    if (typeof rule.reason === 'string' && !reasons.includes(rule.reason)) {
      problems.notSupported(`${at}.reason`, rule.reason, reasons);
    }
    const usesOld = namesOld(rule.rule);
    if (usesOld && mixed !== undefined) {
      const what = 'oldSelf cannot be used on the uncorrelatable portion of the schema within';
      problems.invalid(`${at}.rule`, rule.rule, `${what} ${mixed}`);
    } else if (usesOld === false && rule.optionalOldSelf !== undefined) {
      const what = 'may not be set if oldSelf is not used in rule';
      problems.invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, what);
    }
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

function check(
  text: string,
  type: string,
  known: Readonly<Record<string, Schema>>,
  field: string,
  problems: Problems,
): void {
  const expected = {
    environment: ruleEnvironment(),
    known,
    resolve: closed,
    types: [type],
    wrongType: () =>
      `${type === 'bool' ? 'cel expression' : 'messageExpression'} must evaluate to a ${type}`,
  };
  checkExpression(text, expected, field, problems);
}

/** In a structural schema an object has no members but those that the schema tells of. */
function closed(schema: Schema): Schema {
  const { type, properties, additionalProperties } = schema;
  const isBare =
    type === 'object' && properties === undefined && additionalProperties === undefined;
  return isBare ? { ...schema, properties: {} } : schema;
}

const text: Schema = { type: 'string' };

/** What rules on a whole object may use besides its schema. */
function withMetadata(schema: CustomSchema): Schema {
  const metadata: Schema = { type: 'object', properties: { name: text, generateName: text } };
  return {
    ...schema,
    properties: { ...schema.properties, apiVersion: text, kind: text, metadata },
  };
}
