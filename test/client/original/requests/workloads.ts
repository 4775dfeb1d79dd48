/** What makes pods. */
import {
  type Ask,
  apps,
  del,
  deployments,
  differs,
  get,
  patch,
  post,
  put,
  table,
  template,
  workload,
} from './ask.ts';

export const workloadRequests: readonly Ask[] = [
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
];
