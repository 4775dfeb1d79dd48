import { beforeEach, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import type { Pod } from '../../api/types.ts';
import { refused } from '../testing/calls.ts';
import { useFreshServer } from '../testing/use-server.ts';

const server = useFreshServer();

beforeEach(async () => {
  await make('serviceaccounts', 'ServiceAccount', 'default');
});

function make(resource: string, kind: string, name: string, rest: object = {}) {
  const object: UnknownObject = { apiVersion: 'v1', kind, metadata: { name }, ...rest };
  return server.client.create({ group: '', version: 'v1', resource, namespace: 'default' }, object);
}

const range = (name: string, ...limits: object[]) =>
  make('limitranges', 'LimitRange', name, { spec: { limits } });

async function pod(name: string, resources: object, spec: object = {}): Promise<Pod> {
  const containers = [{ name: 'a', image: 'a:1', resources }];
  return (await make('pods', 'Pod', name, { spec: { containers, ...spec } })) as unknown as Pod;
}

async function refusal(call: Promise<unknown>): Promise<string> {
  return (await refused(call)).message.replace(/^.* is forbidden: /, '');
}

it('fills in what containers do not say, and says so', async () => {
  await range('r', {
    type: 'Container',
    default: { cpu: '1', memory: '256Mi' },
    defaultRequest: { cpu: '500m' },
  });
  const init = [{ name: 'i', image: 'a:1', resources: { requests: { cpu: '1m' } } }];
  const made = await pod('a', { limits: { memory: '1Gi' } }, { initContainers: init });
  expect(made.spec.containers[0]?.resources).toEqual({
    limits: { memory: '1Gi', cpu: '1' },
    requests: { memory: '1Gi', cpu: '500m' },
  });
  expect(made.metadata.annotations).toEqual({
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu request for container a; cpu limit for container a; memory request for init container i; cpu, memory limit for init container i',
  });
});

it('leaves it to the checks to miss containers', async () => {
  await range('r', { type: 'Container', default: { cpu: '1' } });
  expect(await refusal(make('pods', 'Pod', 'a', { spec: {} }))).toContain(
    'spec.containers: Required value',
  );
});

it('holds each container between least and most, and says all that is wrong once', async () => {
  const cpu = (amount: string) => ({ cpu: amount });
  await range('r', {
    type: 'Container',
    min: cpu('100m'),
    max: cpu('1'),
    maxLimitRequestRatio: cpu('2'),
  });
  const two = [
    { name: 'a', image: 'a:1', resources: { requests: cpu('50m'), limits: cpu('2') } },
    { name: 'b', image: 'a:1', resources: { requests: cpu('50m'), limits: cpu('2') } },
  ];
  expect(await refusal(pod('a', {}, { containers: two }))).toBe(
    '[minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request ratio per Container is 2, but provided ratio is 40.000000]',
  );
  await pod('b', { requests: cpu('500m'), limits: cpu('1') });
});

it('holds pods as wholes, with their sidecars and init containers', async () => {
  await range('r', { type: 'Pod', max: { memory: '2Gi' }, min: { cpu: '10m' } });
  const asks = (memory: string) => ({ requests: { memory, cpu: '10m' }, limits: { memory } });
  const container = (name: string, memory: string, more: object = {}) => ({
    ...{ name, image: 'a:1', resources: asks(memory) },
    ...more,
  });
  await pod('fits', asks('1Gi'), { initContainers: [container('i', '2Gi')] });
  const sidecar = container('s', '512Mi', { restartPolicy: 'Always' });
  const beside = [sidecar, container('i', '1792Mi')];
  expect(await refusal(pod('a', asks('1Gi'), { initContainers: beside }))).toBe(
    'maximum memory usage per Pod is 2Gi, but limit is 2304Mi',
  );
  expect(await refusal(pod('b', { limits: { memory: '1Gi' } }))).toBe(
    'minimum cpu usage per Pod is 10m.  No request is specified',
  );
  await pod('c', {}, { resources: asks('2Gi') });
});

it('holds claims, when they are made and when they grow', async () => {
  const sizes = { min: { storage: '1Gi' }, max: { storage: '5Gi' } };
  await range('r', { type: 'PersistentVolumeClaim', ...sizes });
  const claim = (name: string, storage: string) =>
    make('persistentvolumeclaims', 'PersistentVolumeClaim', name, {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
  const per = 'storage usage per PersistentVolumeClaim is';
  expect(await refusal(claim('a', '512Mi'))).toBe(`minimum ${per} 1Gi, but request is 512Mi`);
  expect(await refusal(claim('a', '6Gi'))).toBe(`maximum ${per} 5Gi, but request is 6Gi`);
  await claim('a', '2Gi');
});

it('takes ranges that say nothing', async () => {
  await make('limitranges', 'LimitRange', 'nothing');
  await make('limitranges', 'LimitRange', 'null', { spec: { limits: null } });
  expect((await pod('a', {})).metadata.annotations).toBeUndefined();
  await make('persistentvolumeclaims', 'PersistentVolumeClaim', 'a', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
});

it('stops at the first range that is not kept to', async () => {
  await range('first', { type: 'Container', max: { cpu: '1' } });
  await range('second', { type: 'Container', max: { cpu: '500m' } });
  expect(await refusal(pod('a', { limits: { cpu: '2' } }))).toBe(
    'maximum cpu usage per Container is 1, but limit is 2',
  );
});

it('takes a runtime class over once, however often plug-ins run', async () => {
  const tolerations = [{ key: 'vm', operator: 'Exists' }];
  await server.client.create({ group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses' }, {
    ...{ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'vm' } },
    ...{ handler: 'vm', overhead: { podFixed: { cpu: '250m' } }, scheduling: { tolerations } },
  } as UnknownObject);
  const admission = { group: 'admissionregistration.k8s.io', version: 'v1' };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['pods'],
  };
  await server.client.create({ ...admission, resource: 'mutatingadmissionpolicies' }, {
    ...{ apiVersion, kind: 'MutatingAdmissionPolicy', metadata: { name: 'm' } },
    spec: {
      reinvocationPolicy: 'Never',
      matchConstraints: { resourceRules: [rule] },
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: 'Object{metadata: Object.metadata{labels: {"seen": "yes"}}}',
          },
        },
      ],
    },
  } as UnknownObject);
  await server.client.create({ ...admission, resource: 'mutatingadmissionpolicybindings' }, {
    ...{ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata: { name: 'm' } },
    spec: { policyName: 'm' },
  } as UnknownObject);
  const made = await pod('a', {}, { runtimeClassName: 'vm', overhead: { cpu: '0.25' } });
  expect(made.metadata.labels).toEqual({ seen: 'yes' });
  expect(made.spec.tolerations?.map(({ key }) => key)).toEqual([
    'node.kubernetes.io/not-ready',
    'node.kubernetes.io/unreachable',
    'vm',
  ]);
  expect(await refusal(pod('b', {}, { overhead: { cpu: '1' } }))).toBe(
    'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
});

it('leaves a pod its priority and tolerations when somebody writes it without them', async () => {
  const made = await pod('a', {});
  const { priority: _, preemptionPolicy: __, tolerations: ___, ...spec } = made.spec;
  const target = { group: '', version: 'v1', resource: 'pods', namespace: 'default', name: 'a' };
  const next = { ...made, spec } as unknown as UnknownObject;
  const updated = (await server.client.update(target, next)) as unknown as Pod;
  expect(updated.spec).toEqual(made.spec);
});
