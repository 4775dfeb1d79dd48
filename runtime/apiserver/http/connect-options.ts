/**
 * What a CONNECT asks for as an object, PodExecOptions for one: admission judges it, and may change
 * it, before the stream begins.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type { GroupVersionKind, UnknownObject } from '../../api/object.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import type { ResourceRequest } from './request-info.ts';

const flags = ['stdin', 'stdout', 'stderr', 'tty'] as const;

/**
 * Lets mutating and validating admission have their say; the result is the request with what they
 * have made of its options. Throws ApiError to refuse.
 */
export async function admitConnect(
  registry: Registry,
  served: ServedResource,
  info: ResourceRequest,
  call: Call,
): Promise<ResourceRequest> {
  const declared = served.kind.subresources.find(({ name }) => name === info.subresource);
  const optionsKind = declared?.kind;
  if (optionsKind === undefined) return info;
  const object = optionsOf(info, optionsKind);
  const attributes = {
    operation: 'CONNECT',
    served,
    subresource: info.subresource,
    place: { namespace: info.namespace, name: info.name },
    object,
    previous: undefined,
    call,
    optionsKind,
  } as const;
  const changed = await registry.admission.mutate(attributes, registry);
  await registry.admission.validate(attributes, registry);
  return changed ? { ...info, query: queryOf(info, object) } : info;
}

/** Options have no metadata, though all else that admission sees has. */
function optionsOf(
  { subresource, query, rest }: ResourceRequest,
  { kind }: GroupVersionKind,
): UnknownObject {
  const options: Record<string, unknown> = { kind, apiVersion: 'v1' };
  if (subresource === 'proxy') {
    const path = rest.split('/').filter((part) => part !== '');
    if (path.length > 0) options.path = path.join('/');
  } else if (subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap((text) => text.split(','));
    if (ports.length > 0) options.ports = ports.map(Number);
  } else {
    for (const flag of flags) if (isSet(query.get(flag))) options[flag] = true;
    const container = query.get('container');
    if (container) options.container = container;
    const command = query.getAll('command');
    if (subresource === 'exec' && command.length > 0) options.command = command;
  }
  return options as UnknownObject;
}

function isSet(value: string | null): boolean {
  return ['true', '1'].includes((value ?? '').toLowerCase());
}

/** The options as the query that asks for them. The path of a proxy stays the request's own. */
function queryOf({ subresource, query }: ResourceRequest, options: UnknownObject): URLSearchParams {
  if (subresource === 'proxy') return query;
  const { kind: _, apiVersion: __, metadata: ___, ...fields } = options;
  const changed = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const entry of Array.isArray(value) ? value : [value]) changed.append(name, String(entry));
  }
  return changed;
}
