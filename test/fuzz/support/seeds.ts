/** Good inputs, one or more for every decoder on the server's path; the fuzzer changes them. */

const json = JSON.stringify;

export const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    ...{
      name: 'web',
      generateName: 'web-',
      labels: { app: 'web' },
      finalizers: ['a.example.com/b'],
    },
    creationTimestamp: '2026-01-01T00:00:00Z',
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b' }],
    managedFields: [
      {
        ...{ manager: 'm', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z' },
        ...{ fieldsType: 'FieldsV1' },
        fieldsV1: {
          'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {} } } },
        },
      },
    ],
  },
  spec: {
    containers: [
      {
        ...{ name: 'app', image: 'app:1', command: ['sh', '-c', 'true'] },
        resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: 1.5 } },
        env: [{ name: 'A', value: '$(B)' }],
        ports: [{ containerPort: 80, protocol: 'TCP', hostPort: 8080 }],
        livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 3 },
      },
    ],
    tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }],
    volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '1 2' }] },
    nodeSelector: { a: 'b' },
  },
};

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
    strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: pod.spec.containers } },
  },
};

export const bodies: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/namespaces/default/pods': [json(pod)],
  '/apis/apps/v1/namespaces/default/deployments': [json(deployment)],
  '/api/v1/namespaces/default/services': [
    json({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } },
      spec: {
        ...{
          clusterIP: '10.96.0.9',
          externalIPs: ['10.0.0.1'],
          loadBalancerSourceRanges: ['10.0.0.0/8'],
        },
        ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort: 30_080 }],
      },
    }),
  ],
  '/apis/batch/v1/namespaces/default/cronjobs': [
    json({
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' } },
      spec: {
        ...{ schedule: '*/5 1-3 * JAN,FEB MON-FRI', timeZone: 'Europe/Berlin' },
        jobTemplate: { spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } } },
      },
    }),
  ],
  '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies': [
    json({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'n' } },
      spec: {
        podSelector: { matchLabels: { a: 'b' } },
        ingress: [
          {
            from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
            ports: [{ port: 1, endPort: 2 }],
          },
        ],
      },
    }),
  ],
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': [
    json({
      ...{
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'r' },
      },
      spec: {
        request: Buffer.from(
          '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----',
        ).toString('base64'),
        ...{ signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      },
    }),
  ],
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies': [
    json({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'p' },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['apps'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['deployments'],
            },
          ],
        },
        variables: [
          { name: 'ports', expression: 'object.spec.template.spec.containers.map(c, c.ports)' },
        ],
        validations: [
          {
            expression:
              'object.spec.replicas <= 5 && variables.ports.all(p, p.exists(x, x.containerPort > 80)) && "a".matches("^a+$") && quantity("1Gi").isGreaterThan(quantity("1")) && [1,2].sum() > 0',
            messageExpression: '"replicas: " + string(object.spec.replicas)',
          },
        ],
      },
    }),
  ],
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': [
    json({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boats', kind: 'Boat', shortNames: ['bt'], categories: ['all'] },
        versions: [
          {
            ...{ name: 'v1', served: true, storage: true },
            subresources: {
              status: {},
              scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' },
            },
            additionalPrinterColumns: [
              { name: 'N', type: 'integer', jsonPath: '.spec.list[?(@.a=="b")].n' },
            ],
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    properties: {
                      n: { type: 'integer', minimum: 0, maximum: 10, default: 1 },
                      word: { type: 'string', pattern: '^(a+)+$', maxLength: 10, format: 'ipv4' },
                      list: {
                        ...{
                          type: 'array',
                          'x-kubernetes-list-type': 'map',
                          'x-kubernetes-list-map-keys': ['a'],
                        },
                        items: {
                          type: 'object',
                          required: ['a'],
                          properties: { a: { type: 'string' } },
                        },
                      },
                      any: { 'x-kubernetes-preserve-unknown-fields': true },
                      either: { 'x-kubernetes-int-or-string': true },
                    },
                    'x-kubernetes-validations': [
                      { rule: 'self.n < 5 || self.word.startsWith("a")', message: 'no' },
                    ],
                  },
                },
              },
            },
          },
        ],
      },
    }),
  ],
};

