/** Signs what has been approved, for the signers in signers.ts. */
import { parseCertificateRequest, type SigningOrder } from '../../api/certificate-request.ts';
import type { CertificateSigningRequest, certificates } from '../../api/types.ts';
import { certificateSigningRequests } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, messageOf } from '../kit/loop.ts';
import { updateStatus } from '../kit/status.ts';
import { signers } from './signers.ts';

const yearSeconds = 365 * 24 * 3600;
/** Shorter wishes are not taken seriously: clocks differ. */
const leastSeconds = 600;

type Condition = certificates.CertificateSigningRequestCondition;

/** Starts the controller; without an authority in the context nothing is signed. */
export function runCertificateSigning(context: ControllerContext): void {
  const { client, informers, signCertificate } = context;
  if (signCertificate === undefined) return;
  const loop = createLoop(context, 'certificatesigningrequest-signing');
  const requests = informers.for<CertificateSigningRequest>(certificateSigningRequests);
  const enqueue = ({ metadata }: CertificateSigningRequest) => loop.queue.add(metadata.name);
  requests.subscribe({ added: enqueue, updated: enqueue });
  loop.start([requests], async (name) => {
    const request = requests.get(name);
    const check = signers[request?.spec.signerName ?? ''];
    if (request === undefined || check === undefined || request.status?.certificate) return;
    if (!has(request, 'Approved') || has(request, 'Denied') || has(request, 'Failed')) return;
    const { usages = [], expirationSeconds } = request.spec as typeof request.spec & {
      expirationSeconds?: number;
    };
    let order: SigningOrder;
    try {
      const asked = parseCertificateRequest(request.spec.request);
      check(asked, usages);
      const seconds = Math.max(
        leastSeconds,
        Math.min(expirationSeconds ?? yearSeconds, yearSeconds),
      );
      order = { request: asked, usages, seconds };
    } catch (error) {
      const message = messageOf(error);
      const failed: Condition = {
        ...{ type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message },
      };
      const conditions = [...(request.status?.conditions ?? []), failed];
      await updateStatus(client, certificateSigningRequests, request, { conditions });
      return;
    }
    const certificate = Buffer.from(await signCertificate(order)).toString('base64');
    const status = { ...request.status, certificate };
    await updateStatus(client, certificateSigningRequests, request, status);
  });
}

/** True if somebody has said so of the request. */
export function has({ status }: CertificateSigningRequest, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}
