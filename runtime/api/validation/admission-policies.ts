/** Admission policies and their bindings; what their expressions say is checked in `../expressions`. */
import type { KubeObject } from '../object.ts';
import { type Rule, validateRules } from './admission-rules.ts';
import { checkLabel1035, checkPathSegment, checkQualifiedName, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import { checkName, indexed, isRecord, labelSelector, list, oneOf, record } from './values.ts';

interface Match {
  resourceRules?: Rule[];
  excludeResourceRules?: Rule[];
  namespaceSelector?: object;
  objectSelector?: object;
  matchPolicy?: string;
}

interface Validation {
  expression?: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
}

interface AdmissionPolicy extends KubeObject {
  spec?: {
    validations?: Validation[];
    auditAnnotations?: { key?: string; valueExpression?: string }[];
    variables?: { name?: string; expression?: string }[];
    matchConstraints?: Match;
    paramKind?: { apiVersion?: string; kind?: string };
    failurePolicy?: string;
  };
}

const maxAnnotations = 20;

/** All but what its expressions say, which `../expressions` checks. */
export function validateAdmissionPolicy(policy: AdmissionPolicy, problems: Problems): void {
  const spec = record(policy.spec) ?? {};
  if (list(spec.validations).length === 0 && list(spec.auditAnnotations).length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    problems.required('spec.validations', detail);
    problems.required('spec.auditAnnotations', detail);
  }
  validatePolicyParts(policy, problems);
  for (const [i, validation] of indexed(spec.validations)) {
    validateMessages(validation, `spec.validations[${i}]`, problems);
  }
  validateAuditAnnotations(policy, problems);
}

function validateMessages(
  { message, messageExpression, reason }: Validation,
  field: string,
  problems: Problems,
): void {
  const trimmed = typeof message === 'string' ? message.trim() : '';
  if (messageExpression && messageExpression.trim?.() === '') {
    const why = 'must be non-empty if specified';
    problems.invalid(`${field}.messageExpression`, messageExpression, why);
  }
  if (message && trimmed === '') {
    problems.invalid(`${field}.message`, message, 'message must be non-empty if specified');
  } else if (/[\n\r]/.test(trimmed)) {
    problems.invalid(`${field}.message`, message, 'message must not contain line breaks');
  }
  const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
  oneOf(reason, reasons, `${field}.reason`, problems);
}

function validateAuditAnnotations({ metadata, spec }: AdmissionPolicy, problems: Problems): void {
  const annotations = list(spec?.auditAnnotations);
  if (annotations.length > maxAnnotations) {
    const why = `must not have more than ${maxAnnotations} auditAnnotations`;
    problems.invalid('spec.auditAnnotations', annotations, why);
  }
  const keys = new Set<string>();
  for (const [i, { key = '' }] of indexed(spec?.auditAnnotations)) {
    const at = `spec.auditAnnotations[${i}].key`;
    if (typeof key !== 'string') continue;
    if (!metadata?.name) problems.invalid(at, key, 'requires metadata.name be non-empty');
    else checkName(`${metadata.name}/${key}`, checkQualifiedName, at, problems);
    if (keys.has(key)) problems.duplicate(at, key);
    keys.add(key);
  }
}

/** What policies that validate and policies that mutate have alike. */
function validatePolicyParts({ spec }: AdmissionPolicy, problems: Problems): void {
  const { variables, failurePolicy, paramKind, matchConstraints } = record(spec) ?? {};
  oneOf(failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy', problems);
  if (isRecord(paramKind)) validateParamKind(paramKind, problems);
  if (!isRecord(matchConstraints)) problems.required('spec.matchConstraints');
  else {
    const match = matchConstraints as Match;
    validateMatch(match, 'spec.matchConstraints', problems);
    if (list(match.resourceRules).length === 0) {
      problems.required('spec.matchConstraints.resourceRules');
    }
  }
  for (const [i, { name }] of indexed(variables)) {
    if (name === undefined || (typeof name === 'string' && name.trim() === '')) {
      problems.required(`spec.variables[${i}].name`, 'name is not specified');
    }
  }
}

function validateMatch(match: Match, field: string, problems: Problems): void {
  oneOf(match.matchPolicy, ['Equivalent', 'Exact'], `${field}.matchPolicy`, problems);
  labelSelector(match.namespaceSelector, `${field}.namespaceSelector`, problems);
  labelSelector(match.objectSelector, `${field}.objectSelector`, problems);
  for (const name of ['resourceRules', 'excludeResourceRules'] as const) {
    validateRules(match[name], `${field}.${name}`, problems);
    for (const [i, rule] of indexed(match[name])) {
      for (const [j, resource] of list(rule.resourceNames).entries()) {
        const at = `${field}.${name}[${i}].resourceNames[${j}]`;
        checkName(resource, checkPathSegment, at, problems);
        if (list(rule.resourceNames).indexOf(resource) < j) problems.duplicate(at, resource);
      }
    }
  }
}

function validateParamKind(
  { apiVersion, kind }: { apiVersion?: string; kind?: string },
  problems: Problems,
): void {
  const at = 'spec.paramKind';
  if (!apiVersion) problems.required(`${at}.apiVersion`);
  else if (typeof apiVersion === 'string') {
    const parts = apiVersion.split('/');
    const [group, version] = parts.length === 1 ? ['', parts[0]] : parts;
    if (parts.length > 2) {
      const why = `unexpected GroupVersion string: ${apiVersion}`;
      problems.invalid(`${at}.apiVersion`, apiVersion, why);
    } else {
      if (group) {
        const why = checkSubdomain(group).join(',');
        if (why !== '') problems.invalid(`${at}.apiVersion`, group, why);
      }
      if (!version) problems.invalid(`${at}.apiVersion`, apiVersion, 'version must be specified');
      else {
        const why = checkLabel1035(version).join(',');
        if (why !== '') problems.invalid(`${at}.apiVersion`, version, why);
      }
    }
  }
  if (!kind) problems.required(`${at}.kind`);
  else if (typeof kind === 'string') {
    const why = checkLabel1035(kind.toLowerCase()).join(',');
    const what = `may have mixed case, but should otherwise match: ${why}`;
    if (why !== '') problems.invalid(`${at}.kind`, kind, what);
  }
}

interface MutatingPolicy extends AdmissionPolicy {
  spec?: AdmissionPolicy['spec'] & {
    reinvocationPolicy?: string;
    mutations?: { patchType?: string }[];
  };
}

export function validateMutatingPolicy(policy: MutatingPolicy, problems: Problems): void {
  const spec = record(policy.spec) ?? {};
  validatePolicyParts(policy, problems);
  if (!spec.reinvocationPolicy) problems.required('spec.reinvocationPolicy');
  else oneOf(spec.reinvocationPolicy, ['IfNeeded', 'Never'], 'spec.reinvocationPolicy', problems);
  for (const [i, mutation] of indexed(spec.mutations)) {
    const at = `spec.mutations[${i}].patchType`;
    if (!mutation.patchType) problems.required(at);
    else oneOf(mutation.patchType, ['ApplyConfiguration', 'JSONPatch'], at, problems);
  }
  if (list(spec.mutations).length === 0) {
    problems.required('spec.mutations', 'mutations must contain at least one item');
  }
}

interface ParamRef {
  name?: string;
  selector?: object;
  parameterNotFoundAction?: string;
}

function validateParamRef(
  { name, selector, parameterNotFoundAction: action }: ParamRef,
  problems: Problems,
): void {
  const at = 'spec.paramRef';
  const both = 'name and selector are mutually exclusive';
  const selects = isRecord(selector);
  if (name) {
    checkName(name, checkPathSegment, `${at}.name`, problems);
    if (selects) problems.forbidden(`${at}.name`, both);
  }
  if (selects) {
    labelSelector(selector, `${at}.selector`, problems);
    if (name) problems.forbidden(`${at}.selector`, both);
  }
  if (!name && !selects) problems.required(at, 'one of name or selector must be specified');
  if (!action) problems.required(`${at}.parameterNotFoundAction`);
  else oneOf(action, ['Deny', 'Allow'], `${at}.parameterNotFoundAction`, problems);
}

interface AdmissionPolicyBinding extends KubeObject {
  spec?: {
    policyName?: string;
    validationActions?: string[];
    paramRef?: ParamRef;
    matchResources?: Match;
  };
}

export function validateAdmissionPolicyBinding(
  binding: AdmissionPolicyBinding,
  problems: Problems,
): void {
  const spec = record(binding.spec) ?? {};
  if (!spec.policyName) problems.required('spec.policyName');
  else checkName(spec.policyName, checkSubdomain, 'spec.policyName', problems);
  const params = record(spec.paramRef);
  if (params !== undefined) validateParamRef(params, problems);
  const match = record(spec.matchResources);
  if (match !== undefined) validateMatch(match, 'spec.matchResouces', problems);
  if (binding.kind !== 'ValidatingAdmissionPolicyBinding') return;
  const actions = list(spec.validationActions);
  if (actions.length === 0)
    problems.required('spec.validationActions', 'at least one validation action is required');
  for (const [i, action] of actions.entries()) {
    oneOf(action, ['Audit', 'Deny', 'Warn'], `spec.validationActions[${i}]`, problems);
    if (actions.indexOf(action) < i) problems.duplicate(`spec.validationActions[${i}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    problems.invalid(
      'spec.validationActions',
      actions,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    );
  }
}
