/** What is asked of both servers, in order; later requests build on what earlier ones made. */

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  readonly accept?: string;
  readonly body?: unknown;
  /** As it is sent, instead of `body` as JSON. */
  readonly raw?: string;
  /** Why the status code is another one than release 1.20's. */
  readonly differs?: string;
  /** Keeps each server's version and continue token for `{version}` and `{continue}` of later paths. */
  readonly keep?: boolean;
  /** The order of the items is the original's own. */
  readonly sorted?: boolean;
  readonly encoding?: 'gzip';
}

const core = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const get = (path: string, accept?: string): Ask => ({ path, ...(accept && { accept }) });
const post = (path: string, body: unknown): Ask => ({ method: 'POST', path, body });
const put = (path: string, body: unknown): Ask => ({ method: 'PUT', path, body });
const del = (path: string, body?: unknown): Ask => ({ method: 'DELETE', path, body });
const patch = (path: string, body: unknown, type = 'merge-patch+json'): Ask => ({
  ...{ method: 'PATCH', path, body, type: `application/${type}` },
});
const map = (name: string, more: object = {}) => ({
  ...{
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { set: 'a' } },
    data: { k: 'v' },
  },
  ...more,
});
const template = (more: object = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app' }], ...more },
});
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'web' }, ...metadata } },
  spec: { automountServiceAccountToken: false, ...template().spec, ...spec },
});
const workload = (kind: string, name: string, spec: object = {}) => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name } },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
});
const differs = (why: string, ask: Ask): Ask => ({ ...ask, differs: why });
const notItsFault = 'the original calls it an internal error';
const noNodes = 'there is no kubelet here';
const maps = `${core}/configmaps`;
const pods = `${core}/pods`;
const deployments = `${apps}/deployments`;

