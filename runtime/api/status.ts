/**
 * `Status` (meta/v1) is how an API server says that something went wrong, and `ApiError` is how it
 * is thrown inside Skiff. The reasons and their HTTP codes are those of
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */

export interface StatusCause {
  /** For example FieldValueRequired, FieldValueInvalid, FieldManagerConflict. */
  reason?: string;
  message?: string;
  field?: string;
}

export interface Status {
  apiVersion: 'v1';
  kind: 'Status';
  metadata: Record<string, never> | { resourceVersion?: string; continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: {
    name?: string;
    group?: string;
    /** A kind's plural resource name where the server knows it. */
    kind?: string;
    uid?: string;
    causes?: StatusCause[];
    retryAfterSeconds?: number;
  };
  code?: number;
}

const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof codes;

/** What an API call failed with; `status` is what goes over the wire. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'unknown error');
    this.name = 'ApiError';
    this.status = status;
  }

  get reason(): StatusReason | undefined {
    return this.status.reason;
  }

  /** The HTTP status code. */
  get code(): number {
    return this.status.code ?? 500;
  }
}

/** Makes an ApiError with the code that belongs to the reason. */
export function apiError(
  reason: StatusReason,
  message: string,
  details?: Status['details'],
): ApiError {
  return new ApiError({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: codes[reason],
  });
}

/** Names a resource in messages the way the original does: `pods "web"`, `deployments.apps "web"`. */
export function qualifiedResource(group: string, resource: string): string {
  return group === '' ? resource : `${resource}.${group}`;
}

export function notFound(group: string, resource: string, name: string): ApiError {
  return apiError('NotFound', `${qualifiedResource(group, resource)} "${name}" not found`, {
    name,
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}

/** True if `error` is an ApiError with one of these reasons. */
export function isApiError(error: unknown, ...reasons: StatusReason[]): error is ApiError {
  return (
    error instanceof ApiError &&
    (reasons.length === 0 || (error.reason !== undefined && reasons.includes(error.reason)))
  );
}
