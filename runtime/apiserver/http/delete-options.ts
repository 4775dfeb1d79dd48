/** The options of a deletion: those of the body or, without one, those of the query. */
import type { UnknownObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { apiError } from '../../api/status.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { DeleteRequest } from '../verbs/delete.ts';
import { checkAgainst } from '../verbs/field-validation.ts';
import { decodeBody, mediaTypeOf } from './body.ts';
import { integerOf, isDryRun, isTrue } from './call.ts';
import { Unreadable } from './full-yaml.ts';
import { aboutBody, asObject, bodyInTurn } from './request-bodies.ts';
import type { ResourceRequest } from './request-info.ts';
import type { Reply } from './respond.ts';

export interface Deletion {
  readonly options: DeleteRequest;
  readonly dryRun: boolean;
}

interface DeleteBody {
  gracePeriodSeconds?: number | null;
  propagationPolicy?: string | null;
  orphanDependents?: boolean | null;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: string[];
}

const deleteOptions = { kind: { kind: 'DeleteOptions', version: 'v1' } };
const expectedBody = { apiVersion: 'v1', kind: 'DeleteOptions', binary: true };
const deleteSchema: Schema = {
  $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
};

/**
 * A body stands in for all of the query, as it does in the original: `?dryRun=All` with a body that does
 * not say so deletes. Throws ApiError.
 */
export async function readDeleteOptions(
  registry: Registry,
  call: Call,
  info: ResourceRequest,
  reply: Reply,
): Promise<Deletion> {
  const bytes = await bodyInTurn(reply);
  if (bytes.length === 0) return optionsInQuery(info.query);
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
  return { options, dryRun: isDryRun(dryRun ?? []) };
}

function optionsInQuery(query: URLSearchParams): Deletion {
  const orphan = query.get('orphanDependents');
  const uid = query.get('uid');
  const resourceVersion = query.get('resourceVersion');
  const options: DeleteRequest = {
    gracePeriodSeconds: integerOf(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: orphan === null ? undefined : isTrue(orphan),
    preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
  };
  return { options, dryRun: isDryRun(query.getAll('dryRun')) };
}

/** Throws BadRequest for what is no DeleteOptions, UnsupportedMediaType. */
function readDeleteBody(bytes: Buffer, mediaType: string): UnknownObject {
  let body: UnknownObject;
  try {
    body = asObject(decodeBody(bytes, mediaType, false, expectedBody));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw apiError('BadRequest', aboutBody(error, mediaType));
  }
  const { apiVersion = '', kind } = body;
  if (String(apiVersion).split('/').length > 2) {
    throw apiError('BadRequest', `unexpected GroupVersion string: ${apiVersion}`);
  }
  if (kind && kind !== 'DeleteOptions') {
    const scheme = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';
    const version = apiVersion || 'meta.k8s.io/v1';
    const why = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "${scheme}"`;
    throw apiError('BadRequest', why);
  }
  return body;
}
