/** Values that a container may be told about its own pod. Pure. */
import type { core, Node, Pod } from '../../api/types.ts';
import { milliCpu, wholeNumber } from '../spec/amounts.ts';

export interface FieldFacts {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
}

/** Throws an Error for a path that is none. */
export function fieldValue(path: string, { pod, podIP, hostIP }: FieldFacts): string {
  const { metadata, spec } = pod;
  const entry = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path);
  if (entry !== null) return metadata[entry[1] as 'annotations' | 'labels']?.[entry[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return asLines(metadata.labels);
    case 'metadata.annotations':
      return asLines(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP;
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** `key="value"` lines, by key, with the value escaped as Go would quote it. */
function asLines(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/**
 * A container's own request or limit in units of the divisor, rounded up; a limit that is not set
 * is what the node has. Throws an Error for an unknown container.
 */
export function resourceValue(
  reference: core.ResourceFieldSelector,
  pod: Pod,
  node: Node | undefined,
  ownContainer: string | undefined,
): string {
  const wanted = reference.containerName || ownContainer;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = containers.find(({ name }) => name === wanted);
  if (container === undefined) throw new Error(`container ${wanted} not found`);
  const [list, resource = ''] = reference.resource.split(/\.(.*)/);
  const { limits, requests } = container.resources ?? {};
  const text =
    list === 'limits'
      ? (limits?.[resource] ?? node?.status?.allocatable?.[resource])
      : (requests?.[resource] ?? limits?.[resource] ?? '0');
  const divisor = reference.divisor && reference.divisor !== '0' ? reference.divisor : '1';
  if (resource === 'cpu') {
    return String(Math.ceil((milliCpu(text) ?? 0) / (milliCpu(divisor) ?? 1_000)));
  }
  return String(Math.ceil((wholeNumber(text) ?? 0) / (wholeNumber(divisor) ?? 1)));
}
