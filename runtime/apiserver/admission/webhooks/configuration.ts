/** Webhook configurations, and which requests they are about. */
import { labelSelectorOf, matchesLabels } from '../../../api/selector.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Attributes } from '../admission.ts';

export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    readonly url?: string;
    readonly service?: { namespace: string; name: string; path?: string; port?: number };
    /** Base64 of PEM. */
    readonly caBundle?: string;
  };
  readonly rules?: readonly {
    operations?: readonly string[];
    apiGroups?: readonly string[];
    apiVersions?: readonly string[];
    resources?: readonly string[];
    scope?: string;
  }[];
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
}

const group = 'admissionregistration.k8s.io';

/** The webhooks that want to see the request, in the order of their configurations' names. */
export function webhooksFor(
  registry: Registry,
  resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations',
  attributes: Attributes,
): Webhook[] {
  // A webhook must not be able to keep anyone from repairing it.
  if (attributes.served.kind.resource.endsWith('webhookconfigurations')) return [];
  const cache = registry.cache.resource(`${group}/${resource}`);
  if (cache.size === 0) return [];
  return cache
    .keys(cache.prefix)
    .flatMap((key) => {
      const configuration = cache.get(key)?.object as { webhooks?: Webhook[] } | undefined;
      return configuration?.webhooks ?? [];
    })
    .filter((webhook) => concerns(registry, webhook, attributes));
}

function concerns(registry: Registry, webhook: Webhook, attributes: Attributes): boolean {
  const { operation, served, subresource, object, previous } = attributes;
  const { group: ownGroup, version, resource, namespaced } = served.kind;
  const has = (list: readonly string[] | undefined, value: string) =>
    list === undefined || list.includes('*') || list.includes(value);
  const ruled = (webhook.rules ?? []).some(
    (rule) =>
      has(rule.operations, operation) &&
      has(rule.apiGroups, ownGroup) &&
      has(rule.apiVersions, version) &&
      (rule.resources ?? []).some((pattern) => names(pattern, resource, subresource)) &&
      (!rule.scope || rule.scope === '*' || (rule.scope === 'Namespaced') === namespaced),
  );
  if (!ruled || !inNamespace(registry, webhook, attributes)) return false;
  return [object, previous].some(
    (state) => state !== undefined && selects(webhook.objectSelector, state.metadata.labels),
  );
}

/** `pods`, `pods/status`, `pods/*`, `*`, and the same with a star before the slash */
function names(pattern: string, resource: string, subresource: string): boolean {
  const [first = '', second] = pattern.split('/');
  if (first !== '*' && first !== resource) return false;
  if (second === undefined) return subresource === '';
  return second === '*' || second === subresource;
}

function inNamespace(registry: Registry, webhook: Webhook, attributes: Attributes): boolean {
  const { served, place, object, previous } = attributes;
  const { namespaceSelector } = webhook;
  if (namespaceSelector === undefined) return true;
  if (served.kind.group === '' && served.kind.kind === 'Namespace') {
    return selects(namespaceSelector, (object ?? previous)?.metadata.labels);
  }
  if (!served.kind.namespaced) return true;
  const cache = registry.cache.resource('core/namespaces');
  const namespace = cache.get(`${cache.prefix}${place.namespace}`)?.object;
  return namespace !== undefined && selects(namespaceSelector, namespace.metadata.labels);
}

function selects(selector: object | undefined, labels: Record<string, string> | undefined) {
  return selector === undefined || matchesLabels(labelSelectorOf(selector), labels ?? {});
}
