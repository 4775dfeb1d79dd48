/** What requests carry: objects, patches and the options of deletions. */
import type { UnknownObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { apiError } from '../../api/status.ts';
import { Breath, turn } from '../registry/breath.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import type { DeleteRequest } from '../verbs/delete.ts';
import { invalidOption } from '../verbs/errors.ts';
import { checkAgainst } from '../verbs/field-validation.ts';
import type { Body } from '../verbs/operations.ts';
import type { PatchRequest } from '../verbs/patch.ts';
import { checkSize } from '../verbs/size.ts';
import {
  decodeBody,
  decodeBodyBeside,
  decodeJson,
  decodeYamlBeside,
  mediaTypeOf,
  readBody,
} from './body.ts';
import { fieldValidationOf, integerOf, isDryRun, isTrue } from './call.ts';
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
async function bodyInTurn({ request }: Reply): Promise<Buffer> {
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
  try {
    const strict = fieldValidation !== 'Ignore';
    const decoded = await decodeBodyBeside(bytes, mediaType, strict, reply.yaml);
    checkSize(decoded.value, bytes.length);
    if (breath.due) await breath.pause();
    const { duplicates } = decoded;
    const object = asObject(decoded);
    reply.audit?.requestObject(object);
    return { object, duplicates, fieldValidation, trusted: false };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const kind = kindOfBody(served, info.subresource);
    const why = `${aboutBody(error, mediaType)} (${summaryOf(bytes)})`;
    throw apiError(
      'BadRequest',
      `the object provided is unrecognized (must be of type ${kind}): ${why}`,
    );
  }
}

function kindOfBody(served: ServedResource, subresource: string): string {
  const found = served.kind.subresources.find(({ name }) => name === subresource);
  return found?.kind?.kind ?? served.kind.kind;
}

function aboutBody(error: Error, mediaType: string): string {
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
function asObject({ value }: Decoded): UnknownObject {
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

interface DeleteBody {
  gracePeriodSeconds?: number | null;
  propagationPolicy?: string | null;
  orphanDependents?: boolean | null;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

const deleteOptions = { kind: { kind: 'DeleteOptions', version: 'v1' } };
const deleteSchema: Schema = {
  $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
};

/** DELETE takes its options from the body or, without one, from the query. Throws ApiError. */
export async function readDeleteOptions(
  registry: Registry,
  call: Call,
  info: ResourceRequest,
  reply: Reply,
): Promise<{ options: DeleteRequest; call: { dryRun?: true } }> {
  const bytes = await bodyInTurn(reply);
  if (bytes.length === 0) return { options: optionsInQuery(info.query), call: {} };
  const body = readDeleteBody(bytes, mediaTypeOf(reply.request));
  reply.audit?.requestObject(body);
  checkAgainst(registry, call, deleteOptions, body, deleteSchema, 'Ignore');
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } =
    body as DeleteBody;
  const options: DeleteRequest = {
    gracePeriodSeconds: gracePeriodSeconds ?? undefined,
    propagationPolicy: propagationPolicy ?? undefined,
    orphanDependents: orphanDependents ?? undefined,
    preconditions,
  };
  return { options, call: isDryRun(dryRun ?? []) ? { dryRun: true } : {} };
}

function optionsInQuery(query: URLSearchParams): DeleteRequest {
  const orphan = query.get('orphanDependents');
  return {
    gracePeriodSeconds: integerOf(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: orphan === null ? undefined : isTrue(orphan),
    preconditions: undefined,
  };
}

/** Throws BadRequest for what is no DeleteOptions, UnsupportedMediaType. */
function readDeleteBody(bytes: Buffer, mediaType: string): UnknownObject {
  let body: UnknownObject;
  try {
    body = asObject(decodeBody(bytes, mediaType, false));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw apiError('BadRequest', aboutBody(error, mediaType));
  }
  if (body.kind && body.kind !== 'DeleteOptions') {
    const scheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
    const version = body.apiVersion || 'meta.k8s.io/v1';
    const why = `no kind ${JSON.stringify(body.kind)} is registered for version ${JSON.stringify(version)} in scheme "${scheme}"`;
    throw apiError('BadRequest', why);
  }
  return body;
}
