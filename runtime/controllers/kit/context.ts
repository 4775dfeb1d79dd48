/** What every controller is given. Nothing else is reached for: no globals, no timers of its own. */
import type { SigningOrder } from '../../api/certificate-request.ts';
import type { Clock } from '../../api/clock.ts';
import type { Client } from '../../client/client.ts';
import type { Informers } from '../../client/informer.ts';

/** Takes one line about what went wrong or is worth knowing to who operates the cluster. */
export type Log = (message: string) => void;

export interface ControllerContext {
  client: Client;
  /** Shared by all controllers: one watch a resource. */
  informers: Informers;
  clock: Clock;
  /** Stops every loop. */
  signal: AbortSignal;
  /** From 0 up to 1. */
  random: () => number;
  log: Log;
  /** Published as `kube-root-ca.crt` in every namespace; left out: not published. */
  rootCaPem?: string;
  /** Certifies what has been approved, as PEM; left out: nothing is signed. */
  signCertificate?: (order: SigningOrder) => Promise<string>;
  /** Signs the claims of a service account's token; left out: Secrets are not filled. */
  signServiceAccountToken?: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  /** Where the provisioner `skiff.dev/local` puts volumes; left out: nothing is provisioned. */
  persistentVolumeRoot?: string;
}
