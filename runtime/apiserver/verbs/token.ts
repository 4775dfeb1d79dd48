import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { apiError, notFound } from '../../api/status.ts';
import type { authentication } from '../../api/types.ts';
import type { BoundObject, TokenSubject } from '../authentication/tokens.ts';
import { textAt, valueAt } from '../registry/json.ts';
import { type Call, type Place, readObject } from '../registry/registry.ts';
import { namespaceMismatch } from './create.ts';
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
  const account = await readObject(registry, '', 'v1', 'serviceaccounts', place);
  if (account === undefined) throw notFound('', 'serviceaccounts', place.name);
  const spec = (request.spec ?? {}) as Partial<authentication.TokenRequestSpec>;
  const seconds = spec.expirationSeconds ?? 3600;
  checkRequest(request, place, seconds);
  const audiences = spec.audiences?.length ? spec.audiences : [tokens.issuer];
  const uid = account.metadata.uid ?? '';
  const { bound, node } = await boundTo(operations, place, spec.boundObjectRef);
  const subject: TokenSubject = { namespace: place.namespace, name: place.name, uid, bound, node };
  const patient =
    seconds === patientSeconds && bound?.kind === 'Pod' && audiences.includes(tokens.issuer);
  const token = call.dryRun
    ? ''
    : await tokens.issue(
        subject,
        audiences,
        patient ? yearSeconds : seconds,
        patient ? patientSeconds : undefined,
      );
  const now = registry.clock.now();
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: place.name,
      namespace: place.namespace,
      creationTimestamp: timestamp(now),
    },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp(now + seconds * 1000) },
  };
}

function checkRequest({ metadata }: UnknownObject, place: Place, seconds: number): void {
  if (metadata.name && metadata.name !== place.name) {
    throw apiError(
      'BadRequest',
      `the name of the object (${metadata.name}) does not match the name on the URL (${place.name})`,
    );
  }
  if (metadata.namespace && metadata.namespace !== place.namespace) throw namespaceMismatch();
  const detail =
    seconds < minimum
      ? 'may not specify a duration less than 10 minutes'
      : seconds > maximum
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (detail === undefined) return;
  const field = 'spec.expirationSeconds';
  const message = `Invalid value: ${seconds}: ${detail}`;
  const group = 'authentication.k8s.io';
  throw apiError('Invalid', `TokenRequest.${group} "" is invalid: ${field}: ${message}`, {
    ...{ group, kind: 'TokenRequest' },
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
    throw apiError('BadRequest', `cannot bind token for serviceaccount to object of type ${type}`);
  }
  const namespace = kind === 'Node' ? '' : place.namespace;
  const object = await readObject(registry, '', 'v1', resource, { namespace, name });
  if (object === undefined) throw notFound('', resource, name);
  const uid = object.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    throw apiError(
      'Conflict',
      `Operation cannot be fulfilled on ${resource} "${name}": the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const own = valueAt(object, 'spec', 'serviceAccountName');
  if (kind === 'Pod' && own !== place.name) {
    throw apiError(
      'BadRequest',
      `cannot bind token for serviceaccount "${place.name}" to pod running with different serviceaccount name.`,
    );
  }
  const bound: BoundObject = { kind: kind as BoundObject['kind'], name, uid };
  const nodeName = textAt(object, 'spec', 'nodeName');
  if (kind !== 'Pod' || nodeName === '') return { bound };
  const node = await readObject(registry, '', 'v1', 'nodes', { namespace: '', name: nodeName });
  return { bound, node: { name: nodeName, uid: node?.metadata.uid ?? '' } };
}
