/** Webhooks, admission policies, API services. */
import type { KubeObject } from '../object.ts';
import type { admission } from '../types.ts';
import { checkLabel, checkLabel1035, checkSubdomain } from './names.ts';
import type { Problems } from './problems.ts';
import {
  checkName,
  indexed,
  inRange,
  isRecord,
  labelSelector,
  list,
  oneOf,
  portNumber,
  record,
} from './values.ts';

type Webhook = admission.ValidatingWebhook & { reinvocationPolicy?: string };

export function validateWebhooks(
  configuration: { webhooks?: Webhook[] },
  problems: Problems,
): void {
  const names = new Set<string>();
  for (const [i, webhook] of indexed(configuration.webhooks)) {
    const at = `webhooks[${i}]`;
    validateWebhookName(webhook.name, `${at}.name`, problems);
    if (names.has(webhook.name)) problems.duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
    validateReviewVersions(
      webhook.admissionReviewVersions,
      `${at}.admissionReviewVersions`,
      'must specify one of v1, v1beta1',
      problems,
    );
    if (!webhook.sideEffects) {
      problems.required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun');
    } else oneOf(webhook.sideEffects, ['None', 'NoneOnDryRun'], `${at}.sideEffects`, problems);
    oneOf(webhook.failurePolicy, ['Fail', 'Ignore'], `${at}.failurePolicy`, problems);
    oneOf(webhook.matchPolicy, ['Equivalent', 'Exact'], `${at}.matchPolicy`, problems);
    oneOf(webhook.reinvocationPolicy, ['IfNeeded', 'Never'], `${at}.reinvocationPolicy`, problems);
    if (
      webhook.timeoutSeconds !== undefined &&
      (webhook.timeoutSeconds < 1 || webhook.timeoutSeconds > 30)
    ) {
      problems.invalid(
        `${at}.timeoutSeconds`,
        webhook.timeoutSeconds,
        'the timeout value must be between 1 and 30 seconds',
      );
    }
    labelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`, problems);
    labelSelector(webhook.objectSelector, `${at}.objectSelector`, problems);
    validateClientConfig(webhook.clientConfig, `${at}.clientConfig`, problems);
    validateWebhookRules(webhook, at, problems);
  }
}

/** Versions of the question that a webhook understands: one of ours among them. */
export function validateReviewVersions(
  given: readonly string[] | undefined,
  field: string,
  whyRequired: string,
  problems: Problems,
): void {
  const versions = list(given);
  if (versions.length === 0) {
    problems.required(field, whyRequired);
    return;
  }
  for (const [i, version] of versions.entries()) {
    const at = `${field}[${i}]`;
    if (versions.indexOf(version) < i) problems.invalid(at, version, 'duplicate version');
    else checkName(version, checkLabel1035, at, problems);
  }
  if (!versions.includes('v1') && !versions.includes('v1beta1')) {
    problems.invalid(field, versions, 'must include at least one of v1, v1beta1');
  }
}

/** A name in somebody's domain: at least three segments. */
function validateWebhookName(name: unknown, field: string, problems: Problems): void {
  if (typeof name !== 'string' || name === '') {
    problems.required(field);
    return;
  }
  checkName(name, checkSubdomain, field, problems);
  if (name.split('.').length < 3) {
    problems.invalid(
      field,
      name,
      'should be a domain with at least three segments separated by dots',
    );
  }
}

/** Where a webhook is: a URL, or a service in the cluster. */
export function validateClientConfig(
  given: admission.WebhookClientConfig | undefined,
  field: string,
  problems: Problems,
): void {
  const config = record(given);
  const service = record(config?.service);
  if ((config?.url === undefined) === (service === undefined)) {
    problems.required(field, 'exactly one of url or service is required');
    return;
  }
  if (config?.url !== undefined && !config.url.startsWith('https://')) {
    problems.invalid(`${field}.url`, config.url, "'https' is the only allowed URL scheme");
  }
  if (service === undefined) return;
  if (!service.name) problems.required(`${field}.service.name`, 'service name is required');
  if (!service.namespace) {
    problems.required(`${field}.service.namespace`, 'service namespace is required');
  }
  portNumber(service.port, `${field}.service.port`, problems);
  validateServicePath(service.path, `${field}.service.path`, problems);
}

/** Each part of the path is like a domain. */
function validateServicePath(path: unknown, field: string, problems: Problems): void {
  if (typeof path !== 'string' || path === '' || path === '/') return;
  if (path === '//') {
    problems.invalid(field, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) problems.invalid(field, path, "must start with a '/'");
  for (const [i, segment] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (segment === '') problems.invalid(field, path, `segment[${i}] may not be empty`);
    else {
      for (const problem of checkSubdomain(segment)) {
        problems.invalid(field, path, `segment[${i}]: ${problem}`);
      }
    }
  }
}

function validateWebhookRules(webhook: Webhook, field: string, problems: Problems): void {
  for (const [i, rule] of indexed(webhook.rules as Record<string, unknown>[] | undefined)) {
    const at = `${field}.rules[${i}]`;
    for (const name of ['apiGroups', 'apiVersions', 'resources', 'operations']) {
      const values = list(rule[name] as string[]);
      if (values.length === 0) problems.required(`${at}.${name}`);
      if (values.length > 1 && values.includes('*') && name !== 'resources') {
        problems.invalid(
          `${at}.${name}`,
          values,
          "if '*' is present, must not specify other values",
        );
      }
    }
    for (const name of ['apiVersions', 'resources']) {
      for (const [j, word] of list(rule[name] as string[]).entries()) {
        if (word === '') problems.required(`${at}.${name}[${j}]`);
      }
    }
    for (const [j, operation] of list(rule.operations as string[]).entries()) {
      oneOf(operation, operations, `${at}.operations[${j}]`, problems);
    }
    oneOf(rule.scope, ['*', 'Cluster', 'Namespaced'], `${at}.scope`, problems);
  }
}

interface AdmissionPolicy extends KubeObject {
  spec?: {
    validations?: { expression?: string }[];
    auditAnnotations?: { key?: string; valueExpression?: string }[];
    variables?: { name?: string; expression?: string }[];
    matchConstraints?: { resourceRules?: unknown[] };
    failurePolicy?: string;
  };
}

export function validateAdmissionPolicy(policy: AdmissionPolicy, problems: Problems): void {
  const spec = record(policy.spec) ?? {};
  if (list(spec.validations).length === 0 && list(spec.auditAnnotations).length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    problems.required('spec.validations', detail);
    problems.required('spec.auditAnnotations', detail);
  }
  for (const [i, annotation] of indexed(spec.auditAnnotations)) {
    if (!annotation.key) problems.required(`spec.auditAnnotations[${i}].key`);
  }
  validatePolicyParts(policy, problems);
  for (const [i, validation] of indexed(spec.validations)) {
    if (!validation.expression?.trim()) {
      problems.required(`spec.validations[${i}].expression`, 'expression is not specified');
    }
  }
  if (!isRecord(spec.matchConstraints)) problems.required('spec.matchConstraints');
  else if (list(spec.matchConstraints.resourceRules as unknown[]).length === 0) {
    problems.required('spec.matchConstraints.resourceRules');
  }
  oneOf(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy', problems);
}

/** What policies that validate and policies that mutate have alike. */
function validatePolicyParts({ spec }: AdmissionPolicy, problems: Problems): void {
  for (const [i, variable] of indexed(record(spec)?.variables)) {
    if (!variable.name) {
      problems.required(`spec.variables[${i}].name`, 'name is not specified');
    }
  }
  const at = 'spec.matchConstraints.resourceRules';
  const rules = record(record(spec)?.matchConstraints)?.resourceRules;
  for (const [i, rule] of indexed(rules as { operations?: string[] }[] | undefined)) {
    for (const [j, operation] of list(rule.operations).entries()) {
      oneOf(operation, operations, `${at}[${i}].operations[${j}]`, problems);
    }
  }
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

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
  if (!isRecord(spec.matchConstraints)) problems.required('spec.matchConstraints');
  else if (list(spec.matchConstraints.resourceRules as unknown[]).length === 0) {
    problems.required('spec.matchConstraints.resourceRules');
  }
  oneOf(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy', problems);
}

interface AdmissionPolicyBinding extends KubeObject {
  spec?: {
    policyName?: string;
    validationActions?: string[];
    paramRef?: { parameterNotFoundAction?: string };
  };
}

export function validateAdmissionPolicyBinding(
  binding: AdmissionPolicyBinding,
  problems: Problems,
): void {
  const spec = record(binding.spec) ?? {};
  if (!spec.policyName) problems.required('spec.policyName');
  else checkName(spec.policyName, checkSubdomain, 'spec.policyName', problems);
  oneOf(
    record(spec.paramRef)?.parameterNotFoundAction,
    ['Allow', 'Deny'],
    'spec.paramRef.parameterNotFoundAction',
    problems,
  );
  if (binding.kind !== 'ValidatingAdmissionPolicyBinding') return;
  const actions = list(spec.validationActions);
  if (actions.length === 0)
    problems.required('spec.validationActions', 'at least one validation action is required');
  for (const [i, action] of actions.entries()) {
    oneOf(action, ['Audit', 'Deny', 'Warn'], `spec.validationActions[${i}]`, problems);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    problems.invalid(
      'spec.validationActions',
      actions,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    );
  }
}

interface APIService extends KubeObject {
  spec?: {
    group?: string;
    version?: string;
    groupPriorityMinimum?: number;
    versionPriority?: number;
    service?: { name?: string; namespace?: string; port?: number };
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
  };
}

export function validateAPIService(service: APIService, problems: Problems): void {
  const spec = record(service.spec) ?? {};
  const wanted = `${spec.version ?? ''}.${spec.group ?? ''}`;
  if (service.metadata?.name && service.metadata.name !== wanted) {
    problems.invalid('metadata.name', service.metadata.name, '`spec.version+"."+spec.group`');
  }
  if (spec.group) checkName(spec.group, checkSubdomain, 'spec.group', problems);
  if (!spec.version) problems.required('spec.version');
  else checkName(spec.version, checkLabel, 'spec.version', problems);
  inRange(spec.groupPriorityMinimum ?? 0, 1, 20_000, 'spec.groupPriorityMinimum', problems);
  inRange(spec.versionPriority ?? 0, 1, 1000, 'spec.versionPriority', problems);
  validateAPIServer(spec, problems);
}

/** Where the API is served, and how much it is trusted. */
function validateAPIServer(spec: NonNullable<APIService['spec']>, problems: Problems): void {
  const insecure = 'spec.insecureSkipTLSVerify';
  const server = record(spec.service);
  if (server === undefined) {
    if (spec.insecureSkipTLSVerify === true) {
      problems.invalid(insecure, true, 'local APIServices may not have insecureSkipTLSVerify');
    }
    if (spec.caBundle) {
      const what = `${Buffer.byteLength(spec.caBundle, 'base64')} bytes`;
      problems.invalid('spec.caBundle', what, 'local APIServices may not have a caBundle');
    }
    return;
  }
  if (!server.namespace) problems.required('spec.service.namespace');
  if (!server.name) problems.required('spec.service.name');
  if (server.port !== undefined && (server.port < 1 || server.port > 65535)) {
    const why = 'port is not valid: must be between 1 and 65535, inclusive';
    problems.invalid('spec.service.port', server.port, why);
  }
  if (spec.insecureSkipTLSVerify === true && spec.caBundle) {
    problems.invalid(insecure, true, 'may not be true if caBundle is present');
  }
}
