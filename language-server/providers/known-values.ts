/**
 * Values and keys that no schema lists and that people look up all the same: verbs and resources of
 * roles, capabilities, well-known labels, what a downward API field may be.
 */
import { kinds } from '../../runtime/api/kinds.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at } from '../references/fields.ts';
import { listAt } from '../rules/cross-selectors.ts';
import { explainCron } from './explain-cron.ts';
import type { Name } from './names.ts';

interface Place {
  readonly kind: string;
  readonly path: Path;
  readonly value: Readonly<Record<string, unknown>>;
}

const verbs = 'get list watch create update patch delete deletecollection';

const capabilities =
  'ALL AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_ADMIN NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_CHROOT SYS_PTRACE SYS_TIME';

const secretTypes: Readonly<Record<string, string>> = {
  Opaque: 'anything',
  'kubernetes.io/tls': 'a certificate: tls.crt and tls.key',
  'kubernetes.io/dockerconfigjson': 'to pull images with: .dockerconfigjson',
  'kubernetes.io/basic-auth': 'username and password',
  'kubernetes.io/ssh-auth': 'ssh-privatekey',
  'kubernetes.io/service-account-token': 'a token of a service account',
};

const nodeLabels: Readonly<Record<string, string>> = {
  'kubernetes.io/hostname': 'one node',
  'topology.kubernetes.io/zone': 'one zone',
  'topology.kubernetes.io/region': 'one region',
  'kubernetes.io/os': 'linux or windows',
  'kubernetes.io/arch': 'amd64, arm64',
  'node.kubernetes.io/instance-type': 'as the cloud calls it',
};

const recommendedLabels: Readonly<Record<string, string>> = {
  'app.kubernetes.io/name': 'the application',
  'app.kubernetes.io/instance': 'this installation of it',
  'app.kubernetes.io/version': 'its version',
  'app.kubernetes.io/component': 'the part that this is',
  'app.kubernetes.io/part-of': 'what it belongs to',
  'app.kubernetes.io/managed-by': 'the tool that applies it',
};

const fieldPaths: Readonly<Record<string, string>> = {
  'metadata.name': 'name of the pod',
  'metadata.namespace': 'namespace of the pod',
  'metadata.uid': 'UID of the pod',
  "metadata.labels['KEY']": 'a label of the pod',
  "metadata.annotations['KEY']": 'an annotation of the pod',
  'spec.nodeName': 'name of the node',
  'spec.serviceAccountName': 'service account of the pod',
  'status.hostIP': 'address of the node',
  'status.podIP': 'address of the pod',
};

/** Taints that Kubernetes sets itself. */
const taints: Readonly<Record<string, string>> = {
  'node-role.kubernetes.io/control-plane': 'nodes of the control plane',
  'node.kubernetes.io/not-ready': 'the node is not ready',
  'node.kubernetes.io/unreachable': 'the node does not answer',
  'node.kubernetes.io/memory-pressure': 'memory is short',
  'node.kubernetes.io/disk-pressure': 'the disk is full',
  'node.kubernetes.io/pid-pressure': 'there are too many processes',
  'node.kubernetes.io/network-unavailable': 'the network is not set up',
  'node.kubernetes.io/unschedulable': 'the node is cordoned',
};

const podSecurity: Readonly<Record<string, string>> = {
  'pod-security.kubernetes.io/enforce': 'baseline · pods that are not are refused',
  'pod-security.kubernetes.io/warn': 'restricted · whoever creates others is warned',
  'pod-security.kubernetes.io/audit': 'restricted · others are noted in the audit log',
  'pod-security.kubernetes.io/enforce-version': 'latest · of the standards',
};

const schedules = ['*/5 * * * *', '0 * * * *', '0 3 * * *', '0 3 * * 1', '0 3 1 * *'];

const computeResources: Readonly<Record<string, string>> = {
  cpu: '100m · cores, or thousandths of one',
  memory: '128Mi · bytes',
  'ephemeral-storage': '1Gi · bytes on the disk of the node',
};

