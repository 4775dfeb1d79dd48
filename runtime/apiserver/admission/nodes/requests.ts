/** For whom a node may ask for certificates: itself. */
import { parseCertificateRequest } from '../../../api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../../api/types.ts';
import type { Attributes } from '../admission.ts';
import { refuse } from './refuse.ts';

const nodeSigners = [
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
];

/** Throws Forbidden. Everything else about requests is for the signer to judge. */
export function restrictRequest(node: string, attributes: Attributes): void {
  if (attributes.operation !== 'CREATE' || attributes.subresource !== '') return;
  const { spec } = attributes.object as unknown as CertificateSigningRequest;
  if (!nodeSigners.includes(spec?.signerName)) return;
  let commonName: string;
  try {
    ({ commonName } = parseCertificateRequest(spec.request));
  } catch (error) {
    throw refuse(attributes, `unable to parse csr: ${(error as Error).message}`);
  }
  const own = `system:node:${node}`;
  if (commonName !== own) throw refuse(attributes, `can only create a node CSR with CN=${own}`);
}
