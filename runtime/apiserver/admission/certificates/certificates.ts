/**
 * What guards CertificateSigningRequests: who may approve and sign for which signer, whom nobody is
 * certified as, and that requests and conditions are what they should be.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */

import { parseCertificateRequest } from '../../../api/certificate-request.ts';
import { timestamp } from '../../../api/clock.ts';
import type { UnknownObject } from '../../../api/object.ts';
import type { CertificateSigningRequest, certificates } from '../../../api/types.ts';
import { sameJson } from '../../registry/json.ts';
import { forbidden, invalid } from '../../verbs/errors.ts';
import { type AdmissionPlugin, type Attributes, concerns } from '../admission.ts';
import type { Authorizes } from '../dynamic/variables.ts';
import { conditionCauses } from './conditions.ts';

const group = 'certificates.k8s.io';
const resource = 'certificatesigningrequests';
const clientSigner = 'kubernetes.io/kube-apiserver-client';
const masters = 'system:masters';

/** In the order in which they run. */
export function certificatePlugins(authorizer: Authorizes): AdmissionPlugin[] {
  return [
    form,
    guard('CertificateApproval', authorizer, 'approval', 'approve'),
    guard('CertificateSigning', authorizer, 'status', 'sign'),
    subjectRestriction,
  ];
}

/** No plug-in of the original's, which checks this with the other fields; that takes a parser. */
const form: AdmissionPlugin = {
  name: 'CertificateRequestForm',
  mutate(attributes, { clock }) {
    const { subresource, object, previous } = attributes;
    if (!isRequest(attributes) || (subresource !== 'approval' && subresource !== 'status')) return;
    stampConditions(conditionsOf(object), conditionsOf(previous), timestamp(clock.now()));
  },
  validate(attributes) {
    const { served, place, object, previous, subresource } = attributes;
    if (!isRequest(attributes) || object === undefined) return undefined;
    if (previous === undefined) return checkForm(attributes, object);
    if (subresource === '') return undefined;
    const causes = conditionCauses(conditionsOf(object), conditionsOf(previous), subresource);
    if (causes.length > 0) throw invalid(served, place.name, causes);
    return undefined;
  },
};

async function checkForm({ served, place }: Attributes, object: UnknownObject): Promise<void> {
  const { request } = (object as unknown as CertificateSigningRequest).spec;
  const problem = await problemOf(request);
  if (problem === undefined) return;
  const value = [...Buffer.from(request, 'base64')].map((byte) => `0x${byte.toString(16)}`);
  const message = `Invalid value: []byte{${value.join(', ')}}: ${problem}`;
  const cause = { reason: 'FieldValueInvalid', message, field: 'spec.request' };
  throw invalid(served, place.name, [cause]);
}

async function problemOf(request: string): Promise<string | undefined> {
  try {
    const parsed = parseCertificateRequest(request);
    return (await parsed.isSigned()) ? undefined : 'x509: signature verification failure';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function guard(
  name: string,
  authorizer: Authorizes,
  subresource: string,
  verb: 'approve' | 'sign',
): AdmissionPlugin {
  return {
    name,
    validate(attributes) {
      if (!isRequest(attributes) || attributes.operation !== 'UPDATE') return;
      const { served, place, previous, call } = attributes;
      if (attributes.subresource !== subresource) return;
      if (verb === 'sign' && sameJson(signed(attributes.object), signed(previous))) return;
      const { signerName } = (previous as unknown as CertificateSigningRequest).spec;
      const domain = `${signerName.split('/')[0]}/*`;
      const may = [signerName, domain].some((signer) => {
        const action = { verb, group, version: '*', resource: 'signers', subresource: '' };
        const where = { namespace: '', name: signer };
        return authorizer.authorize(call.user, { type: 'resource', ...action, ...where }).allowed;
      });
      if (may) return;
      const why = `user not permitted to ${verb} requests with signerName "${signerName}"`;
      throw forbidden(served, place.name, why);
    },
  };
}

const subjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(attributes) {
    if (attributes.operation !== 'CREATE' || !concerns(attributes, group, resource)) return;
    const { spec } = attributes.object as unknown as CertificateSigningRequest;
    if (spec.signerName !== clientSigner) return;
    if (!parseCertificateRequest(spec.request).organizations.includes(masters)) return;
    const why = `use of ${clientSigner} signer with ${masters} group is not allowed`;
    throw forbidden(attributes.served, attributes.place.name, why);
  },
};

function isRequest({ served }: Attributes): boolean {
  return served.kind.group === group && served.kind.resource === resource;
}

type Condition = certificates.CertificateSigningRequestCondition;

function conditionsOf(object: object | undefined): Condition[] {
  return (object as CertificateSigningRequest | undefined)?.status?.conditions ?? [];
}

function signed(object: object | undefined) {
  const { certificate, conditions = [] } =
    (object as CertificateSigningRequest | undefined)?.status ?? {};
  return { certificate, conditions };
}

/** Fills in when what is new was set. */
function stampConditions(next: Condition[], previous: readonly Condition[], now: string): void {
  for (const condition of next) {
    const before = previous.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= now;
    if (condition.lastTransitionTime) continue;
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    condition.lastTransitionTime = since ?? now;
  }
}
