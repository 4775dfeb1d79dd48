/**
 * Conversion by webhook: somebody outside is asked for the objects in another version. The answer may
 * change everything but metadata; of that labels and annotations.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
import { randomUUID } from 'node:crypto';
import type { WebhookConversion } from '../../api/custom/definition.ts';
import { goType } from '../../api/go-text.ts';
import type { UnknownObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import { Problems } from '../../api/validation/problems.ts';
import { annotations, isRecord, labels } from '../../api/validation/values.ts';
import { post, type Reach } from '../admission/webhooks/transport.ts';
import { unexplained } from '../patching/errors.ts';
import { copyJson, sameJson } from '../registry/json.ts';
import { checkSize } from '../verbs/size.ts';

const group = 'apiextensions.k8s.io';
const reviewVersions = ['v1', 'v1beta1'];
const timeoutSeconds = 30;
/** Objects asked about at a time, and characters of them: lists of any length are converted in calls of a bearable size. */
const mostObjects = 500;
const mostText = 3 * 1024 * 1024;

interface Review {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly response?: {
    readonly uid?: string;
    readonly convertedObjects?: readonly unknown[];
    readonly result?: { readonly status?: string; readonly message?: string };
  } | null;
}

/**
 * The objects, which are of one kind and none of them of that version, in that version and in their
 * order. They are left alone. Throws ApiError (500) in the original's words.
 */
export async function convertByWebhook(
  reach: Reach,
  webhook: WebhookConversion,
  objects: readonly UnknownObject[],
  apiVersion: string,
): Promise<UnknownObject[]> {
  const converted: UnknownObject[] = [];
  for (let at = 0; at < objects.length; ) {
    const texts: string[] = [];
    let length = 0;
    while (at + texts.length < objects.length && texts.length < mostObjects && length < mostText) {
      const text = JSON.stringify(objects[at + texts.length]);
      texts.push(text);
      length += text.length;
    }
    const some = objects.slice(at, at + texts.length);
    for (const object of await convertSome(reach, webhook, some, texts, apiVersion)) {
      converted.push(object);
    }
    at += texts.length;
  }
  return converted;
}

async function convertSome(
  reach: Reach,
  webhook: WebhookConversion,
  objects: readonly UnknownObject[],
  /** The same as JSON. */
  texts: readonly string[],
  apiVersion: string,
): Promise<UnknownObject[]> {
  const [first] = objects;
  const about = `conversion webhook for ${first?.apiVersion}, Kind=${first?.kind}`;
  const answers = await ask(reach, webhook, texts, apiVersion).catch((error: unknown) => {
    if (error instanceof ApiError) throw error;
    throw unexplained(`${about} failed: ${textOf(error)}`);
  });
  if (answers.length !== objects.length) {
    throw unexplained(`${about} returned ${answers.length} objects, expected ${objects.length}`);
  }
  const alone = objects.length === 1;
  return objects.map((original, index) => {
    const at = alone ? 'object' : `converted object at index ${index}`;
    const refuse = (what: string, why: string) =>
      unexplained(`${about} returned invalid ${what}: ${why}`);
    const converted = checkKind(original, answers[index], apiVersion, (why) =>
      refuse(alone ? 'object at index 0' : at, why),
    );
    checkIdentity(original, converted, (why) => refuse(at, why));
    const metadata = restored(original, converted.metadata, (why) =>
      refuse(alone ? 'metadata' : `metadata in object at index ${index}`, why),
    );
    return { ...converted, metadata };
  });
}

