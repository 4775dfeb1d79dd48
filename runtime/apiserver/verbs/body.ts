import type { UnknownObject } from '../../api/object.ts';
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
  if (body.apiVersion && body.apiVersion !== apiVersion) {
    throw apiError(
      'BadRequest',
      `the API version in the data (${body.apiVersion}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (body.kind && body.kind !== kind) {
    throw apiError(
      'BadRequest',
      `${body.kind} in version "${versionOf(body.apiVersion || apiVersion)}" cannot be handled as a ` +
        `${kind}: converting (${body.apiVersion}, Kind=${body.kind}) to (${apiVersion}, Kind=${kind}): unknown conversion`,
    );
  }
  body.apiVersion = apiVersion;
  body.kind = kind;
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
