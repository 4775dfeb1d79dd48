import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { apiError, notFound } from '../../api/status.ts';
import type { authentication } from '../../api/types.ts';
import type { BoundObject, TokenSubject } from '../authentication/tokens.ts';
import { textAt, valueAt } from '../registry/json.ts';
import { type Call, type Place, readObject } from '../registry/registry.ts';
import { matchNamespace } from './create.ts';
import type { Operations } from './operations.ts';

const minimum = 600;
const maximum = 2 ** 32;
/**
 * What the kubelet asks for on behalf of old clients that read their token once: it gets a year, and
 * a note of when the holder should have come back.
 */
const patientSeconds = 3607;
const yearSeconds = 365 * 24 * 3600;

/** POST serviceaccounts/…/token. Throws NotFound, Invalid, Conflict. */
export async function issueToken(
  operations: Operations,
  call: Call,
  place: Place,
  request: UnknownObject,
): Promise<UnknownObject> {
  const { registry, tokens } = operations;
  checkPlace(request, place);
  const account = await readObject(registry, '', 'v1', 'serviceaccounts', place);
  if (account === undefined) throw notFound('', 'serviceaccounts', place.name);
  const spec = (request.spec ?? {}) as Partial<authentication.TokenRequestSpec>;
  const asked = spec.expirationSeconds ?? 3600;
  checkExpiration(asked);
  const audiences = spec.audiences?.length ? spec.audiences : [tokens.issuer];
  const uid = account.metadata.uid ?? '';
  const { bound, node } = await boundTo(operations, place, spec.boundObjectRef);
  const { maxExpirationSeconds = 0, extendExpiration = true } = tokens.issuance;
  let seconds = asked;
  if (maxExpirationSeconds > 0 && asked > maxExpirationSeconds) {
    call.warn(
      `requested expiration of ${asked} seconds shortened to ${maxExpirationSeconds} seconds`,
    );
    seconds = maxExpirationSeconds;
  }
  const subject: TokenSubject = { namespace: place.namespace, name: place.name, uid, bound, node };
  const isForUs = audiences.every((audience) => audience === tokens.issuer);
  const patient =
    extendExpiration && seconds === patientSeconds && bound?.kind === 'Pod' && isForUs;
  const now = registry.clock.now();
  const { token, id } = await tokens.issue(
    subject,
    audiences,
    patient ? yearSeconds : seconds,
    patient ? patientSeconds : undefined,
  );
  // A token of a dry run is not handed out.
  if (!call.dryRun) {
    call.annotate?.('authentication.kubernetes.io/issued-credential-id', `JTI=${id}`);
  }
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: place.name,
      namespace: place.namespace,
      creationTimestamp: timestamp(now),
    },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: {
      token: call.dryRun ? '' : token,
      expirationTimestamp: timestamp(now + seconds * 1000),
    },
  };
}

/** What the body says of its place must agree with the path. */
function checkPlace({ metadata }: UnknownObject, place: Place): void {
  matchNamespace(metadata, place.namespace);
  if (!metadata.name || metadata.name === place.name) return;
  const detail = 'must match the service account name if specified';
  throw invalidRequest(place.name, 'metadata.name', JSON.stringify(metadata.name), detail);
}

function checkExpiration(seconds: number): void {
  const detail =
    seconds < minimum
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maximum
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (detail !== undefined) {
    throw invalidRequest('', 'spec.expirationSeconds', String(seconds), detail);
  }
}

function invalidRequest(name: string, field: string, value: string, detail: string) {
  const message = `Invalid value: ${value}: ${detail}`;
  const group = 'authentication.k8s.io';
  return apiError('Invalid', `TokenRequest.${group} "${name}" is invalid: ${field}: ${message}`, {
    ...{ group, kind: 'TokenRequest', ...(name === '' ? {} : { name }) },
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
}

async function boundTo(
  { registry }: Operations,
  place: Place,
  reference: authentication.BoundObjectReference | undefined,
): Promise<Pick<TokenSubject, 'bound' | 'node'>> {
  if (reference === undefined || reference === null) return {};
  const { apiVersion = '', kind = '', name = '' } = reference;
  const resource = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
  if (resource === undefined || apiVersion !== 'v1') {
    const [version, group = ''] = apiVersion.split('/').reverse();
    const type = `${group}/${version}, Kind=${kind}`;
    throw apiError('BadRequest', `cannot bind token to object of type ${type}`);
  }
  const namespace = kind === 'Node' ? '' : place.namespace;
  const object = await readObject(registry, '', 'v1', resource, { namespace, name });
  if (object === undefined) throw notFound('', resource, name);
  const own = valueAt(object, 'spec', 'serviceAccountName');
  if (kind === 'Pod' && own !== place.name) {
    throw apiError(
      'BadRequest',
      `cannot bind token for serviceaccount "${place.name}" to pod running with different serviceaccount name.`,
    );
  }
  const uid = object.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    throw apiError(
      'Conflict',
      `Operation cannot be fulfilled on ${kind} "${name}": the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      { name, kind },
    );
  }
  const bound: BoundObject = { kind: kind as BoundObject['kind'], name, uid };
  const nodeName = textAt(object, 'spec', 'nodeName');
  if (kind !== 'Pod' || nodeName === '') return { bound };
  const node = await readObject(registry, '', 'v1', 'nodes', { namespace: '', name: nodeName });
  return { bound, node: { name: nodeName, uid: node?.metadata.uid ?? '' } };
}
