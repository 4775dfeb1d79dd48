import { formatLabelSelector, labelSelectorOf } from '../../../api/selector.ts';
import type {
  core,
  EndpointSlice,
  Ingress,
  IngressClass,
  NetworkPolicy,
  Service,
} from '../../../api/types.ts';
import { textAt, valueAt } from '../../registry/json.ts';
import { ageColumn, at, type Column, labels, nameColumn, text, wide } from './column.ts';

export const networkColumns: Record<string, readonly Column[]> = {
  '/Service': [
    nameColumn,
    text('Type', (service: Service) => service.spec.type ?? ''),
    text('Cluster-IP', (service: Service) =>
      service.spec.type === 'ExternalName' ? '<none>' : service.spec.clusterIP || '<none>',
    ),
    text('External-IP', externalAddress),
    text('Port(s)', (service: Service) => ports(service.spec.ports)),
    ageColumn,
    wide(text('Selector', (service: Service) => labels(service.spec.selector))),
  ],
  'discovery.k8s.io/EndpointSlice': [
    nameColumn,
    text('AddressType', (slice: EndpointSlice) => slice.addressType),
    text('Ports', slicePorts),
    text('Endpoints', (slice: EndpointSlice) =>
      shorten(
        (slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
        '<unset>',
      ),
    ),
    ageColumn,
  ],
  'networking.k8s.io/Ingress': [
    nameColumn,
    text('Class', at('spec', 'ingressClassName')),
    text('Hosts', ingressHosts),
    text('Address', (ingress: Ingress) =>
      (ingress.status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname)
        .join(','),
    ),
    text('Ports', (ingress: Ingress) => (ingress.spec.tls?.length ? '80, 443' : '80')),
    ageColumn,
  ],
  'networking.k8s.io/IngressClass': [
    nameColumn,
    text('Controller', at('spec', 'controller')),
    text('Parameters', ({ spec }: IngressClass) => {
      const parameters = spec.parameters;
      if (!parameters) return '<none>';
      const kind = parameters.apiGroup
        ? `${parameters.kind}.${parameters.apiGroup}`
        : parameters.kind;
      return `${kind}/${parameters.name}`;
    }),
    ageColumn,
  ],
  'networking.k8s.io/NetworkPolicy': [
    nameColumn,
    text(
      'Pod-Selector',
      (policy: NetworkPolicy) =>
        formatLabelSelector(labelSelectorOf(policy.spec.podSelector)) || '<none>',
    ),
    ageColumn,
  ],
  'networking.k8s.io/IPAddress': [
    nameColumn,
    text('ParentRef', (object: object) => {
      const parent = valueAt(object, 'spec', 'parentRef');
      const part = (name: string) => textAt(parent, name);
      return [
        part('resource') + (part('group') && `.${part('group')}`),
        part('namespace'),
        part('name'),
      ]
        .filter(Boolean)
        .join('/');
    }),
    ageColumn,
  ],
  'networking.k8s.io/ServiceCIDR': [
    nameColumn,
    text('CIDRs', (object: object) => {
      const cidrs = valueAt(object, 'spec', 'cidrs');
      return Array.isArray(cidrs) ? cidrs.join(',') : '';
    }),
    ageColumn,
  ],
};

function ports(list: readonly core.ServicePort[] | undefined): string {
  if (!list?.length) return '<none>';
  return list
    .map(({ port, nodePort, protocol = 'TCP' }) =>
      nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
    )
    .join(',');
}

function externalAddress(service: Service): string {
  const { spec, status } = service;
  const given = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return given.length === 0 ? '<none>' : given.join(',');
  const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname);
  const all = [...balanced, ...given];
  return all.length === 0 ? '<pending>' : all.join(',');
}

function slicePorts(slice: EndpointSlice): string {
  return shorten(
    (slice.ports ?? []).map(({ port }) => (port === undefined ? '*' : String(port))),
    '<unset>',
  );
}

function shorten(all: readonly string[], none: string): string {
  if (all.length === 0) return none;
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

function ingressHosts(ingress: Ingress): string {
  const hosts = (ingress.spec.rules ?? []).map(({ host }) => host || '*');
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, 3).join(',');
  return hosts.length > 3 ? `${shown} + ${hosts.length - 3} more...` : shown;
}
