/** How a patch is refused. */
import { ApiError, apiError } from '../../api/status.ts';

/** A patch that is well formed but does not fit the object: 422, the detail as a cause. */
export function unprocessable(detail: string, field = ''): ApiError {
  return apiError('Invalid', 'the server rejected our request due to an error in our request', {
    causes: [{ reason: 'FieldValueInvalid', message: detail, field }],
  });
}

/** A patch that is not well formed: 400. */
export function malformed(detail: string): ApiError {
  return apiError('BadRequest', detail);
}

/** What the original has no reason for: 500, and its words alone. */
export function unexplained(message: string): ApiError {
  const base = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure' } as const;
  return new ApiError({ ...base, message, code: 500 });
}
