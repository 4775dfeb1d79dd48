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
import { forbidden, internal } from '../../verbs/errors.ts';
import { checkSize } from '../../verbs/size.ts';
import type { AdmissionPlugin, Attributes } from '../admission.ts';
import { matchConditions } from '../dynamic/conditions.ts';
import { requestFacts } from '../dynamic/request.ts';
import { type Shown, show, takeOver } from '../dynamic/shown.ts';
import { type Authorizes, requestVariables } from '../dynamic/variables.ts';
import { reinvocationOf } from '../reinvocation.ts';
import type { AdmissionTimes, WebhookCall, WebhookOutcome } from '../times.ts';
import { callWebhook, patchOf, type ReviewResponse } from './call.ts';
import { type Listed, targetOf, type Webhook, webhooksFor } from './configuration.ts';
import { CallError } from './transport.ts';

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

/** All are heard, so that what each has to tell is told; the first to refuse is whose refusal is. */
async function judge(
  options: WebhookOptions,
  registry: Registry,
  attributes: Attributes,
  webhooks: readonly Listed[],
): Promise<void> {
  const due: [listed: Listed, shown: Shown][] = [];
  for (const listed of webhooks) {
    const shown = await shownTo(options, registry, listed.webhook, attributes);
    if (shown !== undefined) due.push([listed, shown]);
  }
  const refusals: unknown[] = [];
  await Promise.all(
    due.map(async ([listed, shown], index) => {
      const question: Question = { listed, shown, type: 'validating', round: roundOf(0, index) };
      try {
        await consult(options, registry, attributes, question);
      } catch (error) {
        refusals.push(error);
      }
    }),
  );
  if (refusals.length > 0) throw refusals[0];
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
    const shown = await shownTo(options, registry, listed.webhook, attributes);
    if (shown === undefined) continue;
    const round = roundOf(reinvocation.again ? 1 : 0, index);
    const question: Question = { listed, shown, type: 'admit', round };
    if (await consult(options, registry, attributes, question)) {
      foreign = true;
      reinvocation.changed(name);
    }
    if (listed.webhook.reinvocationPolicy === 'IfNeeded') reinvocation.mayRepeat(name);
  }
  reinvocation.leave(attributes.object);
  return foreign;
}

/** What the audit log calls a call. */
function roundOf(round: number, index: number): string {
  return `round_${round}_index_${index}`;
}

/** The request as the webhook sees it; undefined if it is not to be asked. */
async function shownTo(
  { authorizer }: WebhookOptions,
  registry: Registry,
  webhook: Webhook,
  attributes: Attributes,
): Promise<Shown | undefined> {
  const target = targetOf(registry, webhook, attributes);
  if (target === undefined) return undefined;
  const shown = await show(attributes, target);
  return meetsConditions(webhook, attributes, shown, authorizer) ? shown : undefined;
}

interface Question {
  readonly listed: Listed;
  readonly shown: Shown;
  readonly type: WebhookCall['type'];
  /** `round_0_index_1` */
  readonly round: string;
}

/**
 * Asks a webhook, and counts what that has come to. True if it has changed the object. Throws ApiError
 * if it refuses the request, or has to be asked and cannot.
 */
async function consult(
  options: WebhookOptions,
  registry: Registry,
  attributes: Attributes,
  question: Question,
): Promise<boolean> {
  const { listed, type, round } = question;
  const { webhook } = listed;
  const { call, operation } = attributes;
  const start = performance.now();
  let outcome: WebhookOutcome = { is: 'failed here', code: 0 };
  let changed = false;
  try {
    changed = await ask(options, registry, attributes, question);
    outcome = { is: 'allowed', code: 200 };
    return changed;
  } catch (error) {
    if (error instanceof Denial) outcome = { is: 'denied', code: error.status.code ?? 0 };
    if (!(error instanceof CallError)) throw error;
    const failure = `failed calling webhook "${webhook.name}": ${error.message}`;
    const opens = webhook.failurePolicy === 'Ignore';
    outcome = { is: opens ? 'failed open' : 'failed closed', code: error.code };
    if (!opens) throw internal(failure);
    const kind = type === 'admit' ? 'mutation' : 'validating';
    call.annotate?.(`failed-open.${kind}.webhook.admission.k8s.io/${round}`, webhook.name);
    options.log(`${failure}; the webhook may fail, so the request goes on without it`);
    return false;
  } finally {
    const ms = performance.now() - start;
    options.times?.webhook({ name: webhook.name, type, operation }, outcome, ms);
    if (type === 'admit') annotateCall(attributes, listed, round, changed);
  }
}

/** True if the webhook has changed the object. Throws CallError, Denial, and ApiError for what fails here. */
async function ask(
  { dial }: WebhookOptions,
  registry: Registry,
  attributes: Attributes,
  { listed: { webhook }, shown, type }: Question,
): Promise<boolean> {
  const { call } = attributes;
  if (call.dryRun && !['None', 'NoneOnDryRun'].includes(webhook.sideEffects ?? '')) {
    throw apiError('BadRequest', `admission webhook "${webhook.name}" does not support dry run`);
  }
  const review = reviewOf(attributes, shown);
  const answer = await callWebhook({ registry, dial }, webhook, review, type === 'admit');
  for (const [key, value] of Object.entries(answer.auditAnnotations ?? {})) {
    call.annotate?.(`${webhook.name}/${key}`, value);
  }
  for (const warning of answer.warnings ?? []) call.warn(warning);
  if (!answer.allowed) throw denial(webhook, answer);
  const operations = patchOf(answer);
  if (operations.length === 0) return false;
  if (shown.object === undefined) {
    throw internal(
      `admission webhook "${webhook.name}" attempted to modify the object, which is not supported for this operation`,
    );
  }
  return applyPatch(registry, webhook, attributes, {
    ...{ shown, object: shown.object, operations, length: answer.patch?.length ?? 0 },
  });
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

interface Patch {
  readonly shown: Shown;
  readonly object: UnknownObject;
  readonly operations: readonly unknown[];
  /** As it came. */
  readonly length: number;
}

/** True if the patch has changed the object. Throws ApiError if it does not apply. */
async function applyPatch(
  registry: Registry,
  webhook: Webhook,
  attributes: Attributes,
  patch: Patch,
): Promise<boolean> {
  const { shown, object, operations, length } = patch;
  try {
    const next = copyJson(jsonPatch(object, operations)) as UnknownObject;
    checkSize(next, length);
    if (sameJson(next, object)) return false;
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

/** The webhook says no. */
class Denial extends ApiError {}

/** The webhook's own status, with a code that says that it has refused. */
function denial({ name }: Webhook, answer: ReviewResponse): Denial {
  const status = answer.status ?? {};
  const why = status.message || status.reason;
  const refused = `admission webhook "${name}" denied the request`;
  const { status: base } = apiError(
    'BadRequest',
    why ? `${refused}: ${why}` : `${refused} without explanation`,
  );
  const { reason: _, ...rest } = base;
  const code = status.code ?? 0;
  return new Denial({
    ...rest,
    ...status,
    message: base.message ?? '',
    status: 'Failure',
    code: code < 400 || code > 599 ? 400 : code,
  } as typeof base);
}
