/** What is there from the start: namespaces, priorities, the API's and the DNS's own services. */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Service } from '../../api/types.ts';
import { loopbackUser } from '../authentication/user.ts';
import { flowSchemas, priorityLevels } from '../flow/objects.ts';
import { addressIn } from '../registry/addresses.ts';
import { copyJson } from '../registry/json.ts';
import { type Call, type Registry, readObject } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject } from '../verbs/delete.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { rbacObjects } from './rbac.ts';
import { reconciled } from './reconcile.ts';

const call: Call = {
  user: loopbackUser,
  fieldManager: 'kube-apiserver',
  dryRun: false,
  warn: () => {},
};

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
    await deleteObject(registry, call, served, place, {});
    await createIfMissing(registry, object);
    return;
  }
  const build = (previous: UnknownObject) => {
    const again = reconciled(object, previous);
    return typeof again === 'object' ? again : (copyJson(previous) as UnknownObject);
  };
  await changeObject(registry, call, served, place, { subresource: '', build });
}

/**
 * Says where the API server can be reached from pods. Replaces what stood there: the address changes
 * with every start.
 */
export async function publishEndpoint(
  registry: Registry,
  address: string,
  port: number,
): Promise<void> {
  const metadata = {
    name: 'kubernetes',
    namespace: 'default',
    labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
  };
  const endpoints: UnknownObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
  const slice: UnknownObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
  await put(registry, endpoints);
  await put(registry, slice);
}

async function put(registry: Registry, object: UnknownObject): Promise<void> {
  const served = servedOf(registry, object);
  const { name = '', namespace = '' } = object.metadata;
  if (await createIfMissing(registry, object)) return;
  await changeObject(
    registry,
    call,
    served,
    { namespace, name },
    {
      subresource: '',
      build: () => copyJson(object),
    },
  );
}

/** True if it was missing. */
async function createIfMissing(registry: Registry, object: UnknownObject): Promise<boolean> {
  const served = servedOf(registry, object);
  const { group, version, resource } = served.kind;
  const { name = '', namespace = '' } = object.metadata;
  const exists = async () =>
    (await readObject(registry, group, version, resource, { namespace, name })) !== undefined;
  if (await exists()) return false;
  try {
    await createObject(registry, call, served, namespace, copyJson(object));
    return true;
  } catch (error) {
    // Another API server on the same store makes the same at the same time; a service is then refused
    // because its address is taken, not because of its name.
    if (isApiError(error) && (await exists())) return false;
    throw error;
  }
}

function servedOf(registry: Registry, object: UnknownObject) {
  const slash = object.apiVersion.indexOf('/');
  const served = registry.served.ofKind(
    object.apiVersion.slice(0, Math.max(slash, 0)),
    object.kind,
  );
  if (served === undefined) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return served;
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
    description: 'For pods that a node cannot do without; they must not be moved elsewhere.',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2000000000,
    description: 'For pods that the cluster cannot do without; they may run on any node.',
  },
];

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
    call,
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
    clusterIP: addressIn(cidr, 1),
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
    clusterIP: addressIn(cidr, dnsAddressIndex),
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
