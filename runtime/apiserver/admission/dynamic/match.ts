/**
 * Which requests webhooks and policies are about: rules on resources, selectors on namespaces and
 * objects.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import { labelSelectorOf, matchesLabels } from '../../../api/selector.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ServedResource } from '../../registry/served.ts';
import type { Attributes } from '../admission.ts';

export interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

export interface Criteria {
  readonly rules: readonly Rule[];
  readonly exclude?: readonly Rule[];
  readonly matchPolicy: string | undefined;
  readonly namespaceSelector: object | undefined;
  readonly objectSelector: object | undefined;
}

const group = 'admissionregistration.k8s.io';

/** Admission must not be able to keep anyone from repairing admission. */
export function isExempt({ kind }: ServedResource): boolean {
  return kind.group === group;
}

/**
 * The kind in whose version the request is to be shown: its own, or with the policy `Equivalent`
 * another version of it that a rule names. Undefined if the request is none of their business.
 */
export function matchOf(
  registry: Registry,
  attributes: Attributes,
  criteria: Criteria,
): ServedResource | undefined {
  const { served } = attributes;
  if (!inNamespace(registry, criteria.namespaceSelector, attributes)) return undefined;
  if (!hasLabels(criteria.objectSelector, attributes)) return undefined;
  const equivalent = criteria.matchPolicy !== 'Exact';
  const ruled = (rules: readonly Rule[]) => rulesFor(registry, attributes, rules, equivalent);
  if (criteria.exclude !== undefined && ruled(criteria.exclude) !== undefined) return undefined;
  return criteria.rules === everything ? served : ruled(criteria.rules);
}

/** Rules that leave nothing out. */
export const everything: readonly Rule[] = [];

function rulesFor(
  registry: Registry,
  attributes: Attributes,
  rules: readonly Rule[],
  equivalent: boolean,
): ServedResource | undefined {
  const { served } = attributes;
  if (rules.some((rule) => matches(rule, attributes, served))) return served;
  if (!equivalent) return undefined;
  for (const rule of rules) {
    for (const other of registry.served.all) {
      if (other === served || other.storageName !== served.storageName) continue;
      if (matches(rule, attributes, other)) return other;
    }
  }
  return undefined;
}

function matches(rule: Rule, attributes: Attributes, { kind }: ServedResource): boolean {
  const { operation, subresource, place } = attributes;
  const names = rule.resourceNames ?? [];
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, kind.group) &&
    has(rule.apiVersions, kind.version) &&
    (rule.resources ?? []).some((pattern) => covers(pattern, kind.resource, subresource)) &&
    (!rule.scope || rule.scope === '*' || (rule.scope === 'Namespaced') === kind.namespaced) &&
    (names.length === 0 || names.includes(place.name))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.includes('*') || list.includes(value);
}

/** A plural alone, with a subresource after a slash, or a star in either place. */
function covers(pattern: string, resource: string, subresource: string): boolean {
  const [first = '', second] = pattern.split('/');
  if (first !== '*' && first !== resource) return false;
  if (second === undefined) return subresource === '';
  return second === '*' || second === subresource;
}

function inNamespace(
  registry: Registry,
  selector: object | undefined,
  { served, place, object, previous }: Attributes,
): boolean {
  if (selector === undefined) return true;
  if (served.kind.group === '' && served.kind.kind === 'Namespace') {
    return selects(selector, (object ?? previous)?.metadata.labels);
  }
  if (!served.kind.namespaced) return true;
  const namespace = namespaceOf(registry, place.namespace);
  return namespace !== undefined && selects(selector, namespace.metadata.labels);
}

/** The namespace as it stands; undefined for none. */
export function namespaceOf(registry: Registry, name: string) {
  const cache = registry.cache.resource('core/namespaces');
  return name === '' ? undefined : cache.get(`${cache.prefix}${name}`)?.object;
}

function hasLabels(
  selector: object | undefined,
  { object, previous, operation }: Attributes,
): boolean {
  if (selector === undefined || isEmpty(selector)) return true;
  // The options of a stream have no labels.
  if (operation === 'CONNECT') return false;
  return [object, previous].some(
    (state) => state !== undefined && selects(selector, state.metadata.labels),
  );
}

function isEmpty(selector: object): boolean {
  return Object.values(selector).every(
    (part) => part === undefined || Object.keys(part as object).length === 0,
  );
}

function selects(selector: object, labels: Record<string, string> | undefined): boolean {
  return isEmpty(selector) || matchesLabels(labelSelectorOf(selector), labels ?? {});
}
