import type { Kind } from '../kinds.ts';
import {
  action,
  allVerbs,
  onlyCreate,
  part,
  proxy,
  rowsOf,
  scale,
  status,
  stream,
} from './define.ts';

const v1 = rowsOf('', 'v1');
const clusterScoped = true;
const categories = ['all'];

/** The core group, in the order of its resource names. */
export const coreKinds: readonly Kind[] = [
  v1('Binding', 'bindings', { verbs: onlyCreate }),
  v1('ComponentStatus', 'componentstatuses', {
    short: ['cs'],
    clusterScoped,
    verbs: ['get', 'list'],
  }),
  v1('ConfigMap', 'configmaps', { short: ['cm'] }),
  v1('Endpoints', 'endpoints', { short: ['ep'] }),
  v1('Event', 'events', { short: ['ev'] }),
  v1('LimitRange', 'limitranges', { short: ['limits'] }),
  v1('Namespace', 'namespaces', {
    short: ['ns'],
    clusterScoped,
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    sub: [{ name: 'finalize', verbs: ['update'] }, status],
  }),
  v1('Node', 'nodes', { short: ['no'], clusterScoped, sub: [proxy('NodeProxyOptions'), status] }),
  v1('PersistentVolumeClaim', 'persistentvolumeclaims', { short: ['pvc'], sub: [status] }),
  v1('PersistentVolume', 'persistentvolumes', { short: ['pv'], clusterScoped, sub: [status] }),
  v1('Pod', 'pods', {
    short: ['po'],
    categories,
    sub: [
      stream('attach', 'PodAttachOptions'),
      action('binding', { group: '', version: 'v1', kind: 'Binding' }),
      part('ephemeralcontainers'),
      action('eviction', { group: 'policy', version: 'v1', kind: 'Eviction' }),
      stream('exec', 'PodExecOptions'),
      { name: 'log', verbs: ['get'] },
      stream('portforward', 'PodPortForwardOptions'),
      proxy('PodProxyOptions'),
      part('resize'),
      status,
    ],
  }),
  v1('PodTemplate', 'podtemplates'),
  v1('ReplicationController', 'replicationcontrollers', {
    short: ['rc'],
    categories,
    sub: [scale, status],
  }),
  v1('ResourceQuota', 'resourcequotas', { short: ['quota'], sub: [status] }),
  v1('Secret', 'secrets'),
  v1('ServiceAccount', 'serviceaccounts', {
    short: ['sa'],
    sub: [action('token', { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' })],
  }),
  v1('Service', 'services', {
    short: ['svc'],
    categories,
    sub: [proxy('ServiceProxyOptions'), status],
  }),
];
