/** RBAC, autoscaling, disruption budgets, priorities, leases, certificates. */
import type {
  certificates,
  HorizontalPodAutoscaler,
  Lease,
  PodDisruptionBudget,
  PriorityClass,
  rbac,
} from '../types.ts';
import { checkPathSegment } from './names.ts';
import type { Problems } from './problems.ts';
import {
  countOrPercent,
  indexed,
  inRange,
  labelSelector,
  list,
  notNegative,
  oneOf,
  positive,
  record,
  requireName,
  same,
} from './values.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

export function validateRole(role: rbac.Role, problems: Problems): void {
  validateRules(role.rules, true, problems);
}

export function validateClusterRole(role: rbac.ClusterRole, problems: Problems): void {
  validateRules(role.rules, false, problems);
  for (const [i, selector] of indexed(record(role.aggregationRule)?.clusterRoleSelectors)) {
    labelSelector(selector, `aggregationRule.clusterRoleSelectors[${i}]`, problems);
  }
}

function validateRules(
  rules: readonly rbac.PolicyRule[] | undefined,
  namespaced: boolean,
  problems: Problems,
): void {
  for (const [i, rule] of indexed(rules)) {
    const at = `rules[${i}]`;
    if (list(rule.verbs).length === 0) {
      problems.required(`${at}.verbs`, 'verbs must contain at least one value');
    }
    if (list(rule.nonResourceURLs).length > 0) {
      if (namespaced) {
        problems.invalid(
          `${at}.nonResourceURLs`,
          rule.nonResourceURLs,
          'namespaced rules cannot apply to non-resource URLs',
        );
      }
      const others = [rule.apiGroups, rule.resources, rule.resourceNames].flatMap(list);
      if (others.length > 0) {
        problems.invalid(
          `${at}.nonResourceURLs`,
          rule.nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        );
      }
      continue;
    }
    if (list(rule.apiGroups).length === 0) {
      problems.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    }
    if (list(rule.resources).length === 0) {
      problems.required(`${at}.resources`, 'resource rules must supply at least one resource');
    }
  }
}

type Binding = rbac.RoleBinding | rbac.ClusterRoleBinding;

export function validateRoleBinding(binding: rbac.RoleBinding, problems: Problems): void {
  validateBinding(binding, ['ClusterRole', 'Role'], true, problems);
}

export function validateClusterRoleBinding(
  binding: rbac.ClusterRoleBinding,
  problems: Problems,
): void {
  validateBinding(binding, ['ClusterRole'], false, problems);
}

function validateBinding(
  binding: Binding,
  kinds: readonly string[],
  namespaced: boolean,
  problems: Problems,
): void {
  const role = record(binding.roleRef);
  oneOf(role?.apiGroup ?? rbacGroup, [rbacGroup], 'roleRef.apiGroup', problems);
  oneOf(role?.kind ?? '', kinds, 'roleRef.kind', problems);
  requireName(role?.name, checkPathSegment, 'roleRef.name', problems);
  for (const [i, subject] of indexed(binding.subjects)) {
    const at = `subjects[${i}]`;
    if (!subject.name) problems.required(`${at}.name`);
    if (subject.kind === 'ServiceAccount') {
      oneOf(subject.apiGroup ?? '', [''], `${at}.apiGroup`, problems);
      if (!subject.namespace && !namespaced) problems.required(`${at}.namespace`);
    } else if (subject.kind === 'User' || subject.kind === 'Group') {
      oneOf(subject.apiGroup ?? rbacGroup, [rbacGroup], `${at}.apiGroup`, problems);
    } else {
      problems.notSupported(`${at}.kind`, subject.kind, ['Group', 'ServiceAccount', 'User']);
    }
  }
}

export function validateBindingUpdate(next: Binding, previous: Binding, problems: Problems): void {
  if (!same(next.roleRef, previous.roleRef)) {
    problems.invalid('roleRef', next.roleRef, 'cannot change roleRef');
  }
}

export function validateAutoscaler(object: HorizontalPodAutoscaler, problems: Problems): void {
  const spec = record(object.spec);
  if (spec === undefined) {
    problems.required('spec');
    return;
  }
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas !== undefined && minReplicas < 1) {
    problems.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if ((maxReplicas ?? 0) < 1) {
    problems.invalid('spec.maxReplicas', maxReplicas ?? 0, 'must be greater than 0');
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    problems.invalid(
      'spec.maxReplicas',
      maxReplicas,
      'must be greater than or equal to `minReplicas`',
    );
  }
  const target = record(spec.scaleTargetRef);
  for (const name of ['kind', 'name'] as const) {
    requireName(target?.[name], checkPathSegment, `spec.scaleTargetRef.${name}`, problems);
  }
  for (const [i, metric] of indexed(spec.metrics)) {
    validateMetric(metric as unknown as Record<string, unknown>, `spec.metrics[${i}]`, problems);
  }
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = record(record(spec.behavior)?.[direction]);
    const at = `spec.behavior.${direction}`;
    inRange(
      rules?.stabilizationWindowSeconds,
      0,
      3600,
      `${at}.stabilizationWindowSeconds`,
      problems,
    );
    oneOf(rules?.selectPolicy, ['Disabled', 'Max', 'Min'], `${at}.selectPolicy`, problems);
    for (const [i, policy] of indexed(rules?.policies)) {
      oneOf(policy.type ?? '', ['Percent', 'Pods'], `${at}.policies[${i}].type`, problems);
      positive(policy.value ?? 0, `${at}.policies[${i}].value`, problems);
      inRange(policy.periodSeconds ?? 0, 1, 1800, `${at}.policies[${i}].periodSeconds`, problems);
    }
  }
}

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Record<string, unknown>, field: string, problems: Problems): void {
  const { type } = metric;
  if (!type) {
    problems.required(`${field}.type`, 'must specify a metric source type');
    return;
  }
  if (!metricTypes.includes(type as string)) {
    problems.notSupported(`${field}.type`, type, metricTypes);
    return;
  }
  const name = String(type).charAt(0).toLowerCase() + String(type).slice(1);
  const source = record(metric[name] as Record<string, unknown>);
  if (source === undefined) {
    problems.required(`${field}.${name}`, `must populate information for the given metric source`);
    return;
  }
  validateMetricNames(source, `${field}.${name}`, name, problems);
  const target = record(source.target as Record<string, unknown>);
  if (target === undefined) problems.required(`${field}.${name}.target`);
  else {
    if (!target.type) {
      problems.required(
        `${field}.${name}.target.type`,
        'must specify either Utilization, Value, or AverageValue',
      );
    } else
      oneOf(
        target.type,
        ['AverageValue', 'Utilization', 'Value'],
        `${field}.${name}.target.type`,
        problems,
      );
    positive(target.averageUtilization, `${field}.${name}.target.averageUtilization`, problems);
  }
}

