/** New objects that are wrong in one place each, of kinds that the others hardly ask of. */
import { type Ask, core, post } from './ask.ts';

const volumes = '/api/v1/persistentvolumes?dryRun=All';
const volume = (source: object): Ask =>
  post(volumes, {
    metadata: { name: 'refused' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source },
  });
const podWith = (spec: object): Ask =>
  post(`${core}/pods?dryRun=All`, {
    metadata: { name: 'refused' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'app', image: 'app' }],
      ...spec,
    },
  });
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'app' }] } };

export const refusedRequests: readonly Ask[] = [
  volume({ nfs: {} }),
  volume({ quobyte: { registry: 'nowhere', volume: 'v' } }),
  volume({ azureDisk: { diskName: 'd', diskURI: 'x', kind: 'Managed', cachingMode: 'Some' } }),
  volume({ flocker: { datasetName: 'a/b' } }),
  volume({ storageos: { volumeName: 'V', secretRef: {} } }),
  volume({ cinder: { volumeID: 'v', secretRef: { name: 's' } } }),
  volume({ glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } }),
  volume({ nfs: { server: 's', path: '/' }, capacity: { storage: '-1' } }),
  podWith({ volumes: [{ emptyDir: {} }] }),
  podWith({ volumes: [{ name: 'v', downwardAPI: { items: [{ path: '../x' }] } }] }),
  podWith({ volumes: [{ name: 'v', gcePersistentDisk: { partition: -1 } }] }),
  podWith({ containers: [{ name: 'a', image: 'a', envFrom: [{}] }] }),
  podWith({
    containers: [
      {
        ...{ name: 'a', image: 'a' },
        env: [
          { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '3' } } },
        ],
      },
    ],
  }),
  post('/apis/apps/v1/namespaces/default/daemonsets?dryRun=All', {
    metadata: { name: 'refused' },
    spec: { template },
  }),
  post('/apis/apps/v1/namespaces/default/deployments?dryRun=All', {
    metadata: { name: 'refused' },
    spec: { selector: { matchLabels: { 'b ad': 'x' } }, template },
  }),
  post(`${core}/limitranges?dryRun=All`, {
    metadata: { name: 'refused' },
    spec: { limits: [{ type: 'Container', max: { gold: '1' } }] },
  }),
  post(`${core}/secrets?dryRun=All`, {
    metadata: { name: 'refused' },
    type: 'kubernetes.io/dockercfg',
    stringData: { '.dockercfg': 'hidden' },
  }),
  post('/apis/storage.k8s.io/v1/volumeattachments?dryRun=All', {
    metadata: { name: 'refused' },
    spec: { attacher: 'a.b', nodeName: 'n', source: { persistentVolumeName: '' } },
  }),
  post('/apis/apiregistration.k8s.io/v1/apiservices?dryRun=All', {
    metadata: { name: 'v2.refused' },
    spec: { version: '2' },
  }),
];
