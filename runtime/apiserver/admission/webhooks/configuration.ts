/** Webhook configurations, and which requests they are about. */

import type { MatchCondition } from '../../../api/expressions/policy-spec.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ServedResource } from '../../registry/served.ts';
import type { Attributes } from '../admission.ts';
import { isExempt, matchOf, type Rule } from '../dynamic/match.ts';
import type { ClientConfig } from './transport.ts';

export interface Webhook {
  readonly name: string;
  readonly clientConfig: ClientConfig;
  readonly rules?: readonly Rule[];
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly matchPolicy?: 'Exact' | 'Equivalent';
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
  readonly matchConditions?: readonly MatchCondition[];
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[];
  /** Of mutating webhooks. */
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
}

/** A webhook with where it stands. */
export interface Listed {
  readonly webhook: Webhook;
  readonly configuration: string;
}

const group = 'admissionregistration.k8s.io';

/** All webhooks that a request might concern, in the order of their configurations' names. */
export function webhooksFor(
  registry: Registry,
  resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations',
  attributes: Attributes,
): Listed[] {
  if (isExempt(attributes.served)) return [];
  const cache = registry.cache.resource(`${group}/${resource}`);
  if (cache.size === 0) return [];
  return cache.keys(cache.prefix).flatMap((key) => {
    const found = cache.get(key)?.object as
      | { metadata: { name?: string }; webhooks?: Webhook[] }
      | undefined;
    const configuration = found?.metadata.name ?? '';
    return (found?.webhooks ?? []).map((webhook) => ({ webhook, configuration }));
  });
}

/** In whose version the webhook is to see the request; undefined if it does not want to. */
export function targetOf(
  registry: Registry,
  webhook: Webhook,
  attributes: Attributes,
): ServedResource | undefined {
  return matchOf(registry, attributes, {
    rules: webhook.rules ?? [{ resources: [] }],
    matchPolicy: webhook.matchPolicy,
    namespaceSelector: webhook.namespaceSelector,
    objectSelector: webhook.objectSelector,
  });
}