/** What is measured, and on what. */
function validateMetricNames(
  source: Record<string, unknown>,
  field: string,
  type: string,
  problems: Problems,
): void {
  if (type === 'resource' || type === 'containerResource') {
    if (!source.name) problems.required(`${field}.name`, 'must specify a resource name');
    if (type === 'containerResource' && !source.container) {
      problems.required(`${field}.container`, 'must specify a container');
    }
    return;
  }
  const metric = record(source.metric as Record<string, unknown>);
  requireName(metric?.name, checkPathSegment, `${field}.metric.name`, problems);
  labelSelector(metric?.selector, `${field}.metric.selector`, problems);
  if (type !== 'object') return;
  const described = record(source.describedObject as Record<string, unknown>);
  for (const name of ['kind', 'name'] as const) {
    requireName(described?.[name], checkPathSegment, `${field}.describedObject.${name}`, problems);
  }
}

export function validateDisruptionBudget({ spec }: PodDisruptionBudget, problems: Problems): void {
  const given = record(spec);
  if (given === undefined) return;
  if (given.minAvailable !== undefined && given.maxUnavailable !== undefined) {
    problems.invalid('spec', given, 'minAvailable and maxUnavailable cannot be both set');
  }
  countOrPercent(given.minAvailable, 'spec.minAvailable', problems);
  countOrPercent(given.maxUnavailable, 'spec.maxUnavailable', problems);
  labelSelector(given.selector, 'spec.selector', problems);
  oneOf(
    given.unhealthyPodEvictionPolicy,
    ['AlwaysAllow', 'IfHealthyBudget'],
    'spec.unhealthyPodEvictionPolicy',
    problems,
  );
}

/** What users may give; above it are the system's own two classes. */
const highestUserPriority = 1_000_000_000;

export function validatePriorityClass(priority: PriorityClass, problems: Problems): void {
  const system = priority.metadata?.name?.startsWith('system-') === true;
  if (system && !/^system-(node|cluster)-critical$/.test(priority.metadata.name)) {
    problems.forbidden(
      'metadata.name',
      "priority class names with 'system-' prefix are reserved for system use only. error: system- is not a known system priority class",
    );
  }
  if (!system && priority.value > highestUserPriority) {
    problems.forbidden(
      'value',
      `maximum allowed value of a user defined priority is ${highestUserPriority}`,
    );
  }
  oneOf(priority.preemptionPolicy, ['Never', 'PreemptLowerPriority'], 'preemptionPolicy', problems);
}

export function validatePriorityClassUpdate(
  next: PriorityClass,
  previous: PriorityClass,
  problems: Problems,
): void {
  if (next.value !== previous.value) {
    problems.forbidden('value', 'may not be changed in an update.');
  }
  if (!same(next.preemptionPolicy, previous.preemptionPolicy)) {
    problems.invalid('preemptionPolicy', next.preemptionPolicy, 'field is immutable');
  }
}

export function validateLease({ spec }: Lease, problems: Problems): void {
  positive(spec?.leaseDurationSeconds, 'spec.leaseDurationSeconds', problems);
  notNegative(spec?.leaseTransitions, 'spec.leaseTransitions', problems);
  if (spec?.holderIdentity === '') {
    problems.invalid('spec.holderIdentity', '', 'must not be empty');
  }
}

const keyUsages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

export function validateSigningRequest(
  request: certificates.CertificateSigningRequest,
  problems: Problems,
): void {
  const spec = record(request.spec);
  if (!spec?.request) problems.required('spec.request');
  if (list(spec?.usages).length === 0) problems.required('spec.usages');
  for (const [i, usage] of list(spec?.usages).entries()) {
    oneOf(usage, keyUsages, `spec.usages[${i}]`, problems);
  }
  const signer = spec?.signerName;
  if (!signer) problems.required('spec.signerName');
  else if (signer.split('/').length !== 2) {
    problems.invalid(
      'spec.signerName',
      signer,
      "must be a fully qualified domain and path of the form 'example.com/signer-name'",
    );
  }
  if (spec?.expirationSeconds !== undefined && spec.expirationSeconds < 600) {
    problems.invalid(
      'spec.expirationSeconds',
      spec.expirationSeconds,
      'may not specify a duration less than 600 seconds (10 minutes)',
    );
  }
}
