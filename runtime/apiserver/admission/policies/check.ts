/**
 * Whether the expressions of policies, webhooks and their match conditions can be compiled, checked
 * when they are written.
 */
import type { CelEnvironment } from '../../../api/cel/environment.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { StatusCause } from '../../../api/status.ts';
import { Problems } from '../../../api/validation/problems.ts';
import { sameJson } from '../../registry/json.ts';
import type { MatchCondition } from '../dynamic/conditions.ts';
import { environments } from '../dynamic/variables.ts';
import { environmentOf } from './evaluation.ts';
import type { Policy, PolicySpec } from './policy.ts';

const group = 'admissionregistration.k8s.io/';
const mostConditions = 64;

/** What is wrong with the expressions of an object of any kind; those that an update keeps pass. */
export function checkExpressions(
  object: KubeObject,
  previous: KubeObject | undefined,
): StatusCause[] {
  if (!object.apiVersion.startsWith(group)) return [];
  const problems = new Problems();
  const { kind } = object;
  if (kind === 'ValidatingAdmissionPolicy' || kind === 'MutatingAdmissionPolicy') {
    const { spec } = object as Policy;
    if (spec !== undefined && !sameJson(spec, (previous as Policy | undefined)?.spec)) {
      checkPolicy(spec, problems);
    }
  } else if (kind.endsWith('WebhookConfiguration')) {
    checkWebhooks(object, previous, problems);
  }
  return problems.causes;
}

interface Webhooks {
  readonly webhooks?: readonly { name: string; matchConditions?: readonly MatchCondition[] }[];
}

function checkWebhooks(
  object: KubeObject,
  previous: KubeObject | undefined,
  problems: Problems,
): void {
  const before = (previous as Webhooks | undefined)?.webhooks ?? [];
  for (const [index, { name, matchConditions }] of (
    (object as Webhooks).webhooks ?? []
  ).entries()) {
    if (matchConditions === undefined) continue;
    const old = before.find((webhook) => webhook.name === name)?.matchConditions;
    if (sameJson(matchConditions, old)) continue;
    const at = `webhooks[${index}].matchConditions`;
    checkConditions(matchConditions, environments().webhook, at, problems);
  }
}

function checkConditions(
  conditions: readonly MatchCondition[],
  environment: CelEnvironment,
  field: string,
  problems: Problems,
): void {
  if (conditions.length > mostConditions) {
    problems.tooMany(field, conditions.length, mostConditions);
  }
  const names = new Set<string>();
  for (const [index, { name, expression }] of conditions.entries()) {
    const at = `${field}[${index}]`;
    if (!name) problems.required(`${at}.name`);
    else if (names.has(name)) problems.duplicate(`${at}.name`, name);
    names.add(name);
    checkExpression(expression, environment, ['bool'], `${at}.expression`, problems);
  }
}

function checkPolicy(spec: PolicySpec, problems: Problems): void {
  const environment = environmentOf(spec);
  const check = (text: string | undefined, types: readonly string[], field: string) =>
    checkExpression(text ?? '', environment, types, field, problems);
  checkConditions(spec.matchConditions ?? [], environment, 'spec.matchConditions', problems);
  for (const [index, { name, expression }] of (spec.variables ?? []).entries()) {
    const at = `spec.variables[${index}]`;
    if (!/^[_a-zA-Z]\w*$/.test(name)) {
      problems.invalid(`${at}.name`, name, 'name is not a valid CEL identifier');
    }
    check(expression, ['any'], `${at}.expression`);
  }
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    const at = `spec.validations[${index}]`;
    check(validation.expression, ['bool'], `${at}.expression`);
    if (validation.messageExpression) {
      check(validation.messageExpression, ['string'], `${at}.messageExpression`);
    }
  }
  for (const [index, annotation] of (spec.auditAnnotations ?? []).entries()) {
    const at = `spec.auditAnnotations[${index}].valueExpression`;
    check(annotation.valueExpression, ['string', 'null'], at);
  }
  for (const [index, mutation] of (spec.mutations ?? []).entries()) {
    const at = `spec.mutations[${index}]`;
    if (mutation.patchType === 'JSONPatch') {
      check(mutation.jsonPatch?.expression, ['list'], `${at}.jsonPatch.expression`);
    } else {
      check(
        mutation.applyConfiguration?.expression,
        ['map'],
        `${at}.applyConfiguration.expression`,
      );
    }
  }
}

function checkExpression(
  expression: string,
  environment: CelEnvironment,
  types: readonly string[],
  field: string,
  problems: Problems,
): void {
  if (!expression?.trim()) {
    problems.required(field, '');
    return;
  }
  try {
    const { type } = environment.compile(expression);
    const fits = (wanted: string) =>
      wanted === 'any' || type === wanted || type.startsWith(`${wanted}<`) || isOpen(type);
    if (types.some(fits)) return;
    const wanted = types.map((name) => (name === 'null' ? 'null_type' : name));
    const what = wanted.length === 1 ? `${wanted[0]}` : `one of [${wanted.join(' ')}]`;
    problems.invalid(field, expression, `must evaluate to ${what}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.invalid(field, expression, `compilation failed: ${why}`);
  }
}

/** Only evaluation will show what it is. */
function isOpen(type: string): boolean {
  return type === 'dyn' || type.startsWith('dyn<');
}
