/** The server's refusal to make anything in a namespace that is going away. */
import { isApiError } from '../api/status.ts';

export function isTerminatingNamespace(error: unknown): boolean {
  return (
    isApiError(error, 'Forbidden') &&
    (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}
