/** What requests carry: objects and patches. */
import { apiVersionOf, type UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import { Breath, turn } from '../registry/breath.ts';
import type { ServedResource } from '../registry/served.ts';
import { invalidOption } from '../verbs/errors.ts';
import type { Body } from '../verbs/operations.ts';
import type { PatchRequest } from '../verbs/patch.ts';
import { checkSize } from '../verbs/size.ts';
import {
  decodeBodyBeside,
  decodeJson,
  decodeYamlBeside,
  type Expected,
  mediaTypeOf,
  readBody,
} from './body.ts';
import { fieldValidationOf, isTrue } from './call.ts';
import { type Decoded, Unreadable } from './full-yaml.ts';
import type { ResourceRequest } from './request-info.ts';
import type { Reply } from './respond.ts';
import type { YamlThread } from './yaml-thread.ts';

const patchTypes: Record<string, PatchRequest['type']> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};
/** What is read of a body first, as the original's messages name it. */
const typeMeta =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** The body, when there is time for what follows from it. */
export async function bodyInTurn({ request }: Reply): Promise<Buffer> {
  const bytes = await readBody(request);
  const wait = turn();
  if (wait !== undefined) await wait;
  return bytes;
}

/** Throws UnsupportedMediaType, RequestEntityTooLarge, BadRequest. */
export async function readObjectBody(
  served: ServedResource,
  info: ResourceRequest,
  reply: Reply,
): Promise<Body> {
  const fieldValidation = fieldValidationOf(info.query);
  const bytes = await bodyInTurn(reply);
  const mediaType = mediaTypeOf(reply.request);
  const breath = new Breath();
  const expected = expectedBody(served, info.subresource);
  try {
    const strict = fieldValidation !== 'Ignore';
    const decoded = await decodeBodyBeside(bytes, mediaType, strict, expected, reply.yaml);
    checkSize(decoded.value, bytes.length);
    if (breath.due) await breath.pause();
    const { duplicates } = decoded;
    const object = asObject(decoded);
    reply.audit?.requestObject(object);
    return { object, duplicates, fieldValidation, trusted: false };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const why = `${aboutBody(error, mediaType)} (${summaryOf(bytes)})`;
    throw apiError(
      'BadRequest',
      `the object provided is unrecognized (must be of type ${expected.kind}): ${why}`,
    );
  }
}

function expectedBody({ kind, custom }: ServedResource, subresource: string): Expected {
  const found = kind.subresources.find(({ name }) => name === subresource)?.kind;
  const type = found ?? kind;
  const binary = custom === undefined || found !== undefined;
  return { apiVersion: apiVersionOf(type), kind: type.kind, binary };
}

export function aboutBody(error: Error, mediaType: string): string {
  const isJson = mediaType === 'application/json' || error.message.startsWith('json: ');
  return isJson ? `couldn't get version/kind; json parse error: ${error.message}` : error.message;
}

/** Enough of a body to know it by. */
function summaryOf(bytes: Buffer): string {
  const most = 30;
  if (bytes.length === 0) return '<empty>';
  const dots = bytes.length > most ? ' ...' : '';
  const encoding = bytes[0] === 0x7b ? 'utf8' : 'hex';
  return bytes.subarray(0, most).toString(encoding) + dots;
}

/** Nothing at all is an object without fields. Throws Unreadable. */
export function asObject({ value }: Decoded): UnknownObject {
  if (value === null || value === undefined) return {} as UnknownObject;
  if (typeof value === 'object' && !Array.isArray(value)) return value as UnknownObject;
  throw new Unreadable(
    `json: cannot unmarshal ${typeName(value)} into Go value of type ${typeMeta}`,
  );
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

/** Throws UnsupportedMediaType, RequestEntityTooLarge, Invalid, BadRequest. */
export async function readPatch(
  served: ServedResource,
  info: ResourceRequest,
  reply: Reply,
): Promise<PatchRequest> {
  const type = patchType(served, mediaTypeOf(reply.request));
  const force = info.query.get('force');
  if (force !== null && type !== 'apply') {
    const why = 'Forbidden: may not be specified for non-apply patch';
    throw invalidOption('PatchOptions', 'force', 'FieldValueForbidden', why);
  }
  if (type === 'apply' && !info.query.get('fieldManager')) {
    const why = 'Required value: is required for apply patch';
    throw invalidOption('PatchOptions', 'fieldManager', 'FieldValueRequired', why);
  }
  const text = (await bodyInTurn(reply)).toString();
  const fieldValidation = fieldValidationOf(info.query);
  const strict = fieldValidation !== 'Ignore';
  const { value: patch, duplicates } = await decodePatch(text, type, strict, reply.yaml);
  checkSize(patch, text.length);
  reply.audit?.requestObject(patch);
  return { type, patch, duplicates, force: isTrue(force), fieldValidation };
}

function patchType({ custom }: ServedResource, mediaType: string): PatchRequest['type'] {
  const type = patchTypes[mediaType];
  // How the lists of custom kinds merge is said in their schema, for server-side apply alone.
  if (type !== undefined && (custom === undefined || type !== 'strategic')) return type;
  if (custom === undefined) {
    throw apiError('UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const accepted = Object.keys(patchTypes).filter((name) => patchTypes[name] !== 'strategic');
  const why = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  throw apiError('UnsupportedMediaType', why);
}

async function decodePatch(
  text: string,
  type: PatchRequest['type'],
  findDuplicates: boolean,
  thread: YamlThread | undefined,
): Promise<Decoded> {
  try {
    if (type === 'apply') return await decodeYamlBeside(text, thread);
    const decoded = decodeJson(text, findDuplicates);
    const { value } = decoded;
    const fits = type === 'json' ? Array.isArray(value) : isMap(value);
    if (fits) return decoded;
    const wanted = type === 'json' ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
    throw new Unreadable(
      `json: cannot unmarshal ${typeName(value)} into Go value of type ${wanted}`,
    );
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const before =
      type === 'apply'
        ? 'error decoding YAML: error converting YAML to JSON'
        : 'error decoding patch';
    throw apiError('BadRequest', `${before}: ${error.message}`);
  }
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
