import { jsonProblem } from '../../api/json-problem.ts';
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
  const { v, rv, start } = fieldsOf(token);
  if (v !== version) {
    throw invalid(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`);
  }
  if (rv === 0 || rv === undefined) {
    throw invalid(`incorrect encoded start resourceVersion (version ${version})`);
  }
  if (!isRevision(rv))
    throw invalid('json: cannot unmarshal into Go struct field .rv of type int64');
  if (typeof start !== 'string' || start === '') {
    throw invalid(`encoded start key empty (version ${version})`);
  }
  // A key of another resource would be found from here.
  if (start.split('/').some((part) => part === '..' || part === '.')) throw invalid(start);
  return { revision: rv, after: start };
}

function fieldsOf(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const wrong = token.search(/[^A-Za-z0-9_-]/);
  const left = token.length % 4 === 1 ? token.length - 1 : -1;
  if (wrong >= 0 || left >= 0) {
    throw invalid(`illegal base64 data at input byte ${wrong >= 0 ? wrong : left}`);
  }
  const text = Buffer.from(token, 'base64url').toString();
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    throw invalid(jsonProblem(text));
  }
}

function invalid(why: string) {
  return apiError('BadRequest', `invalid continue token: continue key is not valid: ${why}`);
}

const version = 'meta.k8s.io/v1';

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= -1;
}