/** The objects of a review's answer, as they came. Throws Error. */
async function ask(
  reach: Reach,
  { clientConfig = {}, conversionReviewVersions }: WebhookConversion,
  texts: readonly string[],
  desiredAPIVersion: string,
): Promise<readonly unknown[]> {
  const version = conversionReviewVersions.find((name) => reviewVersions.includes(name));
  if (version === undefined) throw unexplained('no supported conversion review versions');
  const uid = randomUUID();
  const apiVersion = `${group}/${version}`;
  const head = JSON.stringify({
    kind: 'ConversionReview',
    apiVersion,
    request: { uid, desiredAPIVersion, objects: [] },
  });
  const body = `${head.slice(0, -']}}'.length)}${texts.join()}]}}`;
  const said = await post(reach, clientConfig, body, timeoutSeconds);
  const answer = JSON.parse(said) as Review | null;
  const { response } = answer ?? {};
  const isReview = answer?.apiVersion === apiVersion && answer.kind === 'ConversionReview';
  if (version === 'v1' && !isReview) {
    throw new Error(
      `expected webhook response of ${apiVersion}, Kind=ConversionReview, got ${answer?.apiVersion ?? ''}, Kind=${answer?.kind ?? ''}`,
    );
  }
  if (response === undefined || response === null) throw new Error('no response provided');
  if (version === 'v1' && response.uid !== uid) {
    throw new Error(`expected response.uid="${uid}", got "${response.uid ?? ''}"`);
  }
  const { status = '', message = '' } = response.result ?? {};
  if (status !== 'Success') {
    throw new Error(message || `response.result.status was '${status}', not 'Success'`);
  }
  const { convertedObjects } = response;
  if (!Array.isArray(convertedObjects)) return [];
  try {
    for (const object of convertedObjects) checkSize(object, said.length);
  } catch (error) {
    // Not the request is at fault.
    throw new Error(textOf(error));
  }
  return convertedObjects;
}

type Refuse = (why: string) => ApiError;

function checkKind(
  original: UnknownObject,
  answer: unknown,
  apiVersion: string,
  refuse: Refuse,
): UnknownObject {
  const converted = (isRecord(answer) ? answer : {}) as Partial<UnknownObject>;
  if (converted.apiVersion !== apiVersion) {
    throw refuse(
      `invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`,
    );
  }
  if (converted.kind !== original.kind) {
    throw refuse(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`);
  }
  return converted as UnknownObject;
}

function checkIdentity(original: UnknownObject, converted: UnknownObject, refuse: Refuse): void {
  const given = isRecord(converted.metadata) ? converted.metadata : {};
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const before = original.metadata[field] ?? '';
    const after = given[field] ?? '';
    if (before === after) continue;
    const shown = field === 'uid' ? 'UID' : field;
    throw refuse(`must have the same ${shown}: ${before} != ${String(after)}`);
  }
}

/** The original's metadata with the answer's labels and annotations. */
function restored(
  original: UnknownObject,
  metadata: unknown,
  refuse: Refuse,
): UnknownObject['metadata'] {
  if (metadata === undefined) throw refuse('missing metadata in converted object');
  if (!isRecord(metadata)) {
    throw refuse(`invalid metadata of type ${goType(metadata)} in converted object`);
  }
  const result = copyJson(original.metadata);
  for (const field of ['labels', 'annotations'] as const) {
    const given = metadata[field];
    if (given === undefined || given === null) {
      delete result[field];
      continue;
    }
    if (!isRecord(given)) {
      throw refuse(`invalid metadata.${field} of type ${goType(given)} in converted object`);
    }
    for (const [key, value] of Object.entries(given)) {
      if (typeof value === 'string') continue;
      const is = `must be a string, but is ${goType(value)} in converted object`;
      throw refuse(`metadata.${field}[${key}] ${is}`);
    }
    const texts = given as Record<string, string>;
    if (!sameJson(texts, original.metadata[field])) checkTexts(field, texts, refuse);
    result[field] = texts;
  }
  return result;
}

function checkTexts(
  field: 'labels' | 'annotations',
  texts: Record<string, string>,
  refuse: Refuse,
): void {
  const problems = new Problems();
  if (field === 'labels') labels(texts, 'metadata.labels', problems);
  else annotations(texts, 'metadata.annotation', problems);
  if (problems.causes.length === 0) return;
  const lines = problems.causes.map((cause) => `${cause.field}: ${cause.message}`);
  throw refuse(lines.length === 1 ? `${lines[0]}` : `[${lines.join(', ')}]`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
