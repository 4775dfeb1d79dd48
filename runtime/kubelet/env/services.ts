/** The variables that tell a container where services are. Pure. */
import type { Service } from '../../api/types.ts';

/**
 * Those of the pod's own namespace (if it wants them) and the `kubernetes` service's always.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  options: { links: boolean; apiHost: string },
): Map<string, string> {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const { name, namespace: home } = service.metadata;
    const address = service.spec.clusterIP;
    if (address === undefined || address === '' || address === 'None') continue;
    const master = home === 'default' && name === 'kubernetes';
    if (home === namespace && (options.links || master)) chosen.set(name, service);
    else if (master && !chosen.has(name)) chosen.set(name, service);
  }
  const variables = new Map<string, string>();
  if (!chosen.has('kubernetes')) {
    variables.set('KUBERNETES_SERVICE_HOST', options.apiHost);
    variables.set('KUBERNETES_SERVICE_PORT', '443');
    variables.set('KUBERNETES_SERVICE_PORT_HTTPS', '443');
  }
  for (const service of chosen.values()) addService(variables, service);
  return variables;
}

function addService(variables: Map<string, string>, { metadata, spec }: Service): void {
  const prefix = variableName(metadata.name);
  const ip = spec.clusterIP ?? '';
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const ports = spec.ports ?? [];
  const [first] = ports;
  if (first === undefined) return;
  variables.set(`${prefix}_SERVICE_HOST`, ip);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of ports) {
    if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  }
  // The form that Docker's links had.
  const protocolOf = (protocol = 'TCP') => protocol.toLowerCase();
  variables.set(`${prefix}_PORT`, `${protocolOf(first.protocol)}://${host}:${first.port}`);
  for (const { port, protocol } of ports) {
    const name = `${prefix}_PORT_${port}_${(protocol ?? 'TCP').toUpperCase()}`;
    variables.set(name, `${protocolOf(protocol)}://${host}:${port}`);
    variables.set(`${name}_PROTO`, protocolOf(protocol));
    variables.set(`${name}_PORT`, String(port));
    variables.set(`${name}_ADDR`, ip);
  }
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
