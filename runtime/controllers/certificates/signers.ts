/**
 * What the four signers that every cluster has certify, and what they refuse. Pure.
 * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
import type { CertificateRequest } from '../../api/certificate-request.ts';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';

/** Throws an Error that says what the signer does not certify. */
type Check = (request: CertificateRequest, usages: readonly string[]) => void;

/** By name; requests for others are somebody else's. */
export const signers: Readonly<Record<string, Check>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) => checkClientUsages(usages),
  [kubeletClientSigner]: checkKubeletClient,
  'kubernetes.io/kubelet-serving': checkKubeletServing,
  'kubernetes.io/legacy-unknown': () => {},
};

function checkClientUsages(usages: readonly string[]): void {
  for (const usage of usages) {
    if (['digital signature', 'key encipherment', 'client auth'].includes(usage)) continue;
    throw new Error(`invalid usage for client certificate: ${usage}`);
  }
  if (!usages.includes('client auth')) {
    throw new Error('missing required usage for client certificate: client auth');
  }
}

/** What a kubelet calls the API with: the node's name and nothing else. */
export function checkKubeletClient(request: CertificateRequest, usages: readonly string[]): void {
  const { dnsNames, emailAddresses, ipAddresses, uris } = request;
  demand(isOfNodes(request), 'subject organization is not system:nodes');
  demand(dnsNames.length === 0, 'DNS subjectAltNames are not allowed');
  demand(emailAddresses.length === 0, 'Email subjectAltNames are not allowed');
  demand(ipAddresses.length === 0, 'IP subjectAltNames are not allowed');
  demand(uris.length === 0, 'URI subjectAltNames are not allowed');
  demandName(request);
  demandUsages(usages, 'client auth');
}

function checkKubeletServing(request: CertificateRequest, usages: readonly string[]): void {
  const { dnsNames, emailAddresses, ipAddresses, uris } = request;
  demand(isOfNodes(request), 'subject organization is not system:nodes');
  demand(dnsNames.length + ipAddresses.length > 0, 'DNS or IP subjectAltName is required');
  demand(emailAddresses.length === 0, 'Email subjectAltNames are not allowed');
  demand(uris.length === 0, 'URI subjectAltNames are not allowed');
  demandUsages(usages, 'server auth');
  demandName(request);
}

function isOfNodes({ organizations }: CertificateRequest): boolean {
  return organizations.length === 1 && organizations[0] === 'system:nodes';
}

function demandName({ commonName }: CertificateRequest): void {
  const named = commonName.startsWith('system:node:');
  demand(named, 'subject common name does not begin with system:node: prefix');
}

/** Keys that are not RSA need no `key encipherment`. */
function demandUsages(usages: readonly string[], purpose: string): void {
  const required = ['digital signature', 'key encipherment', purpose].sort();
  const same = (wanted: readonly string[]) =>
    new Set(usages).size === wanted.length && wanted.every((usage) => usages.includes(usage));
  const fine = same(required) || same(required.filter((usage) => usage !== 'key encipherment'));
  demand(fine, `usages did not match [${required.join(' ')}]`);
}

function demand(held: boolean, why: string): void {
  if (!held) throw new Error(why);
}
