/**
 * ValidatingAdmissionPolicy: expressions that must hold, or else the request is refused, its sender
 * warned, or the audit log told.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type { Validation } from '../../../api/expressions/policy-spec.ts';
import { ApiError, apiError, type StatusReason } from '../../../api/status.ts';
import type { Registry } from '../../registry/registry.ts';
import { forbidden } from '../../verbs/errors.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import { isExempt } from '../dynamic/match.ts';
import { show } from '../dynamic/shown.ts';
import type { Authorizes } from '../dynamic/variables.ts';
import { Evaluation } from './evaluation.ts';
import { paramsOf } from './params.ts';
import { type Binding, type Concern, concernsOf, type Policy } from './policy.ts';

const longestMessage = 5 * 1024;
const longestNote = 10 * 1024;

/** A validation that does not hold, or that could not be evaluated. */
interface Decision {
  readonly policy: Policy;
  readonly binding: Binding;
  readonly message: string;
  readonly reason?: string;
  readonly index?: number;
  /** The binding cannot be put to use: refused whatever its actions are. */
  readonly unusable?: true;
}

export function validatingPolicies(authorizer: Authorizes): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(attributes, registry) {
      if (isExempt(attributes.served)) return;
      const concerns = concernsOf(registry, 'validating', attributes);
      if (concerns.length === 0) return;
      return validateAll(registry, attributes, authorizer, concerns);
    },
  };
}

async function validateAll(
  registry: Registry,
  attributes: Attributes,
  authorizer: Authorizes,
  concerns: readonly Concern[],
): Promise<void> {
  const denied: Decision[] = [];
  const audited: Decision[] = [];
  const notes: Notes = new Map();
  for (const concern of concerns) {
    for (const decision of await decide(registry, attributes, authorizer, concern, notes)) {
      actOn(attributes, decision, denied, audited);
    }
  }
  for (const [key, values] of notes) attributes.call.annotate?.(key, [...values].join(', '));
  if (audited.length > 0) annotate(attributes, audited);
  const [first] = denied;
  if (first !== undefined) throw refusal(attributes, first);
}

async function decide(
  registry: Registry,
  attributes: Attributes,
  authorizer: Authorizes,
  concern: Concern,
  notes: Notes,
): Promise<Decision[]> {
  const { policy, binding, target } = concern;
  const failed = (message: string, more: Partial<Decision> = {}): Decision[] =>
    policy.spec.failurePolicy === 'Ignore' ? [] : [{ policy, binding, message, ...more }];
  const decisions: Decision[] = [];
  try {
    const shown = await show(attributes, target);
    for (const params of await paramsOf(registry, attributes, policy, binding)) {
      const evaluation = new Evaluation(registry, attributes, shown, authorizer, policy, params);
      const matched = evaluation.conditions();
      if (matched.outcome === 'error') decisions.push(...failed(matched.message));
      if (matched.outcome !== 'yes') continue;
      for (const [index, validation] of (policy.spec.validations ?? []).entries()) {
        const result = evaluation.evaluate(validation.expression);
        if (!result.ok) decisions.push(...failed(result.message, { index }));
        else if (result.value !== true) {
          const { reason } = validation;
          const message = messageOf(evaluation, validation);
          const named = reason === undefined ? {} : { reason };
          decisions.push({ policy, binding, message, ...named, index });
        }
      }
      decisions.push(...audit(policy, evaluation, notes, failed));
    }
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return failed(`failed to configure binding: ${why}`, { unusable: true });
  }
  return decisions;
}

/** The message that an expression makes, or else the plain one, or else the expression itself. */
function messageOf(evaluation: Evaluation, validation: Validation): string {
  const { expression, message, messageExpression } = validation;
  if (messageExpression !== undefined && messageExpression !== '') {
    const made = evaluation.evaluate(messageExpression);
    if (made.ok && typeof made.value === 'string') {
      const text = made.value.trim();
      if (text !== '' && !text.includes('\n') && text.length <= longestMessage) return text;
    }
  }
  return message?.trim() || `failed expression: ${expression.trim()}`;
}

/** What the audit log is to have, by key: each value once, of all bindings and parameters. */
type Notes = Map<string, Set<string>>;

function audit(
  policy: Policy,
  evaluation: Evaluation,
  notes: Notes,
  failed: (message: string, more: Partial<Decision>) => Decision[],
): Decision[] {
  const decisions: Decision[] = [];
  for (const { key, valueExpression } of policy.spec.auditAnnotations ?? []) {
    const made = evaluation.evaluate(valueExpression);
    if (!made.ok) decisions.push(...failed(made.message, { unusable: true }));
    else if (typeof made.value === 'string' && made.value.trim() !== '') {
      const name = `${policy.metadata.name}/${key}`;
      const values = notes.get(name) ?? new Set();
      notes.set(name, values.add(made.value.trim().slice(0, longestNote)));
    }
  }
  return decisions;
}

function actOn(
  { call }: Attributes,
  decision: Decision,
  denied: Decision[],
  audited: Decision[],
): void {
  if (decision.unusable === true) {
    denied.push(decision);
    return;
  }
  const actions = decision.binding.spec.validationActions ?? [];
  if (actions.includes('Deny')) denied.push(decision);
  if (actions.includes('Audit')) audited.push(decision);
  if (actions.includes('Warn')) {
    const { policy, binding, message } = decision;
    call.warn(
      `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`,
    );
  }
}

function annotate({ call }: Attributes, audited: readonly Decision[]): void {
  const failures = audited.map(({ policy, binding, message, index }) => ({
    message,
    policy: policy.metadata.name,
    binding: binding.metadata.name,
    expressionIndex: index,
    validationActions: binding.spec.validationActions,
  }));
  call.annotate?.(
    'validation.policy.admission.k8s.io/validation_failure',
    JSON.stringify(failures),
  );
}

function refusal(attributes: Attributes, { policy, binding, message, reason }: Decision): ApiError {
  const why = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`;
  return policyRefusal(attributes, why, reason);
}

const reasons: readonly StatusReason[] = [
  'Unauthorized',
  'Forbidden',
  'Invalid',
  'RequestEntityTooLarge',
];

/** Worded as forbidden, but of the reason that the policy gives; Invalid if it gives none. */
export function policyRefusal(
  { served, place }: Attributes,
  why: string,
  given: string | undefined,
): ApiError {
  const { status } = forbidden(served, place.name, why);
  const reason = reasons.find((known) => known === given) ?? 'Invalid';
  const { status: base } = apiError(reason, status.message ?? '');
  return new ApiError({
    ...base,
    details: { ...status.details, causes: [{ message: why }] },
  });
}
