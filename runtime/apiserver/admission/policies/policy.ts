/**
 * Admission policies and the bindings that put them to use.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type { PolicyExpressions } from '../../../api/expressions/policy-spec.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ServedResource } from '../../registry/served.ts';
import type { Attributes } from '../admission.ts';
import { everything, matchOf, type Rule } from '../dynamic/match.ts';

export interface MatchResources {
  readonly resourceRules?: readonly Rule[];
  readonly excludeResourceRules?: readonly Rule[];
  readonly matchPolicy?: 'Exact' | 'Equivalent';
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
}

/** What both kinds of policies have, and what only one of them has. */
export interface PolicySpec extends PolicyExpressions {
  readonly matchConstraints?: MatchResources;
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
}

export interface Policy extends KubeObject {
  readonly spec: PolicySpec;
}

export interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: object;
  readonly parameterNotFoundAction?: 'Allow' | 'Deny';
}

export interface Binding extends KubeObject {
  readonly spec: {
    readonly policyName: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
    readonly validationActions?: readonly ('Deny' | 'Warn' | 'Audit')[];
  };
}

/** A policy under one of its bindings, for a request that both are about. */
export interface Concern {
  readonly policy: Policy;
  readonly binding: Binding;
  /** In whose version the policy sees the request. */
  readonly target: ServedResource;
}

const group = 'admissionregistration.k8s.io';

/** Policies and bindings that concern a request, by their names. */
export function concernsOf(
  registry: Registry,
  kind: 'validating' | 'mutating',
  attributes: Attributes,
): Concern[] {
  const policies = registry.cache.resource(`${group}/${kind}admissionpolicies`);
  const bindings = registry.cache.resource(`${group}/${kind}admissionpolicybindings`);
  if (policies.size === 0 || bindings.size === 0) return [];
  const byPolicy = new Map<string, Binding[]>();
  for (const key of bindings.keys(bindings.prefix)) {
    const binding = bindings.get(key)?.object as unknown as Binding;
    const list = byPolicy.get(binding.spec.policyName);
    if (list === undefined) byPolicy.set(binding.spec.policyName, [binding]);
    else list.push(binding);
  }
  const found: Concern[] = [];
  for (const key of policies.keys(policies.prefix)) {
    const policy = policies.get(key)?.object as unknown as Policy;
    const own = byPolicy.get(policy.metadata.name ?? '');
    if (own === undefined) continue;
    const target = targetOf(registry, attributes, policy.spec.matchConstraints ?? {});
    if (target === undefined) continue;
    for (const binding of own) {
      const { matchResources } = binding.spec;
      const chosen =
        matchResources === undefined
          ? target
          : targetOf(registry, attributes, matchResources, true);
      if (chosen !== undefined) found.push({ policy, binding, target });
    }
  }
  return found;
}

/** `loose`: no rules leave nothing out, as in a binding. */
function targetOf(
  registry: Registry,
  attributes: Attributes,
  match: MatchResources,
  loose = false,
): ServedResource | undefined {
  const rules = match.resourceRules ?? [];
  return matchOf(registry, attributes, {
    rules: loose && rules.length === 0 ? everything : rules,
    ...(match.excludeResourceRules === undefined ? {} : { exclude: match.excludeResourceRules }),
    matchPolicy: match.matchPolicy,
    namespaceSelector: match.namespaceSelector,
    objectSelector: match.objectSelector,
  });
}
