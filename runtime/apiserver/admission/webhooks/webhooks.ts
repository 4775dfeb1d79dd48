/**
 * Dynamic admission control: webhooks that change objects, one after the other, and webhooks that
 * only judge them, all at once.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import { randomUUID } from 'node:crypto';
import type { UnknownObject } from '../../../api/object.ts';
import { ApiError, apiError } from '../../../api/status.ts';
import type { Dial } from '../../http/proxy-target.ts';
import { jsonPatch } from '../../patching/json-patch.ts';
import { copyJson } from '../../registry/json.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import { callWebhook, type ReviewResponse } from './call.ts';
import { type Webhook, webhooksFor } from './configuration.ts';

/** `dial` reaches the pods behind services; without it only URLs can be called. */
export function webhookPlugins(
  dial: Dial | undefined,
  log: (message: string) => void,
): AdmissionPlugin[] {
  const ask = (registry: Registry, webhook: Webhook, attributes: Attributes) =>
    askWebhook(registry, dial, log, webhook, attributes);
  return [
    {
      name: 'MutatingAdmissionWebhook',
      async mutate(attributes, registry) {
        const webhooks = webhooksFor(registry, 'mutatingwebhookconfigurations', attributes);
        for (const webhook of webhooks) {
          const answer = await ask(registry, webhook, attributes);
          if (answer?.patch !== undefined) applyPatch(webhook, attributes, answer.patch);
        }
        return webhooks.length > 0;
      },
    },
    {
      name: 'ValidatingAdmissionWebhook',
      async validate(attributes, registry) {
        const webhooks = webhooksFor(registry, 'validatingwebhookconfigurations', attributes);
        await Promise.all(webhooks.map((webhook) => ask(registry, webhook, attributes)));
      },
    },
  ];
}

/** The webhook's answer if it allows the request; undefined if it failed and may. */
async function askWebhook(
  registry: Registry,
  dial: Dial | undefined,
  log: (message: string) => void,
  webhook: Webhook,
  attributes: Attributes,
): Promise<ReviewResponse | undefined> {
  const { call } = attributes;
  if (call.dryRun && !['None', 'NoneOnDryRun'].includes(webhook.sideEffects ?? '')) {
    throw apiError('BadRequest', `admission webhook "${webhook.name}" does not support dry run`);
  }
  let answer: ReviewResponse;
  try {
    answer = await callWebhook(registry, dial, webhook, reviewOf(attributes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const failure = `failed calling webhook "${webhook.name}": ${why}`;
    if (webhook.failurePolicy !== 'Ignore') throw apiError('InternalError', failure);
    log(failure);
    return undefined;
  }
  for (const warning of answer.warnings ?? []) call.warn(warning);
  if (!answer.allowed) throw denial(webhook, answer);
  return answer;
}

/** The original's AdmissionRequest. */
function reviewOf(attributes: Attributes): { uid: string } & Record<string, unknown> {
  const { operation, served, subresource, place, object, previous, call } = attributes;
  const { group, version, kind, resource } = served.kind;
  const gvk = { group, version, kind };
  const gvr = { group, version, resource };
  const { name, uid, groups, extra } = call.user;
  return {
    uid: randomUUID(),
    kind: gvk,
    resource: gvr,
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: gvk,
    requestResource: gvr,
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(place.name === '' ? {} : { name: place.name }),
    ...(place.namespace === '' ? {} : { namespace: place.namespace }),
    operation,
    userInfo: {
      username: name,
      groups,
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    },
    object: object ?? null,
    oldObject: previous ?? null,
    dryRun: call.dryRun,
    options: { kind: optionKinds[operation], apiVersion: 'meta.k8s.io/v1' },
  };
}

const optionKinds = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
} as const;

/** Changes the object in place: others hold on to it. */
function applyPatch(webhook: Webhook, { object }: Attributes, patch: string): void {
  if (object === undefined) return;
  let next: UnknownObject;
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString());
    next = copyJson(jsonPatch(object, operations)) as UnknownObject;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw apiError('InternalError', `the patch of webhook "${webhook.name}" fails: ${why}`);
  }
  for (const name of Object.keys(object)) delete object[name];
  Object.assign(object, next);
}

function denial({ name }: Webhook, { status = {} }: ReviewResponse): ApiError {
  const why = status.message ?? status.reason;
  const refused = `admission webhook "${name}" denied the request`;
  const message = why === undefined ? `${refused} without explanation` : `${refused}: ${why}`;
  const { status: base } = apiError('Forbidden', message);
  return new ApiError({
    ...base,
    ...(status.reason === undefined ? {} : { reason: status.reason as typeof base.reason }),
    ...(status.code === undefined ? {} : { code: status.code }),
  } as typeof base);
}
