/** One call of a webhook: an AdmissionReview, and the answer in it. */
import type { Status } from '../../../api/status.ts';
import type { Webhook } from './configuration.ts';
import { CallError, post, type Reach, unavailable } from './transport.ts';

export interface ReviewResponse {
  readonly uid?: string;
  readonly allowed: boolean;
  readonly status?: Partial<Pick<Status, 'message' | 'reason' | 'code' | 'details'>>;
  /** Base64 of a JSON patch. */
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

const defaultTimeoutSeconds = 10;
const versions = ['v1', 'v1beta1'];

/**
 * Throws CallError, in the original's words and with what was called, if there is no usable answer.
 * `mutates`: the answer may bring a patch.
 */
export async function callWebhook(
  reach: Reach,
  webhook: Webhook,
  review: { readonly uid: string } & Record<string, unknown>,
  mutates: boolean,
): Promise<ReviewResponse> {
  const version = (webhook.admissionReviewVersions ?? ['v1']).find((name) =>
    versions.includes(name),
  );
  if (version === undefined) {
    throw new CallError(
      'could not get REST client: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
      500,
    );
  }
  const apiVersion = `admission.k8s.io/${version}`;
  const body = JSON.stringify({ kind: 'AdmissionReview', apiVersion, request: review });
  const seconds = webhook.timeoutSeconds ?? defaultTimeoutSeconds;
  let text: string;
  try {
    text = await post(reach, webhook.clientConfig, body, seconds);
  } catch (error) {
    const code = error instanceof CallError ? error.code : unavailable;
    throw new CallError(`failed to call webhook: ${reasonOf(error)}`, code);
  }
  try {
    return checked(text, apiVersion, review.uid, mutates);
  } catch (error) {
    throw new CallError(`received invalid webhook response: ${reasonOf(error)}`, unavailable);
  }
}

/**
 * The operations of the JSON patch in an answer, for `jsonPatch` to judge; empty if there is none. Throws
 * CallError if it cannot be read.
 */
export function patchOf({ patch }: ReviewResponse): readonly unknown[] {
  if (!patch) return [];
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString());
    if (Array.isArray(operations)) return operations;
    throw new Error('it is no list of operations');
  } catch (error) {
    const why = `received undecodable patch in webhook response: ${reasonOf(error)}`;
    throw new CallError(why, unavailable);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Answer {
  apiVersion?: string;
  kind?: string;
  response?: ReviewResponse | null;
}

function checked(text: string, apiVersion: string, uid: string, mutates: boolean): ReviewResponse {
  const answer = JSON.parse(text) as Answer | null;
  const { response } = answer ?? {};
  if (response === undefined || response === null) throw new Error('webhook response was absent');
  const { allowed = false } = response;
  if (typeof allowed !== 'boolean') {
    throw new Error(`response.allowed is to be true or false, not ${JSON.stringify(allowed)}`);
  }
  if (apiVersion === 'admission.k8s.io/v1') {
    if (answer?.apiVersion !== apiVersion || answer.kind !== 'AdmissionReview') {
      const [group = '', version = ''] = (answer?.apiVersion ?? '').split('/');
      throw new Error(
        `expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${group}/${version}, Kind=${answer?.kind ?? ''}`,
      );
    }
    if (response.uid !== uid) {
      throw new Error(`expected response.uid="${uid}", got "${response.uid ?? ''}"`);
    }
    checkPatch(response, mutates);
  }
  checkTypes(response);
  return response;
}

/** Throws Error for parts that are not what they have to be: what follows of them goes on to clients. */
function checkTypes({ patch, status, warnings, auditAnnotations }: Partial<ReviewResponse>): void {
  const areTexts = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string');
  const { code = 0, message = '', reason = '', details } = status ?? {};
  const isStatus =
    typeof (status ?? {}) === 'object' &&
    Number.isInteger(code) &&
    [message, reason].every((text) => typeof text === 'string') &&
    typeof (details ?? {}) === 'object' &&
    Number.isInteger(details?.retryAfterSeconds ?? 0);
  if (patch != null && typeof patch !== 'string') throw unreadable('patch');
  if (!isStatus) throw unreadable('status');
  if (warnings != null && !(Array.isArray(warnings) && areTexts(warnings))) {
    throw unreadable('warnings');
  }
  if (
    auditAnnotations != null &&
    (Array.isArray(auditAnnotations) || !areTexts(auditAnnotations))
  ) {
    throw unreadable('auditAnnotations');
  }
}

function unreadable(part: string): Error {
  return new Error(`response.${part} is not of its type`);
}

function checkPatch({ patch, patchType }: ReviewResponse, mutates: boolean): void {
  if (!mutates) {
    if (patch) throw new Error('validating webhook may not return response.patch');
    if (patchType !== undefined) {
      throw new Error('validating webhook may not return response.patchType');
    }
    return;
  }
  if (patch && patchType === undefined) {
    throw new Error('webhook returned response.patch but not response.patchType');
  }
  if (!patch && patchType !== undefined) {
    throw new Error('webhook returned response.patchType but not response.patch');
  }
  if (patchType !== undefined && patchType !== 'JSONPatch') {
    throw new Error(`webhook returned invalid response.patchType of "${patchType}"`);
  }
}
