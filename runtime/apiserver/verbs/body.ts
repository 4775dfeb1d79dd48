import { findKind } from '../../api/kinds.ts';
import { parseApiVersion, type UnknownObject } from '../../api/object.ts';
import { apiError } from '../../api/status.ts';
import type { ServedResource } from '../registry/served.ts';

/** Fills in apiVersion and kind where they are left out; throws BadRequest if they are others. */
export function checkBodyKind(
  served: ServedResource,
  body: UnknownObject,
  expected = { apiVersion: served.apiVersion, kind: served.kind.kind },
): void {
  if (body.metadata === undefined || body.metadata === null) body.metadata = {};
  const { apiVersion, kind } = expected;
  const given = { apiVersion: body.apiVersion || apiVersion, kind: body.kind || kind };
  if (given.apiVersion !== apiVersion || given.kind !== kind) {
    throw apiError('BadRequest', mismatch(given, { apiVersion, kind }));
  }
  body.apiVersion = apiVersion;
  body.kind = kind;
}

interface Type {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Where the original looks for types. */
const scheme = 'k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30';

function mismatch(given: Type, wanted: Type): string {
  const { group, version } = parseApiVersion(given.apiVersion);
  const name = JSON.stringify(given.kind);
  const cannot = `${given.kind} in version ${JSON.stringify(version)} cannot be handled as a ${wanted.kind}`;
  if (isBuiltIn(wanted) && findKind({ group, version, kind: given.kind }) === undefined) {
    const versionName = JSON.stringify(given.apiVersion);
    return `${cannot}: no kind ${name} is registered for version ${versionName} in scheme ${JSON.stringify(scheme)}`;
  }
  if (given.kind === wanted.kind) {
    return `the API version in the data (${given.apiVersion}) does not match the expected API version (${wanted.apiVersion})`;
  }
  return `${cannot}: ${noConversion(given, wanted)}`;
}

/** One kind cannot become another: `converting (v1.Secret) to (core.ConfigMap): unknown conversion`. */
export function noConversion(given: Type, wanted: Type): string {
  if (!isBuiltIn(wanted)) {
    const name = ({ apiVersion, kind }: Type) => `(${apiVersion}, Kind=${kind})`;
    return `converting ${name(given)} to ${name(wanted)}: unknown conversion`;
  }
  const { version } = parseApiVersion(given.apiVersion);
  const { group } = parseApiVersion(wanted.apiVersion);
  const inner = group.split('.')[0] || 'core';
  return `converting (${version}.${given.kind}) to (${inner}.${wanted.kind}): unknown conversion`;
}

function isBuiltIn({ apiVersion, kind }: Type): boolean {
  return findKind({ ...parseApiVersion(apiVersion), kind }) !== undefined;
}