export const requests: readonly Ask[] = [
  post(`${core}/serviceaccounts`, { metadata: { name: 'default' } }),
  // Paths, methods, media types
  ...[
    '/api/v1/nothing',
    '/apis/nothing',
    '/apis/apps/v7',
    '/nothing',
    `${core}/configmaps/none`,
  ].map((p) => get(p)),
  get('/apis/apps/v1/namespaces/none/deployments/none'),
  ...[`${maps}/none/status`, `${maps}/none/scale`, `${pods}/none/log`, `${pods}/none/nothing`].map(
    (p) => get(p),
  ),
  ...['POST', 'PUT', 'PATCH'].map((method) => ({ method, path: '/version' })),
  { method: 'PUT', path: maps, body: map('a') },
  { method: 'POST', path: `${maps}/a`, body: map('a') },
  { method: 'PATCH', path: maps, body: {}, type: 'application/merge-patch+json' },
  { method: 'OPTIONS', path: maps },
  { method: 'DELETE', path: '/api/v1/namespaces' },
  get(maps, 'text/html'),
  get(maps, 'application/xml'),
  get(`${maps}?pretty=true`, 'application/yaml'),
  { method: 'POST', path: maps, type: 'text/plain', raw: 'x' },
  { method: 'POST', path: maps, type: 'application/json', raw: '' },
  { method: 'POST', path: maps, type: 'application/json', raw: '{' },
  { method: 'POST', path: maps, type: 'application/json', raw: '[]' },
  { method: 'POST', path: maps, type: 'application/json', raw: 'null' },
  { method: 'POST', path: maps, type: 'application/json', raw: '"x"' },
  { method: 'POST', path: maps, type: 'application/json', raw: '{}' },
  {
    method: 'POST',
    path: maps,
    type: 'application/yaml',
    raw: 'metadata: {name: fromyaml}\ndata: {a: "1"}\n',
  },
  { method: 'POST', path: maps, type: 'application/yaml', raw: 'a: [' },
  // Create
  post(maps, map('a')),
  post(maps, map('a')),
  post(maps, map('Bad_Name')),
  post(maps, map('')),
  post(maps, { kind: 'ConfigMap', apiVersion: 'v2', metadata: { name: 'x' } }),
  post(maps, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'x' } }),
  post(maps, map('ns', { metadata: { name: 'ns', namespace: 'other' } })),
  post('/api/v1/namespaces/none/configmaps', map('a')),
  differs(notItsFault, post(maps, map('rv', { metadata: { name: 'rv', resourceVersion: '5' } }))),
  post(maps, map('', { metadata: { generateName: 'gen-' } })),
  post(`${maps}?dryRun=All`, map('dry')),
  post(`${maps}?dryRun=Some`, map('dry')),
  post(`${maps}?fieldManager=${'x'.repeat(129)}`, map('dry')),
  post(`${maps}?fieldManager=%00`, map('dry')),
  post(maps, map('bad', { data: { 'a b': 'c' } })),
  post(maps, map('bad', { data: { a: 5 } })),
  post(maps, map('bad', { data: 'x' })),
  post(
    maps,
    map('bad', { metadata: { name: 'bad', labels: { 'a b': 'c d' }, annotations: { '/': 'x' } } }),
  ),
  post(maps, map('bad', { metadata: { name: 'bad', finalizers: ['x'] } })),
  post(maps, map('bad', { metadata: { name: 'bad', ownerReferences: [{ name: 'x' }] } })),
  post(maps, map('both', { data: { a: 'b' }, binaryData: { a: 'Yg==' } })),
  post(maps, map('b64', { binaryData: { a: '!' } })),
  // Read, list
  get(`${maps}/a`),
  get(`${maps}/a?resourceVersion=0`),
  get(`${maps}/a`, table),
  get(`${maps}/a`, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'),
  get(maps, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'),
  get(maps),
  get(`${maps}?limit=1`),
  get(`${maps}?limit=x`),
  get(`${maps}?limit=-1`),
  get(`${maps}?continue=x`),
  differs(notItsFault, get(`${maps}?resourceVersion=x`)),
  differs(notItsFault, get(`${maps}?resourceVersion=-1`)),
  get(`${maps}?resourceVersionMatch=Exact`),
  get(`${maps}?resourceVersionMatch=Foo&resourceVersion=1`),
  get(`${maps}?resourceVersionMatch=Exact&resourceVersion=0`),
  get(`${maps}?resourceVersion=1&resourceVersionMatch=Exact`),
  get(`${maps}?labelSelector=set%3Da`),
  get(`${maps}?labelSelector=set%20in%20(a`),
  get(`${maps}?labelSelector=a%3D%3D%3Db`),
  get(`${maps}?fieldSelector=metadata.name%3Da`),
  get(`${maps}?fieldSelector=data.k%3Da`),
  get(`${maps}?fieldSelector=x`),
  get(`${pods}?fieldSelector=spec.nodeName%3D,status.phase!%3DRunning`),
  get(`${pods}?fieldSelector=spec.foo%3Da`),
  get(`/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue`),
  get(`${core}/events?fieldSelector=involvedObject.kind%3DPod,type%3DNormal`),
  get(`${core}/secrets?fieldSelector=type%3DOpaque`),
  get(`/api/v1/namespaces?fieldSelector=status.phase%3DActive`),
  get('/apis/apps/v1/deployments?fieldSelector=spec.replicas%3D1'),
  differs(notItsFault, get(`${maps}?watch=1&resourceVersion=x`)),
  get(`${maps}?watch=1&timeoutSeconds=x`),
  get(`${maps}?timeoutSeconds=x`),
  get('/api/v1/namespaces/none/configmaps'),
  // Update
  put(`${maps}/a`, map('a', { data: { k: 'w' } })),
  put(`${maps}/a`, map('b')),
  put(`${maps}/none`, map('none')),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: '1' } })),
  differs(
    notItsFault,
    put(`${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: 'x' } })),
  ),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', uid: 'x' } })),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', namespace: 'other' } })),
  put(`${maps}/a`, { ...map('a'), immutable: true }),
  put(`${maps}/a`, { ...map('a', { data: { k: 'x' } }), immutable: true }),
  put(`${maps}/a`, map('a')),
  del(`${maps}/a`),
  post(maps, map('a')),
  // Patches
  patch(`${maps}/none`, {}),
  patch(`${maps}/a`, { data: { k: null, l: 'm' } }),
  patch(`${maps}/a`, { metadata: { name: 'b' } }),
  patch(`${maps}/a`, { metadata: { resourceVersion: '1' } }),
  patch(`${maps}/a`, { data: { k: 5 } }),
  patch(`${maps}/a`, { kind: 'Secret' }),
  differs(notItsFault, {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '{',
  }),
  differs('it is refused before there is anything to merge it with', {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '[]',
  }),
  differs(notItsFault, {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '',
  }),
  { method: 'PATCH', path: `${maps}/a`, type: 'application/json', raw: '{}' },
  patch(`${maps}/a`, [{ op: 'add', path: '/data/x', value: 'y' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'test', path: '/data/x', value: 'z' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'remove', path: '/data/none' }], 'json-patch+json'),
  differs(
    'releases after 1.20 want the member to be there',
    patch(`${maps}/a`, [{ op: 'replace', path: '/data/none', value: '1' }], 'json-patch+json'),
  ),
  patch(`${maps}/a`, [{ op: 'add', path: '/none/a', value: '1' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'jump', path: '/data' }], 'json-patch+json'),
  patch(`${maps}/a`, {}, 'json-patch+json'),
  patch(
    `${maps}/a`,
    { metadata: { labels: { $patch: 'replace', only: 'this' } } },
    'strategic-merge-patch+json',
  ),
  differs(
    notItsFault,
    patch(
      `${maps}/a`,
      { metadata: { labels: { $patch: 'nonsense' } } },
      'strategic-merge-patch+json',
    ),
  ),
  patch(`${maps}/a?fieldManager=me`, map('a', { data: { applied: 'x' } }), 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=you`, map('a', { data: { applied: 'y' } }), 'apply-patch+yaml'),
  patch(
    `${maps}/a?fieldManager=you&force=true`,
    map('a', { data: { applied: 'y' } }),
    'apply-patch+yaml',
  ),
  patch(`${maps}/a`, map('a'), 'apply-patch+yaml'),
  patch(`${maps}/a?force=true`, { data: {} }),
  patch(`${maps}/a?fieldManager=me`, { data: {} }, 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=me`, map('b'), 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=me`, { ...map('a'), unknown: 1 }, 'apply-patch+yaml'),
  patch(`${maps}/new?fieldManager=me`, map('new'), 'apply-patch+yaml'),
  // Pods
  post(pods, pod('web')),
  post(pods, pod('node', { nodeName: 'n1' })),
  differs('1.20 waits for a token Secret first', post(pods, { metadata: { name: 'x' } })),
  post(pods, pod('x', { containers: [] })),
  post(
    pods,
    pod('x', { containers: [{ name: 'A', image: '' }, { name: 'b' }, { name: 'b', image: 'x' }] }),
  ),
  post(
    pods,
    pod('x', {
      restartPolicy: 'Sometimes',
      dnsPolicy: 'x',
      hostNetwork: true,
      containers: [
        {
          name: 'a',
          image: 'b',
          ports: [{ containerPort: 80, hostPort: 81 }, { containerPort: 0 }],
        },
      ],
    }),
  ),
  post(
    pods,
    pod('x', {
      volumes: [{ name: 'v' }, { name: 'v', emptyDir: {} }],
      containers: [{ name: 'a', image: 'b', volumeMounts: [{ name: 'w', mountPath: '' }] }],
    }),
  ),
  post(
    pods,
    pod('x', {
      containers: [
        {
          name: 'a',
          image: 'b',
          resources: { requests: { cpu: '2' }, limits: { cpu: '1', memory: 'x' } },
        },
      ],
    }),
  ),
  post(
    pods,
    pod('x', {
      containers: [
        { name: 'a', image: 'b', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
      ],
    }),
  ),
  post(
    pods,
    pod('x', {
      containers: [
        {
          name: 'a',
          image: 'b',
          env: [
            { name: '1=', value: 'x' },
            { name: 'B', valueFrom: {} },
          ],
          livenessProbe: { periodSeconds: -1 },
        },
      ],
    }),
  ),
  post(pods, pod('x', { serviceAccountName: 'none' })),
  get(`${pods}/web`),
  get(`${pods}/web`, table),
  get(pods, table),
  put(`${pods}/web`, pod('web', { containers: [{ name: 'app', image: 'other' }] })),
  patch(
    `${pods}/web`,
    { spec: { containers: [{ name: 'app', command: ['x'] }] } },
    'strategic-merge-patch+json',
  ),
  patch(
    `${pods}/web`,
    { spec: { containers: [{ name: 'app', image: 'new' }] } },
    'strategic-merge-patch+json',
  ),
  patch(`${pods}/web/status`, {
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }),
  patch(`${pods}/web/status`, { status: { phase: 'Running' }, spec: { nodeName: 'x' } }),
  post(`${pods}/web/binding`, { metadata: { name: 'web' }, target: { kind: 'Node', name: 'n1' } }),
  post(`${pods}/web/binding`, { metadata: { name: 'web' }, target: { kind: 'Node', name: 'n2' } }),
  post(`${pods}/node/binding`, {}),
  post(`${pods}/web/eviction`, {
    apiVersion: 'policy/v1beta1',
    kind: 'Eviction',
    metadata: { name: 'web' },
    deleteOptions: { preconditions: { uid: 'x' } },
  }),
  post(`${pods}/none/eviction`, {
    apiVersion: 'policy/v1beta1',
    kind: 'Eviction',
    metadata: { name: 'none' },
  }),
  differs(noNodes, get(`${pods}/web/log`)),
  get(`${pods}/web/log?container=x`),
  get(`${pods}/web/log?tailLines=-1`),
  differs(noNodes, get(`${pods}/web/exec?command=x`)),
  differs(noNodes, get(`${pods}/web/portforward`)),
  // Deletion
  del(`${pods}/web`, { preconditions: { uid: 'x' } }),
  del(`${pods}/web`, { preconditions: { resourceVersion: '1' } }),
  del(`${pods}/web?gracePeriodSeconds=5`),
  get(`${pods}/web`),
  del(`${pods}/web?gracePeriodSeconds=0`),
  del(`${pods}/web`),
  del(`${maps}/new?propagationPolicy=Sideways`),
  del(`${maps}/new`, { propagationPolicy: 'Foreground', orphanDependents: true }),
  del(`${maps}/new`, { gracePeriodSeconds: -5 }),
  post(maps, map('fin', { metadata: { name: 'fin', finalizers: ['example.com/x'] } })),
  del(`${maps}/fin`),
  get(`${maps}/fin`),
  patch(`${maps}/fin`, { metadata: { finalizers: ['example.com/x', 'example.com/y'] } }),
  patch(`${maps}/fin`, { metadata: { finalizers: null } }),
  get(`${maps}/fin`),
  post(maps, map('fg')),
  del(`${maps}/fg`, { propagationPolicy: 'Foreground' }),
  post(maps, map('orphan')),
  del(`${maps}/orphan`, { propagationPolicy: 'Orphan' }),
  del(`${maps}?labelSelector=set%3Da`),
  del(`${maps}/none`),
  // Workloads
  post(deployments, workload('Deployment', 'web')),
  post(deployments, workload('Deployment', 'x', { selector: { matchLabels: { app: 'other' } } })),
  post(deployments, { metadata: { name: 'x' } }),
  post(
    deployments,
    workload('Deployment', 'x', {
      replicas: -1,
      strategy: { type: 'Recreate', rollingUpdate: {} },
    }),
  ),
  post(
    deployments,
    workload('Deployment', 'x', {
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
    }),
  ),
  post(deployments, workload('Deployment', 'x', { replicas: 'many' })),
  post(
    deployments,
    workload('Deployment', 'x', { unknown: 1, template: { ...template(), bad: true } }),
  ),
  get(`${deployments}/web`),
  get(`${deployments}/web`, table),
  get(`${deployments}/web/scale`),
  patch(`${deployments}/web/scale`, { spec: { replicas: 3 } }),
  patch(`${deployments}/web/scale`, { spec: { replicas: -3 } }),
  put(`${deployments}/web/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 2 },
  }),
  put(`${deployments}/web/scale`, {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'other', namespace: 'default' },
    spec: { replicas: 2 },
  }),
  patch(`${deployments}/web`, { spec: { selector: { matchLabels: { app: 'z' } } } }),
  patch(`${deployments}/web/status`, { status: { replicas: 2, readyReplicas: 3 } }),
  patch(
    `${deployments}/web`,
    { spec: { template: { spec: { containers: [{ name: 'side', image: 's' }] } } } },
    'strategic-merge-patch+json',
  ),
  differs(
    'a directive that is none is an unknown field',
    patch(
      `${deployments}/web`,
      {
        spec: {
          template: {
            spec: {
              $setElementOrder: 1,
              '$setElementOrder/containers': [{ name: 'app' }, { name: 'side' }],
              containers: [{ name: 'side', $patch: 'delete' }],
            },
          },
        },
      },
      'strategic-merge-patch+json',
    ),
  ),
  del(`${deployments}/web`),
  ...['ReplicaSet', 'StatefulSet', 'DaemonSet'].flatMap((kind) => [
    post(
      `${apps}/${kind.toLowerCase()}s`,
      workload(kind, 'web', kind === 'StatefulSet' ? { serviceName: 'web' } : {}),
    ),
    get(`${apps}/${kind.toLowerCase()}s`, table),
    patch(`${apps}/${kind.toLowerCase()}s/web`, {
      spec: { selector: { matchLabels: { app: 'z' } } },
    }),
    del(`${apps}/${kind.toLowerCase()}s/web`),
  ]),
  post('/apis/batch/v1/namespaces/default/jobs', {
    metadata: { name: 'job' },
    spec: { template: template({ restartPolicy: 'Never' }) },
  }),
  post('/apis/batch/v1/namespaces/default/jobs', {
    metadata: { name: 'x' },
    spec: { template: template() },
  }),
  get('/apis/batch/v1/namespaces/default/jobs', table),
  del('/apis/batch/v1/namespaces/default/jobs/job'),
  // Services and the rest
  post(`${core}/services`, {
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  }),
  post(`${core}/services`, {
    metadata: { name: 'np' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_100 }] },
  }),
  post(`${core}/services`, {
    metadata: { name: 'np2' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_100 }] },
  }),
  post(`${core}/services`, {
    metadata: { name: 'np3' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 5 }] },
  }),
  post(`${core}/services`, {
    metadata: { name: 'x' },
    spec: { ports: [{ port: 80 }, { port: 81 }] },
  }),
  post(`${core}/services`, { metadata: { name: 'x' }, spec: {} }),
  post(`${core}/services`, { metadata: { name: 'x' }, spec: { type: 'ExternalName', ports: [] } }),
  post(`${core}/services`, {
    metadata: { name: 'headless' },
    spec: { clusterIP: 'None', ports: [{ port: 80, name: 'http', targetPort: 'web' }] },
  }),
  get(`${core}/services`, table),
  patch(`${core}/services/web`, { spec: { clusterIP: '10.0.0.77' } }),
  del(`${core}/services/np`),
  post(`${core}/secrets`, { metadata: { name: 's' }, stringData: { a: 'b' } }),
  post(`${core}/secrets`, { metadata: { name: 'tls' }, type: 'kubernetes.io/tls', data: {} }),
  post(`${core}/secrets`, { metadata: { name: 'x' }, data: { a: '*' } }),
  patch(`${core}/secrets/s`, { type: 'other' }),
  get(`${core}/secrets`, table),
  get(`${core}/secrets?fieldSelector=type%3DOpaque`),
  post('/api/v1/namespaces', { metadata: { name: 'other' } }),
  post('/api/v1/namespaces', { metadata: { name: 'Other_' } }),
  get('/api/v1/namespaces/other'),
  get('/api/v1/namespaces', table),
  del('/api/v1/namespaces/default'),
  del('/api/v1/namespaces/other'),
  get('/api/v1/namespaces/other'),
  post('/api/v1/namespaces/other/configmaps', map('late')),
  put('/api/v1/namespaces/other/finalize', {
    metadata: { name: 'other' },
    spec: { finalizers: [] },
  }),
  post('/api/v1/nodes', { metadata: { name: 'n1' } }),
  get('/api/v1/nodes', table),
  patch('/api/v1/nodes/n1', { spec: { taints: [{ key: 'a', effect: 'x' }] } }),
  post(`${core}/persistentvolumeclaims`, {
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  post(`${core}/persistentvolumeclaims`, { metadata: { name: 'x' }, spec: {} }),
  get(`${core}/persistentvolumeclaims`, table),
  post(`${core}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard: { pods: '5' } } }),
  get(`${core}/resourcequotas`, table),
  post(`${core}/limitranges`, {
    metadata: { name: 'l' },
    spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
  }),
  get(`${core}/limitranges`, table),
  post(`${core}/events`, {
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'x' },
    reason: 'R',
    message: 'm',
    type: 'Normal',
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 2,
  }),
  post(`${core}/events`, {
    metadata: { name: 'e2' },
    involvedObject: { kind: 'Pod', namespace: 'other' },
  }),
  get(`${core}/serviceaccounts`, table),
  post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
    metadata: { name: 'r' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  }),
  post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
    metadata: { name: 'x' },
    rules: [{ resources: ['pods'] }],
  }),
  post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: { name: 'b' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
    subjects: [{ kind: 'User', name: 'x' }],
  }),
  get('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', table),
  patch('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/b', {
    roleRef: { name: 'z' },
  }),
  post('/apis/networking.k8s.io/v1/namespaces/default/ingresses', {
    metadata: { name: 'i' },
    spec: {
      rules: [
        {
          host: 'a.b',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 's', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  post('/apis/networking.k8s.io/v1/namespaces/default/ingresses', {
    metadata: { name: 'x' },
    spec: {},
  }),
  get('/apis/networking.k8s.io/v1/namespaces/default/ingresses', table),
  post('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {
    metadata: { name: 'n' },
    spec: { podSelector: {} },
  }),
  get('/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', table),
  post('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
    metadata: { name: 'h' },
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
  }),
  get('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', table),
  post('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'p' }, value: 5 }),
  get('/apis/scheduling.k8s.io/v1/priorityclasses', table),
  patch('/apis/scheduling.k8s.io/v1/priorityclasses/p', { value: 6 }),
  post('/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: 's' }, provisioner: 'a.b/c' }),
  get('/apis/storage.k8s.io/v1/storageclasses', table),
  patch('/apis/storage.k8s.io/v1/storageclasses/s', { provisioner: 'x' }),
  post('/apis/storage.k8s.io/v1/csidrivers', {
    metadata: { name: 'csi.example.com' },
    spec: { attachRequired: false, volumeLifecycleModes: ['Persistent', 'Ephemeral'] },
  }),
  get('/apis/storage.k8s.io/v1/csidrivers', table),
  post('/apis/storage.k8s.io/v1/volumeattachments', {
    metadata: { name: 'attached' },
    spec: { attacher: 'x.y', nodeName: 'n', source: { persistentVolumeName: 'v' } },
  }),
  get('/apis/storage.k8s.io/v1/volumeattachments', table),
  post('/apis/coordination.k8s.io/v1/namespaces/default/leases', {
    metadata: { name: 'l' },
    spec: { holderIdentity: 'x', leaseDurationSeconds: 5 },
  }),
  get('/apis/coordination.k8s.io/v1/namespaces/default/leases', table),
  post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
  }),
  post('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: {} }),
  post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }),
  post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: {} }),
  post(`${core}/serviceaccounts/none/token`, { spec: {} }),
  post(`${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 5 } }),
  // Definitions
  post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'wrong' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat' },
      versions: [{ name: 'v1', served: true, storage: true }],
    },
  }),
  post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'boats.example.com' },
    spec: {
      group: 'example.com',
      scope: 'x',
      names: { plural: 'boats', kind: 'Boat' },
      versions: [],
    },
  }),
  get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', table),
];
