import { apiError } from '../../api/status.ts';

/** Where a chunked list goes on. Opaque to clients. */
export interface ContinueToken {
  /** The revision of the first chunk; -1 for a list that is no longer consistent. */
  revision: number;
  /** The last key that was returned, without the resource's own prefix. */
  after: string;
}

export function formatContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString(
    'base64url',
  );
}

/** Throws BadRequest for a token that this server has not made. */
export function parseContinue(token: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as {
      v: unknown;
      rv: unknown;
      start: unknown;
    };
    if (v === 'meta.k8s.io/v1' && isRevision(rv) && typeof start === 'string') {
      return { revision: rv, after: start };
    }
  } catch {
    // Falls through to the one answer for all that is wrong.
  }
  throw apiError(
    'BadRequest',
    'invalid continue token: continue key is not valid: encoded value is not a continue token',
  );
}

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= -1;
}
