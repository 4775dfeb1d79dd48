/** Whether an aggregated API can be used, in the reasons and words of the original's controller. */
import { isApiError } from '../../api/status.ts';
import type { Endpoints, Service } from '../../api/types.ts';
import { isRecord } from '../../api/validation/values.ts';
import { loopbackUser } from '../authentication/user.ts';
import { readObject } from '../registry/registry.ts';
import type { ApiServiceCondition, RemoteApiService } from './api-service.ts';
import { fetchRemote, hostOf, identityHeaders, type Reach } from './remote.ts';

export interface Finding {
  readonly condition: Omit<ApiServiceCondition, 'lastTransitionTime'>;
  /** What the server says it has, if it was asked and has answered. */
  readonly resources?: readonly object[];
}

const passed = {
  type: 'Available',
  status: 'True',
  reason: 'Passed',
  message: 'all checks passed',
} as const;
const attempts = 5;
const timeoutMs = 5000;

/** What is to be said of the APIService now. Never throws. */
export async function checkAvailability(
  reach: Reach | undefined,
  service: RemoteApiService,
): Promise<Finding> {
  if (reach === undefined) {
    return unavailable('FailedDiscoveryCheck', 'services cannot be reached from here');
  }
  try {
    return (await checkService(reach, service)) ?? (await checkDiscovery(reach, service));
  } catch (error) {
    return unavailable('FailedDiscoveryCheck', reasonOf(error));
  }
}

/** Undefined if the service is there and has endpoints. */
async function checkService(
  { registry }: Reach,
  { spec }: RemoteApiService,
): Promise<Finding | undefined> {
  const { name, namespace, port } = spec.service;
  const quoted = JSON.stringify(namespace);
  const place = { namespace, name };
  const service = (await readObject(registry, '', 'v1', 'services', place)) as unknown as
    | Service
    | undefined;
  if (service === undefined) {
    return unavailable('ServiceNotFound', `service/${name} in ${quoted} is not present`);
  }
  const found = service.spec.ports?.find((other) => other.port === port);
  if (found === undefined) {
    const message = `service/${name} in ${quoted} is not listening on port ${port}`;
    return unavailable('ServicePortError', message);
  }
  const endpoints = (await readObject(registry, '', 'v1', 'endpoints', place)) as unknown as
    | Endpoints
    | undefined;
  if (endpoints === undefined) {
    const message = `cannot find endpoints for service/${name} in ${quoted}`;
    return unavailable('EndpointsNotFound', message);
  }
  const portName = found.name ?? '';
  const ready = endpoints.subsets?.some(
    ({ addresses = [], ports = [] }) =>
      addresses.length > 0 && ports.some((other) => (other.name ?? '') === portName),
  );
  if (ready === true) return undefined;
  const message = `endpoints for service/${name} in ${quoted} have no addresses with port name ${JSON.stringify(portName)}`;
  return unavailable('MissingEndpoints', message);
}

async function checkDiscovery(reach: Reach, service: RemoteApiService): Promise<Finding> {
  const { group, version, service: target } = service.spec;
  const path = `/apis/${group}/${version}`;
  const url = `https://${hostOf(service)}:${target.port}${path}`;
  let why = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const headers = {
        ...identityHeaders({ ...loopbackUser, name: 'system:kube-aggregator' }),
        accept: 'application/json',
      };
      const { code, body } = await fetchRemote(reach, service, path, headers, timeoutMs);
      if (code >= 200 && code < 300) {
        return { condition: passed, resources: resourcesIn(JSON.parse(body.toString())) };
      }
      why = `bad status from ${url}: ${code}`;
    } catch (error) {
      why = `Get ${JSON.stringify(url)}: ${reasonOf(error)}`;
    }
  }
  const message = `failing or missing response from ${url}: ${why}`;
  return unavailable('FailedDiscoveryCheck', message);
}

/** No API has so many. */
const mostResources = 1_000;

/** What a document of discovery lists. Throws Error if it is none: everybody's discovery is made of it. */
export function resourcesIn(document: unknown): object[] {
  if (!isRecord(document)) throw new Error('the document of discovery is no object');
  const { resources = [] } = document;
  if (!Array.isArray(resources)) throw new Error('resources are no list');
  if (resources.length > mostResources) throw new Error(`more than ${mostResources} resources`);
  for (const resource of resources) {
    if (!isResource(resource)) throw new Error(`a resource is none: ${shown(resource)}`);
  }
  return resources as object[];
}

function isResource(resource: unknown): boolean {
  if (!isRecord(resource)) return false;
  const { name, kind, singularName = '', namespaced = false, group = '', version = '' } = resource;
  const { verbs, shortNames, categories } = resource;
  return (
    [name, kind, singularName, group, version].every((text) => typeof text === 'string') &&
    typeof namespaced === 'boolean' &&
    [verbs, shortNames, categories].every(
      (list) =>
        (list ?? undefined) === undefined ||
        (Array.isArray(list) && list.every((text) => typeof text === 'string')),
    )
  );
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 200);
}

function unavailable(reason: string, message: string): Finding {
  return { condition: { type: 'Available', status: 'False', reason, message } };
}

export function reasonOf(error: unknown): string {
  if (isApiError(error)) return error.status.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
