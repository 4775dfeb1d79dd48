/** Kinds of the other groups, reviews and definitions. */
import { type Ask, core, get, patch, post, table } from './ask.ts';

export const groupRequests: readonly Ask[] = [
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
