/** What some kinds do and others do not, where the original's strategies differ. */
import { expect, it } from 'vitest';
import { useRest } from '../../runtime/apiserver/testing/use-server.ts';
import { type ServedKind, servedKinds } from './kinds.ts';

const { rest } = useRest();

const kept = servedKinds.filter(({ body }) => body !== undefined);
const named = ({ apiVersion, kind }: ServedKind) => `${apiVersion} ${kind}`;

function collectionOf({ apiVersion, namespaced, resource }: ServedKind): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${namespaced ? '/namespaces/default' : ''}/${resource}`;
}

/** Beside metadata.name and metadata.namespace. */
const selectable: Record<string, readonly string[]> = {
  'v1 Pod': [
    ...['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName'],
    ...['spec.hostNetwork', 'status.phase', 'status.podIP', 'status.podIPs'],
    'status.nominatedNodeName',
  ],
  'v1 Node': ['spec.unschedulable'],
  'v1 Namespace': ['status.phase'],
  'v1 Secret': ['type'],
  'v1 Service': ['spec.clusterIP', 'spec.type'],
  'v1 ReplicationController': ['status.replicas'],
  'batch/v1 Job': ['status.successful'],
  'certificates.k8s.io/v1 CertificateSigningRequest': ['spec.signerName'],
  'v1 Event': ['involvedObject.kind', 'reason', 'source', 'reportingComponent', 'type'],
  'events.k8s.io/v1 Event': ['regarding.kind', 'reason', 'reportingController', 'type'],
};
/** Asked of every kind: some have one of them. */
const others = ['metadata.namespace', 'status.replicas', 'spec.type', 'type'];
/** Kinds with fields of their own, and no namespace. */
const withoutNamespace = ['v1 Node', 'v1 Namespace'];
withoutNamespace.push('certificates.k8s.io/v1 CertificateSigningRequest');

it('selects by the fields that each kind has, and by no others', async () => {
  const wrong: string[] = [];
  for (const kind of kept) {
    const own = selectable[named(kind)] ?? [];
    for (const field of new Set([...own, ...others])) {
      const known =
        field === 'metadata.namespace'
          ? !withoutNamespace.includes(named(kind))
          : own.includes(field);
      const { code } = await rest.send(`${collectionOf(kind)}?fieldSelector=${field}%3Dx`);
      if (code !== (known ? 200 : 400)) wrong.push(`${named(kind)} ${field}: ${code}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('says which fields there are in the words of each kind', async () => {
  const said = async (path: string) =>
    (await rest.send(`${path}?fieldSelector=status.nothing%3Dx`)).json();
  expect(await said('/apis/batch/v1/jobs')).toMatchObject({
    message: 'field label "status.nothing" not supported for batchv1.Job',
  });
  expect(await said('/api/v1/nodes')).toMatchObject({
    message: 'field label not supported: status.nothing',
  });
});

/** Of these a PUT makes what is not there; of all others it is not found. */
const madeByUpdate = [
  ...['v1 Endpoints', 'v1 Event', 'v1 LimitRange', 'v1 Service', 'events.k8s.io/v1 Event'],
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map(
    (kind) => `rbac.authorization.k8s.io/v1 ${kind}`,
  ),
  ...['coordination.k8s.io/v1 Lease', 'node.k8s.io/v1 RuntimeClass'],
];

it('makes by an update what the original makes so', async () => {
  const made: string[] = [];
  for (const kind of kept) {
    const { apiVersion, body } = kind;
    // Events of both groups are the same objects.
    const base = `updated-${apiVersion.split('/')[0]}`;
    const name = kind.kind === 'IPAddress' ? '10.96.7.8' : base;
    const object = { apiVersion, kind: kind.kind, metadata: { name }, ...body };
    const answer = await rest.send(`${collectionOf(kind)}/${name}`, {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(object),
    });
    if (answer.code === 201) made.push(named(kind));
    else expect([named(kind), answer.code]).toEqual([named(kind), 404]);
  }
  expect(made.sort()).toEqual(madeByUpdate.sort());
});
