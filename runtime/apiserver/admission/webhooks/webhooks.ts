/**
 * Dynamic admission control: webhooks that change objects, one after the other, and webhooks that
 * only judge them, all at once.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import { randomUUID } from 'node:crypto';
import { webhookEnvironment } from '../../../api/expressions/environments.ts';
import type { UnknownObject } from '../../../api/object.ts';
import { ApiError, apiError } from '../../../api/status.ts';
import type { Dial } from '../../http/proxy-target.ts';
import { jsonPatch } from '../../patching/json-patch.ts';
import { copyJson, sameJson } from '../../registry/json.ts';
import type { Registry } from '../../registry/registry.ts';
import { forbidden } from '../../verbs/errors.ts';
import { checkSize } from '../../verbs/size.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import { matchConditions } from '../dynamic/conditions.ts';
import { requestFacts } from '../dynamic/request.ts';
import { type Shown, show, takeOver } from '../dynamic/shown.ts';
import { type Authorizes, requestVariables } from '../dynamic/variables.ts';
import { reinvocationOf } from '../reinvocation.ts';
import type { AdmissionTimes } from '../times.ts';
import { callWebhook, type ReviewResponse } from './call.ts';
import { type Listed, targetOf, type Webhook, webhooksFor } from './configuration.ts';

export interface WebhookOptions {
  /** Reaches the pods behind services; without it only URLs can be called. */
  readonly dial: Dial | undefined;
  readonly authorizer: Authorizes;
  readonly log: (message: string) => void;
  readonly times?: AdmissionTimes;
}

export function mutatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  return {
    name: 'MutatingAdmissionWebhook',
    mutate(attributes, registry) {
      const webhooks = webhooksFor(registry, 'mutatingwebhookconfigurations', attributes);
      return webhooks.length > 0 && mutate(options, registry, attributes, webhooks);
    },
  };
}

export function validatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(attributes, registry) {
      const webhooks = webhooksFor(registry, 'validatingwebhookconfigurations', attributes);
      if (webhooks.length === 0) return;
      return judge(options, registry, attributes, webhooks);
    },
  };
}

async function judge(
  options: WebhookOptions,
  registry: Registry,
  attributes: Attributes,
  webhooks: readonly Listed[],
): Promise<void> {
  await Promise.all(
    webhooks.map(({ webhook }, index) => {
      const question = { mutates: false, round: `round_0_index_${index}` };
      return ask(options, registry, webhook, attributes, question);
    }),
  );
}

/** True if a webhook has changed the object. */
async function mutate(
  options: WebhookOptions,
  registry: Registry,
  attributes: Attributes,
  webhooks: readonly Listed[],
): Promise<boolean> {
  const reinvocation = reinvocationOf(attributes);
  reinvocation.resume(attributes.object);
  let foreign = false;
  for (const [index, listed] of webhooks.entries()) {
    const name = `webhook ${listed.configuration}/${listed.webhook.name}`;
    if (!reinvocation.isDue(name)) continue;
    const round = `round_${reinvocation.again ? 1 : 0}_index_${index}`;
    const question = { mutates: true, round };
    const answer = await ask(options, registry, listed.webhook, attributes, question);
    if (answer === undefined) continue;
    const changed = await applyPatch(registry, listed.webhook, attributes, answer);
    annotateCall(attributes, listed, round, changed);
    if (changed) {
      foreign = true;
      reinvocation.changed(name);
    }
    if (listed.webhook.reinvocationPolicy === 'IfNeeded') reinvocation.mayRepeat(name);
  }
  reinvocation.leave(attributes.object);
  return foreign;
}

interface Answered {
  readonly answer: ReviewResponse;
  readonly shown: Shown;
}

interface Question {
  readonly mutates: boolean;
  /** What the audit log calls this call: `round_0_index_1`. */
  readonly round: string;
}

