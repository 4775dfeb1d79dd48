/** What keeps a context from being used, in words that say what to do, and whether waiting may help. */
import { isApiError } from '../../runtime/api/status.ts';
import { KubeconfigError } from '../../runtime/client/kubeconfig.ts';
import { RuntimeError } from './embedded.ts';

export interface ConnectionProblem {
  /** The end of a sentence, as of errors; see sentence.ts. */
  reason: string;
  /** Not where the kubeconfig is wrong, or the server says who we are not. */
  mayPass: boolean;
}

/** Codes of Node and OpenSSL for a server that is not the one the kubeconfig speaks of. */
const certificateCode = /^(?:CERT_|ERR_TLS_CERT_|UNABLE_TO_)|SELF_SIGNED/;

export function connectionProblem(error: unknown, context: string): ConnectionProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (isApiError(error, 'Unauthorized')) {
    return {
      reason:
        `the server does not accept the credentials of context "${context}" (${message}). They may have ` +
        'expired: log in again or renew them in the kubeconfig, then reconnect',
      mayPass: false,
    };
  }
  const { networkCode } = error as { networkCode?: unknown };
  const isWrongServer = typeof networkCode === 'string' && certificateCode.test(networkCode);
  const isSettled =
    isWrongServer ||
    error instanceof KubeconfigError ||
    error instanceof RuntimeError ||
    isApiError(error, 'Forbidden');
  return { reason: message, mayPass: !isSettled };
}
