/** RBAC, disruption budgets, priorities, leases, certificates. */
import type { certificates, Lease, PodDisruptionBudget, PriorityClass, rbac } from '../types.ts';
import { checkPathSegment, checkSubdomain } from './names.ts';
import { validatePreemption } from './pod.ts';
import type { Problems } from './problems.ts';
import {
  atMostAll,
  checkName,
  countOrPercent,
  indexed,
  isReadableSelector,
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
  const aggregation = record(role.aggregationRule);
  if (aggregation !== undefined && list(aggregation.clusterRoleSelectors).length === 0) {
    problems.required(
      'aggregationRule.clusterRoleSelectors',
      'at least one clusterRoleSelector required if aggregationRule is non-nil',
    );
  }
  for (const [i, selector] of indexed(aggregation?.clusterRoleSelectors)) {
    const at = `aggregationRule.clusterRoleSelectors[${i}]`;
    labelSelector(selector, at, problems);
    if (!isReadableSelector(selector)) problems.invalid(at, null, 'invalid label selector.');
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
  validateBinding(binding, ['Role', 'ClusterRole'], true, problems);
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
      if (subject.name) checkName(subject.name, checkSubdomain, `${at}.name`, problems);
      oneOf(subject.apiGroup ?? '', [''], `${at}.apiGroup`, problems);
      if (!subject.namespace && !namespaced) problems.required(`${at}.namespace`);
    } else if (subject.kind === 'User' || subject.kind === 'Group') {
      oneOf(subject.apiGroup ?? rbacGroup, [rbacGroup], `${at}.apiGroup`, problems);
    } else {
      problems.notSupported(`${at}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']);
    }
  }
}

export function validateBindingUpdate(next: Binding, previous: Binding, problems: Problems): void {
  if (!same(next.roleRef, previous.roleRef)) {
    problems.invalid('roleRef', next.roleRef, 'cannot change roleRef');
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
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    atMostAll(given[name], `spec.${name}`, problems);
  }
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
  validatePreemption(priority.preemptionPolicy, 'preemptionPolicy', problems);
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
    if (list(spec?.usages).indexOf(usage) < i) problems.duplicate(`spec.usages[${i}]`, usage);
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
