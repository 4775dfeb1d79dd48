/** What is there from the start: namespaces, priorities, the API's and the DNS's own services. */
import { timestamp } from '../../api/clock.ts';
import { addressAt, parseCidr } from '../../api/ipv4.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { Service } from '../../api/types.ts';
import { flowSchemas, priorityLevels } from '../flow/objects.ts';
import { copyJson } from '../registry/json.ts';
import { type Registry, readObject } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { deleteObject } from '../verbs/delete.ts';
import { bootstrapCall, createIfMissing, servedOf } from './create.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { rbacObjects } from './rbac.ts';
import { reconciled } from './reconcile.ts';

const dnsAddressIndex = 10;

/**
 * Creates what is missing. What is there stays as people have made it, but for standard roles, which
 * get back what they lack.
 */
export async function createBootstrapObjects(registry: Registry): Promise<void> {
  const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(namespace);
  const objects: UnknownObject[] = [
    ...priorityClasses,
    ...priorityLevels,
    ...flowSchemas,
    serviceCidr(registry.serviceCidr),
    kubernetesService(registry.serviceCidr),
    dnsService(registry.serviceCidr),
    tokenTracking(registry.clock.now()),
  ];
  // All at once: so they share a few writes to the disk, and the first start is not a hundred long.
  await Promise.all(namespaces.map((object) => createIfMissing(registry, object)));
  await Promise.all([
    ...objects.map((object) => createIfMissing(registry, object)),
    ...[...rbacObjects, ...namespaceRoles].map((object) => reconcile(registry, object)),
  ]);
}

async function reconcile(registry: Registry, object: UnknownObject): Promise<void> {
  if (await createIfMissing(registry, object)) return;
  const served = servedOf(registry, object);
  const { name = '', namespace = '' } = object.metadata;
  const place = { namespace, name };
  const { group, version, resource } = served.kind;
  const found = await readObject(registry, group, version, resource, place);
  const next = found && reconciled(object, found);
  if (next === undefined) return;
  if (next === 'replace') {
    await deleteObject(registry, bootstrapCall, served, place, {});
    await createIfMissing(registry, object);
    return;
  }
  const build = (previous: UnknownObject) => {
    const again = reconciled(object, previous);
    return typeof again === 'object' ? again : (copyJson(previous) as UnknownObject);
  };
  await changeObject(registry, bootstrapCall, served, place, { subresource: '', build });
}

function namespace(name: string): UnknownObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

const priorityClasses: UnknownObject[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2000001000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2000000000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/**
 * Since which day the use of tokens in Secrets is noted: before that nobody can tell which are unused.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-tracking-controller
 */
function tokenTracking(nowMs: number): UnknownObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'kube-apiserver-legacy-service-account-token-tracking',
      namespace: 'kube-system',
    },
    data: { since: new Date(nowMs).toISOString().slice(0, 10) },
  };
}

function serviceCidr(cidr: string): UnknownObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: [cidr] },
  };
}

/** The condition that the original's controller sets on the default range. */
export async function markServiceCidrReady(registry: Registry): Promise<void> {
  const served = registry.served.get('networking.k8s.io', 'v1', 'servicecidrs');
  await changeObject(
    registry,
    bootstrapCall,
    served,
    { namespace: '', name: 'kubernetes' },
    {
      subresource: 'status',
      build(previous) {
        const next = copyJson(previous);
        const conditions = (next.status as { conditions?: object[] } | undefined)?.conditions ?? [];
        if (conditions.length > 0) return next;
        const ready = {
          type: 'Ready',
          status: 'True',
          reason: '',
          message: 'Kubernetes default Service CIDR is ready',
          lastTransitionTime: timestamp(registry.clock.now()),
        };
        return { ...next, status: { conditions: [ready] } };
      },
    },
  );
}

function kubernetesService(cidr: string): UnknownObject {
  const spec: Service['spec'] = {
    type: 'ClusterIP',
    clusterIP: addressAt(parseCidr(cidr), 1),
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec,
  };
}

/** The DNS server runs in this process: the service has an address but no pods to select. */
function dnsService(cidr: string): UnknownObject {
  const spec: Service['spec'] = {
    type: 'ClusterIP',
    clusterIP: addressAt(parseCidr(cidr), dnsAddressIndex),
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ],
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'CoreDNS',
      },
    },
    spec,
  };
}
