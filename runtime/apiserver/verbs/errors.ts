/** The refusals that verbs share, in the original's words. */
import { type ApiError, apiError, notFound, type StatusCause } from '../../api/status.ts';
import type { ServedResource } from '../registry/served.ts';

export function missing(served: ServedResource, name: string): ApiError {
  return notFound(served.kind.group, served.kind.resource, name);
}

export function alreadyExists(served: ServedResource, name: string): ApiError {
  return apiError(
    'AlreadyExists',
    `${served.qualifiedName} "${name}" already exists`,
    detailsOf(served, name),
  );
}

export function conflict(served: ServedResource, name: string, why: string): ApiError {
  return apiError(
    'Conflict',
    `Operation cannot be fulfilled on ${served.qualifiedName} "${name}": ${why}`,
    detailsOf(served, name),
  );
}

export function modified(served: ServedResource, name: string): ApiError {
  return conflict(
    served,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(served: ServedResource, name: string, why: string): ApiError {
  return apiError(
    'Forbidden',
    `${served.qualifiedName} "${name}" is forbidden: ${why}`,
    detailsOf(served, name),
  );
}

/** 500 for what goes wrong inside, or beside. */
export function internal(why: string): ApiError {
  return apiError('InternalError', `Internal error occurred: ${why}`, {
    causes: [{ message: why }],
  });
}

/** Nobody reads more, and an answer should not be many times as long as the question. */
const mostCauses = 1000;

/** 422 with one cause for each thing that is wrong, as `Deployment.apps "web" is invalid: …`. */
export function invalid(
  served: ServedResource,
  name: string,
  causes: readonly StatusCause[],
): ApiError {
  return invalidKind(served.kind, name, causes);
}

/** As `invalid`, for who knows only the kind. */
export function invalidKind(
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly StatusCause[],
): ApiError {
  const told = causes.slice(0, mostCauses);
  const texts = told.map((cause) => `${cause.field}: ${cause.message}`);
  if (told.length < causes.length) texts.push(`and ${causes.length - told.length} more`);
  const unique = [...new Set(texts)];
  const list = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  return apiError(
    'Invalid',
    `${group === '' ? kind : `${kind}.${group}`} "${name}" is invalid: ${list}`,
    {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind,
      causes: told,
    },
  );
}

/** 422 for an option that makes no sense, as the original says it of the query and of bodies. */
export function invalidOption(
  options: string,
  field: string,
  reason: StatusCause['reason'],
  message: string,
): ApiError {
  return invalidOptions(options, [{ reason, message, field }]);
}

/** As `invalidOption`, for several. */
export function invalidOptions(options: string, causes: StatusCause[]): ApiError {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return apiError('Invalid', `${options}.meta.k8s.io "" is invalid: ${list}`, {
    ...{ group: 'meta.k8s.io', kind: options },
    causes,
  });
}

function detailsOf(served: ServedResource, name: string) {
  const { group, resource } = served.kind;
  return { name, ...(group === '' ? {} : { group }), kind: resource };
}
