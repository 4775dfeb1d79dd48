/** Defaults of what extends a server: webhooks, admission policies, custom resources, API services. */
import type { admission } from '../types.ts';
import { entries, record } from './fields.ts';

export function defaultMutatingWebhooks(object: admission.MutatingWebhookConfiguration): void {
  for (const webhook of entries(object.webhooks)) {
    defaultWebhook(webhook);
    webhook.reinvocationPolicy ??= 'Never';
  }
}

export function defaultValidatingWebhooks(object: admission.ValidatingWebhookConfiguration): void {
  for (const webhook of entries(object.webhooks)) defaultWebhook(webhook);
}

function defaultWebhook(webhook: admission.ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  defaultServicePort(webhook.clientConfig?.service);
  for (const rule of entries(webhook.rules as { scope?: string }[] | undefined)) rule.scope ??= '*';
}

function defaultServicePort(service: { port?: number } | undefined): void {
  if (record(service) !== undefined && service !== undefined) service.port ??= 443;
}

interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: object;
  objectSelector?: object;
  resourceRules?: { scope?: string }[];
  excludeResourceRules?: { scope?: string }[];
}

function defaultMatchResources(match: MatchResources | undefined): void {
  if (record(match) === undefined || match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of entries(match.resourceRules)) rule.scope ??= '*';
  for (const rule of entries(match.excludeResourceRules)) rule.scope ??= '*';
}

interface AdmissionPolicy {
  spec?: { failurePolicy?: string; matchConstraints?: MatchResources };
}

export function defaultAdmissionPolicy(policy: AdmissionPolicy): void {
  const spec = record(policy.spec);
  if (spec === undefined) return;
  spec.failurePolicy ??= 'Fail';
  defaultMatchResources(spec.matchConstraints);
}

interface AdmissionPolicyBinding {
  spec?: { matchResources?: MatchResources };
}

export function defaultAdmissionPolicyBinding(binding: AdmissionPolicyBinding): void {
  defaultMatchResources(binding.spec?.matchResources);
}

interface CustomResourceDefinition {
  spec?: {
    names?: { kind?: string; singular?: string; listKind?: string };
    conversion?: {
      strategy?: string;
      webhook?: { clientConfig?: { service?: { port?: number } } };
    };
  };
}

export function defaultCustomResourceDefinition(definition: CustomResourceDefinition): void {
  const spec = record(definition.spec);
  if (spec === undefined) return;
  const names = record(spec.names);
  if (typeof names?.kind === 'string' && names.kind !== '') {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  defaultServicePort(record(spec.conversion)?.webhook?.clientConfig?.service);
}

interface APIService {
  spec?: { service?: { port?: number } };
}

export function defaultAPIService(service: APIService): void {
  defaultServicePort(service.spec?.service);
}
