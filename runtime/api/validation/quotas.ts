/** ResourceQuota: what can be limited, and which objects alone can be counted. */
import type { core, ResourceQuota } from '../types.ts';
import type { Problems } from './problems.ts';
import { checkResourceName, readQuantities } from './resources.ts';
import { immutable, indexed, list, record } from './values.ts';

const podScopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
];
const scopes = new Set([...podScopes, 'PriorityClass', 'VolumeAttributesClass']);
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const computed = ['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]);
const storage = 'ephemeral-storage';
const counts = new Set([
  ...['pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
]);
const standard = new Set([
  ...[...computed, storage, `requests.${storage}`, `limits.${storage}`, 'requests.storage'],
  ...counts,
]);
/** Of scopes on pods, of BestEffort and of that on claims: what a quota with them can limit. */
const ofPods = new Set(['pods', ...computed]);
const ofBestEffort = new Set(['pods']);
const ofClaims = new Set(['persistentvolumeclaims', 'requests.storage']);

export function validateResourceQuota({ spec }: ResourceQuota, problems: Problems): void {
  const hard = readQuantities(spec?.hard, 'spec.hard', problems);
  for (const [name, quantity] of hard) {
    const field = `spec.hard[${name}]`;
    checkResourceName(name, field, problems);
    if (!name.includes('/') && !isStandard(name)) {
      problems.invalid(field, name, 'must be a standard resource for quota');
    }
    if ((counts.has(name) || isExtended(name)) && quantity.nano % 1_000_000_000n !== 0n) {
      problems.invalid(field, spec?.hard?.[name], 'must be an integer');
    }
  }
  const names = [...hard.keys()].sort();
  const given = list(spec?.scopes);
  for (const scope of given) {
    if (!scopes.has(scope)) problems.invalid('spec.scopes', given, 'unsupported scope');
    checkReach(scope, names, 'spec.scopes', given, problems);
  }
  checkOpposites(given, 'spec.scopes', given, problems);
  const expressions = [...indexed(record(spec?.scopeSelector)?.matchExpressions)];
  const at = 'spec.scopeSelector.matchExpressions';
  for (const [, expression] of expressions) {
    validateExpression(expression, at, problems);
    checkReach(expression.scopeName, names, at, spec?.scopeSelector, problems);
  }
  const selected = expressions.map(([, { scopeName }]) => scopeName);
  checkOpposites(selected, at, given, problems);
}

function isStandard(name: string): boolean {
  return standard.has(name) || /^(requests\.)?hugepages-/.test(name);
}

/** `example.com/gpu`; requests of it and counts of kinds are something else. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.startsWith('requests.') && !/kubernetes\.io\//.test(name);
}

function checkReach(
  scope: string,
  names: readonly string[],
  field: string,
  value: unknown,
  problems: Problems,
): void {
  const reach =
    scope === 'BestEffort' ? ofBestEffort : scope === 'VolumeAttributesClass' ? ofClaims : ofPods;
  if (!scopes.has(scope)) return;
  for (const name of names) {
    if (!isStandard(name) || reach.has(name)) continue;
    problems.invalid(field, value, 'unsupported scope applied to resource');
  }
}

function checkOpposites(
  given: readonly string[],
  field: string,
  value: unknown,
  problems: Problems,
): void {
  for (const pair of opposites) {
    if (pair.every((scope) => given.includes(scope))) {
      problems.invalid(field, value, 'conflicting scopes');
    }
  }
}

function validateExpression(
  { scopeName, operator, values }: core.ScopedResourceSelectorRequirement,
  field: string,
  problems: Problems,
): void {
  if (!scopes.has(scopeName)) {
    problems.invalid(`${field}.scopeName`, scopeName ?? '', 'unsupported scope');
  }
  const count = list(values).length;
  if (podScopes.includes(scopeName) && operator !== 'Exists') {
    problems.invalid(
      `${field}.operator`,
      operator ?? '',
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
    );
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (count > 0) return;
    problems.required(
      `${field}.values`,
      "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    );
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (count === 0) return;
    problems.invalid(
      `${field}.values`,
      values,
      "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
    );
  } else problems.invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator');
}

export function validateResourceQuotaUpdate(
  next: ResourceQuota,
  previous: ResourceQuota,
  problems: Problems,
): void {
  immutable(next.spec?.scopes, previous.spec?.scopes, 'spec.scopes', problems);
}
