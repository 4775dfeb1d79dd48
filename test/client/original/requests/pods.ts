/** Pods from their creation to their end, and deletion as such. */
import {
  type Ask,
  del,
  differs,
  get,
  map,
  maps,
  noNodes,
  patch,
  pod,
  pods,
  post,
  put,
  table,
} from './ask.ts';

export const podRequests: readonly Ask[] = [
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
];
