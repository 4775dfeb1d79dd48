import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDefaults } from '../defaults/defaults.ts';
import type { KubeObject } from '../object.ts';
import { rules } from './kinds.ts';
import { validateCreate, validateUpdate } from './validate.ts';

type Body = Record<string, unknown>;

function make(apiVersion: string, kind: string, body: Body, metadata: object = {}): KubeObject {
  const object = { apiVersion, kind, metadata: { name: 'web', ...metadata }, ...body };
  const copy = structuredClone(object) as KubeObject;
  applyDefaults(copy);
  return copy;
}

/** `field: message`, as kubectl prints it. */
const lines = (object: KubeObject) =>
  validateCreate(object).map(({ field, message }) => `${field}: ${message}`);
const changes = (next: KubeObject, previous: KubeObject) =>
  validateUpdate(next, previous).map(({ field, message }) => `${field}: ${message}`);

const container = { name: 'web', image: 'web:1' };
const pod = (spec: Body) => make('v1', 'Pod', { spec: { containers: [container], ...spec } });
const withContainer = (fields: Body) => pod({ containers: [{ ...container, ...fields }] });
const deployment = (spec: Body = {}) =>
  make('apps/v1', 'Deployment', {
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
      ...spec,
    },
  });

describe('what is sound has no problems', () => {
  test.each([
    pod({}),
    deployment(),
    make('v1', 'ConfigMap', { data: { 'a.conf': 'x' } }),
    make('v1', 'Secret', { stringData: { password: 'x' } }),
    make('v1', 'Service', { spec: { ports: [{ port: 80 }] } }),
    make('v1', 'Service', { spec: { clusterIP: 'None' } }),
    make('v1', 'Namespace', {}),
    make('batch/v1', 'Job', {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    }),
    make(
      'rbac.authorization.k8s.io/v1',
      'ClusterRole',
      {
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      },
      { name: 'system:node' },
    ),
    make('example.test/v1', 'Anything', { spec: 3 }),
    make('v1', 'PersistentVolumeClaim', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }),
    pod({
      initContainers: [
        {
          ...container,
          name: 'sidecar',
          restartPolicy: 'Always',
          startupProbe: { exec: { command: ['x'] } },
        },
      ],
    }),
  ])('$kind', (object) => {
    expect(lines(object)).toEqual([]);
  });
});