/** For the value at the place; for an item where the place is in a list. */
export function knownValues(place: Place): Name[] {
  const { kind, path, value } = place;
  const fields = path.filter((part) => typeof part === 'string');
  const [last = '', parent = ''] = fields.toReversed();
  const isRole = kind === 'Role' || kind === 'ClusterRole';
  switch (last) {
    case 'verbs':
      return isRole ? plain(verbs, 'verb') : [];
    case 'resources':
      return isRole ? resourcesOf(listAt(value, [...path.slice(0, -2), 'apiGroups'])) : [];
    case 'apiGroups':
      return isRole ? groups() : [];
    case 'add':
    case 'drop':
      return parent === 'capabilities' ? plain(capabilities, 'capability') : [];
    case 'topologyKey':
      return described(nodeLabels);
    case 'fieldPath':
      return parent === 'fieldRef' ? described(fieldPaths) : [];
    case 'type':
      return kind === 'Secret' && fields.length === 1 ? described(secretTypes) : [];
    case 'schedule':
      return kind === 'CronJob'
        ? schedules.map((text) => ({ name: `"${text}"`, detail: explainCron(text) ?? '' }))
        : [];
    case 'timeZone':
      return kind === 'CronJob'
        ? Intl.supportedValuesOf('timeZone').map((name) => ({ name, detail: 'time zone' }))
        : [];
    case 'key':
      return parent === 'tolerations' || parent === 'taints' ? described(taints) : [];
    case 'port':
      return parent === 'httpGet' || parent === 'tcpSocket' ? ownPorts(place) : [];
    default:
      if (/^pod-security\.kubernetes\.io\/(enforce|warn|audit)$/.test(last)) {
        return plain('privileged baseline restricted', 'level of the Pod Security Standards');
      }
      return parent === 'scaleTargetRef' ? scaleTargets(last) : [];
  }
}

/** For a key of a map at the place; details begin with a value to start from, where there is one. */
export function knownKeys({ path, value }: Pick<Place, 'path' | 'value'>): Name[] {
  const [last, parent] = path.toReversed();
  if (last === 'labels' && parent === 'metadata') {
    const own = value.kind === 'Namespace' ? described(podSecurity) : [];
    return [...own, ...described(recommendedLabels)];
  }
  if (last === 'nodeSelector') return described(nodeLabels);
  const isResources = parent === 'resources' && (last === 'requests' || last === 'limits');
  return isResources ? described(computeResources) : [];
}

function plain(names: string, detail: string): Name[] {
  return names.split(' ').map((name) => ({ name, detail }));
}

function described(names: Readonly<Record<string, string>>): Name[] {
  return Object.entries(names).map(([name, detail]) => ({ name, detail }));
}

function groups(): Name[] {
  const names = new Set(kinds.map(({ group }) => group));
  return [...names].sort().map((group) => ({
    name: group === '' ? '""' : group,
    detail: group === '' ? 'the core group' : 'API group',
  }));
}

function resourcesOf(wanted: readonly unknown[]): Name[] {
  const fitting = kinds.filter(({ group }) => wanted.length === 0 || wanted.includes(group));
  return fitting.flatMap(({ resource, kind, group, subresources }) =>
    [resource, ...subresources.map(({ name }) => `${resource}/${name}`)].map((name) => ({
      name,
      detail: `${kind} in ${group === '' ? 'v1' : group}`,
    })),
  );
}

function scaleTargets(field: string): Name[] {
  if (field === 'apiVersion') return [{ name: 'apps/v1', detail: 'Deployment, StatefulSet' }];
  return field === 'kind' ? plain('Deployment StatefulSet ReplicaSet', 'apps/v1') : [];
}

/** A probe asks a port of its own container. */
function ownPorts({ path, value }: Place): Name[] {
  const list = path.findLastIndex((part) => /^(c|initC)ontainers$/.test(String(part)));
  const container = at(value, path.slice(0, list + 2));
  return listAt(container, ['ports']).flatMap((port) => {
    const number = at(port, ['containerPort']);
    const name = at(port, ['name']);
    const detail = 'port of the container';
    return [name, number].flatMap((each) =>
      typeof each === 'string' || typeof each === 'number' ? { name: String(each), detail } : [],
    );
  });
}
