/** What is to be said of a patch, and of what comes of it. */
import { goText } from '../../api/go-text.ts';
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
  settleType(served, patched, request);
  const { kind, apiVersion } = patched;
  if (kind !== served.kind.kind || apiVersion !== served.apiVersion) {
    const wanted = { apiVersion: served.apiVersion, kind: served.kind.kind };
    throw notPatched(patched, request, noConversion({ apiVersion, kind }, wanted));
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
      request,
      told.length === 0 ? why : why.replace(strict, `$&${told.join(', ')}, `),
    );
  }
  if (fieldValidation === 'Strict' && told.length > 0) {
    throw notPatched(patched, request, `strict decoding error: ${told.join(', ')}`);
  }
}

/**
 * Of built-in kinds the original knows the type when a patch takes it away, and does not look at it when
 * a strategic merge patch changes it. Throws Invalid for what is no text, BadRequest for what has no
 * version: nothing is found in it then.
 */
function settleType(served: ServedResource, patched: UnknownObject, request: PatchRequest): void {
  for (const name of ['apiVersion', 'kind'] as const) {
    const value: unknown = patched[name] ?? undefined;
    if (value === undefined || typeof value === 'string') continue;
    const given = Array.isArray(value) ? 'array' : typeof value;
    const why = `json: cannot unmarshal ${given} into Go struct field .${name} of type string`;
    const strategic = request.type === 'strategic';
    const told = strategic ? why : `couldn't get version/kind; json parse error: ${why}`;
    throw notPatched(patched, request, told);
  }
  if (request.type === 'strategic') {
    patched.apiVersion = served.apiVersion;
    patched.kind = served.kind.kind;
  } else if (served.custom !== undefined) {
    for (const name of ['Kind', 'apiVersion'] as const) {
      if (patched[name === 'Kind' ? 'kind' : name]) continue;
      const what = name === 'Kind' ? "Object 'Kind'" : "Object 'apiVersion'";
      throw notPatched(patched, request, `${what} is missing in '${JSON.stringify(patched)}'`);
    }
  } else if (patched.apiVersion) patched.kind ||= served.kind.kind;
  else {
    const { name } = patched.metadata;
    const why = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    throw apiError('BadRequest', why);
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

/** Of a strategic merge patch the original shows the patch, of others what they led to. */
function notPatched(patched: UnknownObject, request: PatchRequest, why: string): ApiError {
  const strategic = request.type === 'strategic';
  const shown = strategic ? goText(request.patch) : JSON.stringify(patched);
  const reason = strategic ? asConverted(why) : why;
  const message = `Invalid value: ${JSON.stringify(shown)}: ${reason}`;
  return apiError('Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

const kinds: Readonly<Record<string, string>> = { array: 'slice', number: 'int64', object: 'map' };
const simple = /^(string|bool|u?int\d*|float\d*)$/;

/**
 * What decoding says of a value of a wrong type, as the original says it of one that it has merged
 * without decoding (k8s.io/apimachinery/pkg/runtime, FromUnstructured).
 */
function asConverted(why: string): string {
  const found = /^json: cannot unmarshal (\w+)( \S+)? into Go .* of type (\S+)$/.exec(why);
  if (found === null) return why;
  const [, given = '', number = '', wanted = ''] = found;
  const kind = number.includes('.') ? 'float64' : (kinds[given] ?? given);
  if (wanted.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (wanted.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (!simple.test(wanted)) return `cannot restore struct from: ${kind}`;
  if (given === 'number' && wanted !== 'bool') return `cannot convert ${kind} to ${wanted}`;
  return `unrecognized type: ${wanted}`;
}
