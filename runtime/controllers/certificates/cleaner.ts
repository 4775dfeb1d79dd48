/** Removes requests that nobody waits for any more. */
import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { at, certificateSigningRequests } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { messageOf, tolerate } from '../kit/loop.ts';
import { has } from './signing.ts';

const hourMs = 3_600_000;
const pollMs = hourMs;
/** How long a request is kept for people to see, by what has become of it. */
const decidedMs = hourMs;
const pendingMs = 24 * hourMs;

/** Starts the controller. */
export function runCertificateCleaner(context: ControllerContext): void {
  const { client, informers, clock, signal, log } = context;
  const requests = informers.for<CertificateSigningRequest>(certificateSigningRequests);
  const sweep = async () => {
    for (const request of requests.list()) {
      if (!isOver(request, clock.now())) continue;
      const { name, uid } = request.metadata;
      const target = at(certificateSigningRequests, name);
      await tolerate(client.delete(target, { preconditions: { uid } }), 'NotFound', 'Conflict');
    }
  };
  const run = async () => {
    await requests.synced;
    while (!signal.aborted) {
      await sweep().catch((error) => log(`certificatesigningrequest-cleaner: ${messageOf(error)}`));
      await clock.sleep(pollMs, signal).catch(() => {});
    }
  };
  void run();
}

/** True for what was decided long ago, was never decided, or has a certificate that has run out. */
export function isOver(request: CertificateSigningRequest, now: number): boolean {
  const { metadata, status } = request;
  const since = (type: string): number => {
    const found = status?.conditions?.find((condition) => condition.type === type);
    return now - Date.parse(found?.lastUpdateTime ?? metadata.creationTimestamp ?? '');
  };
  if (has(request, 'Denied')) return since('Denied') > decidedMs;
  if (has(request, 'Failed')) return since('Failed') > decidedMs;
  if (!has(request, 'Approved')) {
    return now - Date.parse(metadata.creationTimestamp ?? '') > pendingMs;
  }
  if (!status?.certificate) return false;
  return since('Approved') > decidedMs || hasRunOut(status.certificate, now);
}

function hasRunOut(base64: string, now: number): boolean {
  try {
    const { validTo } = new X509Certificate(Buffer.from(base64, 'base64'));
    return Date.parse(validTo) < now;
  } catch {
    // Another signer's business, in whatever form; its age decides.
    return false;
  }
}