/** The webhook's answer if it allows the request; undefined if it is not asked, or failed and may. */
async function ask(
  { dial, authorizer, log, times }: WebhookOptions,
  registry: Registry,
  webhook: Webhook,
  attributes: Attributes,
  { mutates, round }: Question,
): Promise<Answered | undefined> {
  const target = targetOf(registry, webhook, attributes);
  if (target === undefined) return undefined;
  const shown = await show(attributes, target);
  if (!meetsConditions(webhook, attributes, shown, authorizer)) return undefined;
  const { call } = attributes;
  if (call.dryRun && !['None', 'NoneOnDryRun'].includes(webhook.sideEffects ?? '')) {
    throw apiError('BadRequest', `admission webhook "${webhook.name}" does not support dry run`);
  }
  let answer: ReviewResponse;
  const start = performance.now();
  const answered = (rejected: boolean) => {
    const type = mutates ? 'admit' : 'validate';
    const ms = performance.now() - start;
    times?.webhook(webhook.name, type, attributes.operation, rejected, ms);
  };
  try {
    const review = reviewOf(attributes, shown);
    answer = await callWebhook({ registry, dial }, webhook, review, mutates);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    answered(webhook.failurePolicy !== 'Ignore');
    const failure = `failed calling webhook "${webhook.name}": ${why}`;
    if (webhook.failurePolicy !== 'Ignore') throw internal(failure);
    const kind = mutates ? 'mutation' : 'validating';
    call.annotate?.(`failed-open.${kind}.webhook.admission.k8s.io/${round}`, webhook.name);
    log(`${failure}; the webhook may fail, so the request goes on without it`);
    return undefined;
  }
  answered(!answer.allowed);
  for (const [key, value] of Object.entries(answer.auditAnnotations ?? {})) {
    call.annotate?.(`${webhook.name}/${key}`, value);
  }
  for (const warning of answer.warnings ?? []) call.warn(warning);
  if (!answer.allowed) throw denial(webhook, answer);
  return { answer, shown };
}

function meetsConditions(
  webhook: Webhook,
  attributes: Attributes,
  shown: Shown,
  authorizer: Authorizes,
): boolean {
  const conditions = webhook.matchConditions ?? [];
  if (conditions.length === 0) return true;
  const variables = requestVariables(attributes, shown, authorizer);
  const matched = matchConditions(conditions, webhookEnvironment(), variables);
  if (matched.outcome !== 'error') return matched.outcome === 'yes';
  if (webhook.failurePolicy === 'Ignore') return false;
  throw forbidden(attributes.served, attributes.place.name, matched.message);
}

/** The original's AdmissionRequest. */
function reviewOf(attributes: Attributes, shown: Shown): { uid: string } & Record<string, unknown> {
  return {
    uid: randomUUID(),
    ...requestFacts(attributes, shown),
    object: shown.object ?? null,
    oldObject: shown.previous ?? null,
  };
}

function internal(why: string): ApiError {
  return apiError('InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  });
}

/** True if the patch has changed the object. */
async function applyPatch(
  registry: Registry,
  webhook: Webhook,
  attributes: Attributes,
  { answer, shown }: Answered,
): Promise<boolean> {
  const { patch } = answer;
  if (!patch || shown.object === undefined) return false;
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString());
    const next = copyJson(jsonPatch(shown.object, operations)) as UnknownObject;
    checkSize(next, patch.length);
    if (sameJson(next, shown.object)) return false;
    await takeOver(registry, attributes, shown, next);
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw internal(`failed calling webhook "${webhook.name}": the patch cannot be applied: ${why}`);
  }
}

function annotateCall(
  { call }: Attributes,
  { configuration, webhook }: Listed,
  round: string,
  mutated: boolean,
): void {
  const key = `mutation.webhook.admission.k8s.io/${round}`;
  call.annotate?.(key, JSON.stringify({ configuration, webhook: webhook.name, mutated }));
}

/** The webhook's own status, with a code that says that it has refused. */
function denial({ name }: Webhook, answer: ReviewResponse): ApiError {
  const status = answer.status ?? {};
  const why = status.message || status.reason;
  const refused = `admission webhook "${name}" denied the request`;
  const { status: base } = apiError(
    'BadRequest',
    why ? `${refused}: ${why}` : `${refused} without explanation`,
  );
  const { reason: _, ...rest } = base;
  const code = status.code ?? 0;
  return new ApiError({
    ...rest,
    ...status,
    message: base.message ?? '',
    status: 'Failure',
    code: code < 400 || code > 599 ? 400 : code,
  } as typeof base);
}
