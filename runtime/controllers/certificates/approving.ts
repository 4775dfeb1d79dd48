/**
 * Approves certificates for kubelets: a node's own renewal, and first ones for who may bootstrap nodes.
 * Whether they may is a question to the authorizer, so that roles decide.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#approval
 */
import { type CertificateRequest, parseCertificateRequest } from '../../api/certificate-request.ts';
import type { KubeObject } from '../../api/object.ts';
import type { authorization, CertificateSigningRequest } from '../../api/types.ts';
import { at, certificateSigningRequests } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop } from '../kit/loop.ts';
import { checkKubeletClient, kubeletClientSigner } from './signers.ts';
import { has } from './signing.ts';

interface Recognizer {
  /** Of certificatesigningrequests; the right to create it is what it takes. */
  readonly subresource: string;
  readonly message: string;
  recognizes(request: CertificateSigningRequest, asked: CertificateRequest): boolean;
}

const recognizers: readonly Recognizer[] = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    recognizes: ({ spec }, { commonName }) => spec.username === commonName,
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    recognizes: () => true,
  },
];

/** Starts the controller. */
export function runCertificateApproving(context: ControllerContext): void {
  const { informers } = context;
  const loop = createLoop(context, 'certificatesigningrequest-approving');
  const requests = informers.for<CertificateSigningRequest>(certificateSigningRequests);
  const enqueue = ({ metadata }: CertificateSigningRequest) => loop.queue.add(metadata.name);
  requests.subscribe({ added: enqueue, updated: enqueue });
  loop.start([requests], async (name) => {
    const request = requests.get(name);
    if (request === undefined || request.status?.certificate) return;
    if (has(request, 'Approved') || has(request, 'Denied')) return;
    const asked = kubeletRequest(request);
    if (asked === undefined) return;
    const found = recognizers.filter((each) => each.recognizes(request, asked));
    for (const { subresource, message } of found) {
      if (await mayCreate(context, request, subresource)) return approve(context, request, message);
    }
    // Roles may come after the request; the queue asks again, ever more slowly.
    const as = found.map(({ subresource }) => subresource).join(' ');
    throw new Error(
      `recognized csr "${name}" as [${as}] but subject access review was not approved`,
    );
  });
}

/** What it asks for, if it asks for what a kubelet would. */
function kubeletRequest({ spec }: CertificateSigningRequest): CertificateRequest | undefined {
  if (spec.signerName !== kubeletClientSigner) return undefined;
  try {
    const asked = parseCertificateRequest(spec.request);
    checkKubeletClient(asked, spec.usages ?? []);
    return asked;
  } catch {
    // Not a kubelet's: for a person to judge, or for the signer to refuse.
    return undefined;
  }
}

async function mayCreate(
  { client }: ControllerContext,
  { spec }: CertificateSigningRequest,
  subresource: string,
): Promise<boolean> {
  const group = 'authorization.k8s.io';
  const { username: user, groups, uid, extra } = spec;
  const review = (await client.create({ group, version: 'v1', resource: 'subjectaccessreviews' }, {
    ...{ apiVersion: `${group}/v1`, kind: 'SubjectAccessReview', metadata: {} },
    spec: {
      ...{ user, groups, uid, extra },
      resourceAttributes: {
        ...{ group: 'certificates.k8s.io', version: 'v1', verb: 'create' },
        ...{ resource: 'certificatesigningrequests', subresource },
      },
    },
  } as KubeObject)) as unknown as authorization.SubjectAccessReview;
  return review.status?.allowed === true;
}

async function approve(
  { client }: ControllerContext,
  request: CertificateSigningRequest,
  message: string,
): Promise<void> {
  const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
  const conditions = [...(request.status?.conditions ?? []), approved];
  const target = at(certificateSigningRequests, request.metadata.name, undefined, 'approval');
  await client.update(target, {
    ...request,
    status: { ...request.status, conditions },
  } as KubeObject);
}
