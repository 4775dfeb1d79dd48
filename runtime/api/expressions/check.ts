/**
 * Whether the expressions of policies, webhooks and claims of devices can be compiled, checked when
 * they are written.
 */
import type { CelType } from '../cel/types.ts';
import type { KubeObject } from '../object.ts';
import type { StatusCause } from '../status.ts';
import { checkQualifiedName } from '../validation/names.ts';
import { Problems } from '../validation/problems.ts';
import { checkName, indexed, list, record, same } from '../validation/values.ts';
import { checkSelectors } from './devices.ts';
import {
  namespaceType,
  policyEnvironment,
  requestType,
  webhookEnvironment,
} from './environments.ts';
import { checkExpression, type Expected, typeOf } from './expression.ts';
import type { MatchCondition, PolicyExpressions } from './policy-spec.ts';

const mostConditions = 64;

/**
 * What is wrong with the expressions of an object of any kind. Those that an update keeps pass;
 * `previous` is undefined on create.
 */
export function checkExpressions(
  object: KubeObject,
  previous: KubeObject | undefined,
): StatusCause[] {
  const problems = new Problems();
  const { apiVersion, kind } = object;
  if (apiVersion.startsWith('admissionregistration.k8s.io/')) {
    if (kind === 'ValidatingAdmissionPolicy' || kind === 'MutatingAdmissionPolicy') {
      const spec = record(specOf(object));
      if (spec !== undefined && !same(spec, previous && specOf(previous))) {
        checkPolicy(spec, problems);
      }
    } else if (kind.endsWith('WebhookConfiguration')) checkWebhooks(object, previous, problems);
  } else if (apiVersion.startsWith('resource.k8s.io/')) checkSelectors(object, previous, problems);
  return problems.causes;
}

function specOf(object: KubeObject): PolicyExpressions | undefined {
  return (object as { spec?: PolicyExpressions }).spec;
}

type Webhook = { name: string; matchConditions?: readonly MatchCondition[] };

function checkWebhooks(
  object: KubeObject,
  previous: KubeObject | undefined,
  problems: Problems,
): void {
  const of = (from: KubeObject | undefined) =>
    (from as { webhooks?: readonly Webhook[] } | undefined)?.webhooks;
  for (const [index, { name, matchConditions }] of indexed(of(object))) {
    const old = list(of(previous)).find((webhook) => webhook.name === name)?.matchConditions;
    if (previous !== undefined && same(matchConditions, old)) continue;
    const at = `webhooks[${index}].matchConditions`;
    const known = { request: requestType };
    const expected = { environment: webhookEnvironment(), known, types: ['bool'] };
    checkConditions(matchConditions, expected, at, problems);
  }
}

function checkConditions(
  conditions: readonly MatchCondition[] | undefined,
  expected: Expected,
  field: string,
  problems: Problems,
): void {
  const count = list(conditions).length;
  if (count > mostConditions) problems.tooMany(field, count, mostConditions);
  const names = new Set<string>();
  for (const [index, { name, expression }] of indexed(conditions)) {
    const at = `${field}[${index}]`;
    checkText(expression, '', expected, `${at}.expression`, problems);
    if (!name) problems.required(`${at}.name`);
    else {
      checkName(name, checkQualifiedName, `${at}.name`, problems);
      if (names.has(name)) problems.duplicate(`${at}.name`, name);
      names.add(name);
    }
  }
}

/** An expression that has to be there. */
function checkText(
  expression: unknown,
  whyRequired: string,
  expected: Expected,
  field: string,
  problems: Problems,
): void {
  const given = expression ?? '';
  if (typeof given !== 'string') return;
  if (given.trim() === '') problems.required(field, whyRequired);
  else checkExpression(given, expected, field, problems);
}

/** Words of the language, which name nothing. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

function checkPolicy(spec: PolicyExpressions, problems: Problems): void {
  const params = spec.paramKind !== undefined && spec.paramKind !== null;
  const known = { request: requestType, namespaceObject: namespaceType };
  const conditions = {
    environment: policyEnvironment({ params, variables: false, authorizer: true }),
    known,
    types: ['bool'],
  };
  checkConditions(spec.matchConditions, conditions, 'spec.matchConditions', problems);
  const variables = list(spec.variables).length > 0;
  const names = { params, variables, authorizer: true };
  const composed = checkVariables(spec, { ...conditions, known }, names, problems);
  const expected = {
    environment: policyEnvironment(names),
    known: { ...known, variables: composed },
  };
  checkResults(spec, expected, { ...names, authorizer: false }, problems);
}

/** Each may use those before it. The result is what `variables` is to what comes after them. */
function checkVariables(
  { variables }: PolicyExpressions,
  { known }: Expected,
  names: { params: boolean; variables: boolean; authorizer: boolean },
  problems: Problems,
): CelType {
  const environment = policyEnvironment(names);
  const fields = new Map<string, CelType>();
  const composed: CelType = { kind: 'object', fields };
  for (const [index, { name, expression }] of indexed(variables)) {
    const at = `spec.variables[${index}]`;
    if (typeof name === 'string' && name.trim() !== '') {
      if (!/^[_a-zA-Z]\w*$/.test(name) || reserved.has(name)) {
        problems.invalid(`${at}.name`, name, 'name is not a valid CEL identifier');
      }
    }
    const variablesSoFar = { ...known, variables: composed };
    const expected = { environment, known: variablesSoFar, types: ['any'] };
    checkText(expression, 'expression is not specified', expected, `${at}.expression`, problems);
    if (typeof name !== 'string' || typeof expression !== 'string') continue;
    fields.set(name, typeOf(expression, environment, variablesSoFar));
  }
  return composed;
}

/** What a policy is for: its validations, annotations and mutations. */
function checkResults(
  spec: PolicyExpressions,
  expected: Omit<Expected, 'types'>,
  inMessages: { params: boolean; variables: boolean; authorizer: boolean },
  problems: Problems,
): void {
  const check = (text: unknown, types: readonly string[], field: string, why: string) =>
    checkText(text, why, { ...expected, types }, field, problems);
  for (const [index, validation] of indexed(spec.validations)) {
    const at = `spec.validations[${index}]`;
    check(validation.expression, ['bool'], `${at}.expression`, 'expression is not specified');
    const message = validation.messageExpression;
    if (typeof message !== 'string' || message.trim() === '') continue;
    const environment = policyEnvironment(inMessages);
    const text = { ...expected, environment, types: ['string'] };
    checkExpression(message, text, `${at}.messageExpression`, problems);
  }
  for (const [index, annotation] of indexed(spec.auditAnnotations)) {
    const at = `spec.auditAnnotations[${index}].valueExpression`;
    const why = 'valueExpression is not specified';
    check(annotation.valueExpression, ['string', 'null'], at, why);
  }
  for (const [index, mutation] of indexed(spec.mutations)) {
    const at = `spec.mutations[${index}]`;
    const { patchType, jsonPatch, applyConfiguration } = mutation;
    if (patchType === 'JSONPatch') {
      check(jsonPatch?.expression, ['list'], `${at}.jsonPatch.expression`, '');
    } else if (patchType === 'ApplyConfiguration') {
      check(applyConfiguration?.expression, ['map'], `${at}.applyConfiguration.expression`, '');
    }
  }
}
