import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import type { Job } from '../types.ts';
import { applyDefaults } from './defaults.ts';
import { imagePullPolicy } from './images.ts';
import { generateJobSelector } from './job-selector.ts';

function defaulted(object: object): Record<string, unknown> {
  const copy = structuredClone(object) as KubeObject;
  applyDefaults(copy);
  const once = structuredClone(copy);
  applyDefaults(copy);
  expect(copy, 'defaulting twice changes nothing').toEqual(once);
  return copy as unknown as Record<string, unknown>;
}

test('a pod with one container gets everything that kubectl shows of it', () => {
  const pod = defaulted({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: 0.5, memory: '65536Ki' }, requests: { memory: '32Mi' } },
          livenessProbe: { httpGet: { port: 80 } },
          env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        },
      ],
      volumes: [{ name: 'tmp' }, { name: 'keys', secret: { secretName: 'keys' } }],
    },
  });
  expect(pod.spec).toEqual({
    containers: [
      {
        name: 'web',
        image: 'nginx',
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        resources: {
          limits: { cpu: '500m', memory: '64Mi' },
          requests: { cpu: '500m', memory: '32Mi' },
        },
        livenessProbe: {
          httpGet: { port: 80, path: '/', scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        env: [
          {
            name: 'NODE',
            valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } },
          },
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: {} },
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 420 } },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
});

test('a template gets neither requests from limits nor host ports', () => {
  const { spec } = defaulted({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        spec: {
          hostNetwork: true,
          containers: [
            {
              name: 'web',
              image: 'web:1',
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: '1' } },
            },
          ],
        },
      },
    },
  }) as { spec: { template: { spec: { containers: object[] } } } };
  expect(spec).toMatchObject({
    replicas: 1,
    strategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  expect(spec.template.spec).not.toHaveProperty('enableServiceLinks');
  expect(spec.template.spec.containers[0]).toMatchObject({
    imagePullPolicy: 'IfNotPresent',
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    resources: { limits: { cpu: '1' } },
  });
});

test.each([
  [{}, { completions: 1, parallelism: 1, backoffLimit: 6 }],
  [{ completions: 5 }, { completions: 5, parallelism: 1 }],
  [{ backoffLimitPerIndex: 1 }, { backoffLimit: 2147483647 }],
])('a job with %j has %j', (given, expected) => {
  const job = defaulted({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'train' },
    spec: { ...given, template: { metadata: { labels: { app: 'train' } }, spec: {} } },
  });
  expect(job.spec).toMatchObject({ ...expected, completionMode: 'NonIndexed', suspend: false });
  expect(job.metadata).toEqual({ name: 'train', labels: { app: 'train' } });
});

test('a parallel job without completions keeps them open', () => {
  const job = defaulted({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {},
    spec: { parallelism: 3, template: {} },
  });
  expect(job.spec).not.toHaveProperty('completions');
});

test('the generated selector ties a job to its uid', () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'train', uid: 'u1', resourceVersion: '', creationTimestamp: '' },
    spec: { template: {} },
  } as Job;
  generateJobSelector(job);
  expect(job.spec.selector).toEqual({
    matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' },
  });
  expect(job.spec.template.metadata?.labels).toMatchObject({
    'job-name': 'train',
    'batch.kubernetes.io/job-name': 'train',
    'controller-uid': 'u1',
  });
});

test('services of each type', () => {
  const service = (spec: object) =>
    defaulted({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec }).spec;
  expect(service({ ports: [{ port: 80 }] })).toEqual({
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
  });
  expect(service({ type: 'LoadBalancer' })).toMatchObject({
    externalTrafficPolicy: 'Cluster',
    allocateLoadBalancerNodePorts: true,
  });
  expect(service({ type: 'ExternalName', externalName: 'example.test' })).not.toHaveProperty(
    'internalTrafficPolicy',
  );
  expect(service({ sessionAffinity: 'ClientIP' })).toMatchObject({
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
  });
});

test('a namespace is labelled and finalized, but not once it is going', () => {
  const namespace = defaulted({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
  expect(namespace).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'a' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  const going = defaulted({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' },
    spec: {},
  });
  expect(going.spec).toEqual({});
});

test('an autoscaler aims at 80 % CPU; its behavior is completed on both sides', () => {
  const { spec } = defaulted({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {},
    spec: { maxReplicas: 3, behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } },
  });
  expect(spec).toMatchObject({
    minReplicas: 1,
    metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max' },
      scaleDown: { stabilizationWindowSeconds: 60, policies: [{ value: 100 }] },
    },
  });
});

test('limits of a range follow from one another', () => {
  const { spec } = defaulted({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: {},
    spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] },
  });
  expect(spec).toMatchObject({
    limits: [{ default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } }],
  });
});

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['localhost:5000/nginx', 'Always'],
  ['localhost:5000/nginx:1', 'IfNotPresent'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  ['localhost:5000/a_b/c--d', 'Always'],
  ['Nginx', 'IfNotPresent'],
  ['n ginx', 'IfNotPresent'],
  ['', 'IfNotPresent'],
])('image %s is pulled %s', (image, policy) => {
  expect(imagePullPolicy(image)).toBe(policy);
});

test.each([
  { spec: null },
  { spec: { containers: null, volumes: 'x' } },
  { spec: { containers: [null, 3, { name: 'a', ports: {}, resources: 'x', livenessProbe: [] }] } },
])('a body of the wrong shape is left to the structural check: %j', (body) => {
  expect(() => defaulted({ apiVersion: 'v1', kind: 'Pod', metadata: {}, ...body })).not.toThrow();
});
