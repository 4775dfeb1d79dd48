/** Services, secrets, namespaces, nodes, storage, quotas, events. */
import { type Ask, core, del, get, map, patch, post, put, table } from './ask.ts';

export const namespacedRequests: readonly Ask[] = [
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
];