describe('metadata', () => {
  test.each([
    [
      { name: 'Web' },
      "metadata.name: Invalid value: \"Web\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [{ name: undefined }, 'metadata.name: Required value: name or generateName is required'],
    [
      { labels: { a: 'x y' } },
      "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      { annotations: { a: 'x'.repeat(262_144) } },
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      { finalizers: ['mine'] },
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ])('%#', (metadata, expected) => {
    expect(lines(make('v1', 'ConfigMap', {}, metadata))).toEqual([expected]);
  });

  test('a generated name may end in a dash', () => {
    expect(
      lines(
        make(
          'v1',
          'Pod',
          { spec: { containers: [container] } },
          { name: undefined, generateName: 'web-' },
        ),
      ),
    ).toEqual([]);
  });
});

describe('pods', () => {
  test.each([
    [pod({ containers: [] }), 'spec.containers: Required value'],
    [withContainer({ image: undefined }), 'spec.containers[0].image: Required value'],
    [
      pod({ containers: [container, container] }),
      'spec.containers[1].name: Duplicate value: "web"',
    ],
    [
      withContainer({ ports: [{ containerPort: 70000 }] }),
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      withContainer({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ],
    [
      withContainer({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [
      withContainer({ imagePullPolicy: 'Sometimes' }),
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      withContainer({ livenessProbe: {} }),
      'spec.containers[0].livenessProbe: Required value: must specify a handler type',
    ],
    [
      withContainer({
        env: [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      pod({ restartPolicy: 'Maybe' }),
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
    ],
    [
      pod({ volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/' } }] }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      pod({
        initContainers: [{ ...container, name: 'init', livenessProbe: { tcpSocket: { port: 1 } } }],
      }),
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      pod({ tolerations: [{ effect: 'NoSchedule' }] }),
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ])('%#: %s', (object, expected) => {
    expect(lines(object)).toEqual([expected]);
  });

  test('of a pod that runs, little may change', () => {
    const before = pod({ tolerations: [{ key: 'a', operator: 'Exists' }] });
    const next = (fields: Body) => ({
      ...before,
      spec: { ...(before as never as { spec: object }).spec, ...fields },
    });
    expect(
      changes(
        next({
          containers: [
            {
              ...(before as never as { spec: { containers: object[] } }).spec.containers[0],
              image: 'web:2',
            },
          ],
        }),
        before,
      ),
    ).toEqual([]);
    expect(changes(next({ activeDeadlineSeconds: 5 }), before)).toEqual([]);
    // Where it runs, and its ephemeral containers, have doors of their own.
    const ephemeralContainers = [{ name: 'look', image: 'tools' }];
    for (const change of [{ hostNetwork: true }, { nodeName: 'node-1' }, { ephemeralContainers }]) {
      const [refused] = changes(next(change), before);
      expect(refused).toContain(
        'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`',
      );
    }
    expect(changes(next({ containers: [] }), before)).toEqual([
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
  });
});

describe('workloads', () => {
  test.each([
    [
      deployment({ selector: { matchLabels: { app: 'other' } } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [
      deployment({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [
      deployment({ replicas: -1 }),
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      deployment({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [
      deployment({
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { restartPolicy: 'Never', containers: [container] },
        },
      }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      make('batch/v1', 'Job', { spec: { template: { spec: { containers: [container] } } } }),
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
  ])('%#: %s', (object, expected) => {
    expect(lines(object)).toEqual([expected]);
  });

  test('selectors and job templates stay', () => {
    const selector = { matchLabels: { app: 'web', tier: 'x' } };
    const template = {
      metadata: { labels: { app: 'web', tier: 'x' } },
      spec: { containers: [container] },
    };
    expect(changes(deployment({ selector, template }), deployment())).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
    ]);
    const job = (image: string) =>
      make('batch/v1', 'Job', {
        spec: {
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } },
        },
      });
    const [refused] = changes(job('2'), job('1'));
    expect(refused).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/);
  });

  test('a StatefulSet mounts its claims, and little of it may change', () => {
    const set = (spec: Body = {}) =>
      make('apps/v1', 'StatefulSet', {
        spec: {
          serviceName: 'web',
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/d' }] }],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
          ...spec,
        },
      });
    expect(lines(set())).toEqual([]);
    const claims = [{ metadata: { name: 'data' } }];
    expect(lines(set({ volumeClaimTemplates: claims }))).toEqual([
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
    ]);
    expect(changes(set({ replicas: 3 }), set())).toEqual([]);
    expect(changes(set({ serviceName: 'other' }), set())[0]).toContain(
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'",
    );
  });
});

describe('other kinds', () => {
  test.each([
    [make('v1', 'Service', { spec: {} }), 'spec.ports: Required value'],
    [
      make('v1', 'Service', { spec: { ports: [{ port: 80 }, { port: 81, name: 'b' }] } }),
      'spec.ports[0].name: Required value',
    ],
    [
      make('v1', 'Service', {
        spec: {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        },
      }),
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      make('v1', 'ConfigMap', { data: { 'a/x': '' } }),
      "data[a/x]: Invalid value: \"a/x\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
    [
      make('batch/v1', 'CronJob', {
        spec: {
          schedule: '* * *',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
          },
        },
      }),
      'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
    ],
    [
      make('networking.k8s.io/v1', 'Ingress', { spec: {} }),
      'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
    ],
    [
      make('autoscaling/v2', 'HorizontalPodAutoscaler', {
        spec: {
          minReplicas: 3,
          maxReplicas: 2,
          scaleTargetRef: { kind: 'Deployment', name: 'web' },
        },
      }),
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
    ],
    [
      make('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1 } }),
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ],
    [
      make('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        spec: {
          group: 'example.test',
          scope: 'Namespaced',
          names: { plural: 'boats', kind: 'Boat' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object' } },
            },
          ],
        },
      }),
      'metadata.name: Invalid value: "web": must be spec.names.plural+"."+spec.group',
    ],
  ])('%#: %s', (object, expected) => {
    expect(lines(object)).toEqual([expected]);
  });

  test('what may not change', () => {
    const service = (clusterIP: string) =>
      make('v1', 'Service', { spec: { clusterIP, ports: [{ port: 80 }] } });
    expect(changes(service('10.0.0.2'), service('10.0.0.1'))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
    const map = (value: string) => make('v1', 'ConfigMap', { immutable: true, data: { a: value } });
    expect(changes(map('2'), map('1'))).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    const binding = (name: string) =>
      make('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name } });
    expect(changes(binding('b'), binding('a'))[0]).toContain('roleRef: Invalid value: ');
  });

  test('an object on its way out can lose its finalizers whatever else is wrong', () => {
    const going = make(
      'v1',
      'ConfigMap',
      { data: { '..': '' } },
      { deletionTimestamp: 'x', finalizers: ['a/b'] },
    );
    expect(changes({ ...going, metadata: { name: 'web' } }, going)).toEqual([]);
    const more = { ...going, metadata: { ...going.metadata, finalizers: ['a/b', 'c/d'] } };
    expect(changes(more, going)[0]).toContain('metadata.finalizers: Forbidden: no new finalizers');
  });
});

test('events: what core/v1 lets pass, events.k8s.io asks for', () => {
  const metadata = { namespace: 'shop' };
  const about = { namespace: 'shop', kind: 'Pod', name: 'web' };
  expect(lines(make('v1', 'Event', { involvedObject: about }, metadata))).toEqual([]);
  expect(lines(make('v1', 'Event', { involvedObject: { namespace: 'b' } }, metadata))).toEqual([
    'involvedObject.namespace: Invalid value: "b": does not match event.namespace',
  ]);
  expect(
    lines(make('events.k8s.io/v1', 'Event', { regarding: about, type: 'Normal' }, metadata)),
  ).toEqual(['eventTime: Required value']);
  const eventTime = '2020-01-01T00:00:00.000000Z';
  expect(
    lines(make('events.k8s.io/v1', 'Event', { regarding: about, series: {}, eventTime }, metadata)),
  ).toEqual([
    'reportingController: Required value',
    expect.stringContaining('reportingController: Invalid value: "": name part must be non-empty'),
    expect.stringContaining('reportingController: Invalid value: "": name part must consist of'),
    'reportingInstance: Required value',
    'action: Required value',
    'reason: Required value',
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
    'type: Invalid value: "": has invalid value: ',
  ]);
});

test('bodies of any shape are passed over, in every kind', () => {
  const fields = [
    'spec',
    'metadata',
    'containers',
    'template',
    'selector',
    'matchLabels',
    'ports',
    'rules',
    'limits',
    'http',
    'paths',
    'backend',
    'service',
    'metrics',
    'behavior',
    'volumes',
    'secret',
    'items',
    'resources',
    'requests',
    'name',
    'names',
    'versions',
    'schedule',
    'jobTemplate',
    'data',
    'webhooks',
    'subjects',
    'roleRef',
    'subsets',
    'addresses',
    'endpoints',
    'strategy',
    'updateStrategy',
    'rollingUpdate',
    'hard',
    'status',
    'env',
    'valueFrom',
    'securityContext',
    'livenessProbe',
    'tolerations',
    'affinity',
    'type',
    'labels',
    'annotations',
    'finalizers',
    'ownerReferences',
    'volumeClaimTemplates',
    'lifecycle',
  ];
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'body' },
      fc.constantFrom(null, '', 'x', -1, 0, 70000, true),
      fc.array(tie('value'), { maxLength: 2, depthIdentifier: 'body' }),
      fc.dictionary(fc.constantFrom(...fields), tie('value'), {
        maxKeys: 5,
        depthIdentifier: 'body',
      }),
    ),
  }));
  const body = fc.dictionary(fc.constantFrom(...fields), value, { minKeys: 1, maxKeys: 5 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(rules)), body, body, (key, a, b) => {
      const parts = key.split('/');
      const kind = parts.at(-1) ?? '';
      const group = parts[0] ?? '';
      const apiVersion = `${group === '' ? '' : `${group}/`}${parts.length === 3 ? parts[1] : 'v1'}`;
      const object = (fields: object) =>
        ({ ...structuredClone(fields), apiVersion, kind, metadata: { name: 'a' } }) as KubeObject;
      const [next, previous] = [object(a), object(b)];
      applyDefaults(next);
      validateCreate(next);
      validateUpdate(next, previous);
    }),
    { numRuns: 3000 },
  );
});