export const yaml = [
  `apiVersion: v1
kind: ConfigMap
metadata:
  name: words # a comment
  labels: {app: web, "quoted": 'single'}
data: &data
  a: "1\\n\\u0041"
  b: |-
    text
      more
  c: >+
    folded

`,
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: &a [1, 2]\ny: *a\nz: {<<: &m {p: q}, r: !!str 5}\n? k\n: v\n',
];

export const patches: Readonly<Record<string, readonly string[]>> = {
  'application/json-patch+json': [
    json([
      { op: 'test', path: '/metadata/name', value: 'words' },
      { op: 'add', path: '/data/a~1b', value: 'x' },
      { op: 'replace', path: '/data/a', value: 'y' },
      { op: 'copy', from: '/data', path: '/metadata/annotations' },
      { op: 'move', from: '/data/a', path: '/data/c' },
      { op: 'remove', path: '/data/c' },
    ]),
  ],
  'application/merge-patch+json': [
    json({ metadata: { labels: { a: 'b', c: null } }, data: { a: 'z' } }),
  ],
  'application/strategic-merge-patch+json': [
    json({
      metadata: {
        finalizers: ['x.example.com/y'],
        '$deleteFromPrimitiveList/finalizers': ['z'],
        ownerReferences: [{ uid: 'a', $patch: 'delete' }, { $patch: 'replace' }],
        '$setElementOrder/ownerReferences': [{ uid: 'a' }],
      },
      data: { $retainKeys: ['a'], a: 'b' },
    }),
  ],
  'application/apply-patch+yaml': [
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {a: b}\n  finalizers: [x.example.com/y]\ndata:\n  a: b\n',
    json({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'c' } }),
  ],
};

export const queries = [
  'labelSelector=a%20in%20(b%2Cc)%2C!d%2Ce!%3Df&limit=5',
  'fieldSelector=metadata.name%3Da%2Cmetadata.namespace!%3Db&resourceVersion=0',
  'resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=2',
  `limit=1&continue=${Buffer.from(json({ v: 'meta.k8s.io/v1', rv: 5, start: 'a' })).toString('base64url')}`,
  'watch=true&timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
  'watch=1&resourceVersion=1&timeoutSeconds=1',
  'pretty=true&includeObject=Object',
];

export const paths = [
  '/api/v1/namespaces/default/configmaps/words/status',
  '/apis/apps/v1/namespaces/default/deployments/web/scale',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.com',
  '/openapi/v3/apis/apps/v1?hash=ABC',
  '/api/v1/watch/namespaces/default/pods',
  '/api/v1/namespaces/default/services/http:web:80/proxy/a/b?c=d',
  '/readyz/etcd?verbose&exclude=ping',
];

const part = (value: object) => Buffer.from(json(value)).toString('base64url');

export const headers = [
  ['accept', 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.8, */*'],
  ['accept', 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'],
  [
    'authorization',
    `Bearer ${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: 'a', exp: 1, sub: 'system:serviceaccount:a:b' })}.c2ln`,
  ],
  ['authorization', 'Basic YTpi'],
  ['impersonate-user', 'system:serviceaccount:default:default'],
  ['impersonate-extra-a%2fb', 'c'],
  ['accept-encoding', 'gzip;q=1.0, identity; q=0.5, *;q=0'],
  ['content-type', 'application/json; charset=utf-8'],
  ['audit-id', 'abc'],
] as const;

export const kubeconfigs = [
  `apiVersion: v1
kind: Config
current-context: a
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1", certificate-authority-data: YQ==, proxy-url: "http://x"}}]
users: [{name: u, user: {token: t, exec: {command: x, args: [a], env: [{name: A, value: b}]}}}]
contexts: [{name: a, context: {cluster: c, user: u, namespace: n}}]
`,
];
