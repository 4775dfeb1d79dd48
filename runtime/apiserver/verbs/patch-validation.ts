/** What is to be said of a patch, and of what comes of it. */
import type { UnknownObject } from '../../api/object.ts';
import { type ApiError, apiError, isApiError } from '../../api/status.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { noConversion } from './body.ts';
import { checkFields } from './field-validation.ts';
import type { PatchRequest } from './patch.ts';

/**
 * What comes of a patch must be readable as what it was; the original says of the patch that it is not.
 * Takes unknown fields out, and refuses or warns about them and about what the patch has twice, as the
 * request asks. Throws Invalid.
 */
export function checkPatched(
  registry: Registry,
  call: Call,
  served: ServedResource,
  patched: UnknownObject,
  request: PatchRequest,
): void {
  const { kind, apiVersion } = patched;
  if (kind !== served.kind.kind || apiVersion !== served.apiVersion) {
    const wanted = { apiVersion: served.apiVersion, kind: served.kind.kind };
    throw notPatched(patched, noConversion({ apiVersion, kind }, wanted));
  }
  const { fieldValidation } = request;
  const told = fieldValidation === 'Ignore' ? [] : oddities(request);
  if (fieldValidation === 'Warn') for (const text of told) call.warn(text);
  try {
    checkFields(registry, call, served, patched, fieldValidation);
  } catch (error) {
    if (!isApiError(error, 'BadRequest')) throw error;
    const why = error.message.replace(/^\w+ in version "\w+" cannot be handled as a \w+: /, '');
    throw notPatched(
      patched,
      told.length === 0 ? why : why.replace(strict, `$&${told.join(', ')}, `),
    );
  }
  if (fieldValidation === 'Strict' && told.length > 0) {
    throw notPatched(patched, `strict decoding error: ${told.join(', ')}`);
  }
}

/** Other refusals are told alone: with them nothing is known of the fields. */
const strict = /^strict decoding error: /;

const operationFields = new Set(['op', 'path', 'from', 'value']);

/** Members that the patch has twice, and those of operations that mean nothing. */
function oddities({ type, patch, duplicates = [] }: PatchRequest): string[] {
  const twice = duplicates.map((path) => `duplicate field "${path}"`);
  if (type !== 'json' || !Array.isArray(patch)) return twice;
  const unknown = patch.flatMap((operation: unknown, i) =>
    Object.keys((operation ?? {}) as object)
      .filter((name) => !operationFields.has(name))
      .map((name) => `unknown field "[${i}].${name}"`),
  );
  return [...unknown, ...twice].map((text) => `json patch ${text}`);
}

function notPatched(patched: UnknownObject, why: string): ApiError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`;
  return apiError('Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}
