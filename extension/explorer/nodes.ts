/**
 * The elements of the cluster tree and how each one looks, apart from the editor's own types: what
 * is shown here can be tested without an editor.
 */
import type { KubeObject } from '../../runtime/api/object.ts';
import type {
  ConfigMap,
  CoreEvent,
  CronJob,
  core,
  DaemonSet,
  Deployment,
  Ingress,
  Job,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  StorageClass,
} from '../../runtime/api/types.ts';
import type { KnownResource } from '../../runtime/client/resources.ts';
import { eventTime } from '../documents/details.ts';
import {
  age,
  claimSummary,
  cronJobSummary,
  daemonSetSummary,
  jobSummary,
  type Level,
  nodeSummary,
  podSummary,
  readyContainers,
  restarts,
  type Summary,
  volumeSummary,
  workloadSummary,
} from './status.ts';

export type GroupName = 'workloads' | 'pods' | 'services' | 'config' | 'storage' | 'events';

export type TreeNode =
  | { type: 'cluster'; id: string }
  | { type: 'nodes'; id: string }
  | { type: 'volumes'; id: string }
  | { type: 'namespace'; id: string; namespace: string }
  | { type: 'group'; id: string; namespace: string; group: GroupName }
  /** `object` is its newest state. */
  | { type: 'object'; id: string; resource: KnownResource; object: KubeObject }
  | { type: 'note'; id: string; text: string; level: Level };

/** How an element looks; the icon's colour is a theme colour's id. */
export interface Look {
  label: string;
  description?: string;
  /** Lines under each other. */
  tooltip?: string[];
  icon: { id: string; color?: string };
  expand: 'none' | 'collapsed' | 'expanded';
  /** Words that `when` clauses look for. */
  context: string[];
  /** What a screen reader says. */
  spoken: string;
}

/** A codicon and a colour for each level; the icon alone must tell them apart, too. */
const levelIcons: Record<Level, { id: string; color?: string }> = {
  ok: { id: 'pass-filled', color: 'testing.iconPassed' },
  busy: { id: 'loading~spin', color: 'charts.yellow' },
  warning: { id: 'warning', color: 'list.warningForeground' },
  error: { id: 'error', color: 'list.errorForeground' },
  done: { id: 'check', color: 'disabledForeground' },
  off: { id: 'circle-slash', color: 'disabledForeground' },
};

export function iconOf(level: Level): { id: string; color?: string } {
  return levelIcons[level];
}

/** How an object looks, whatever its kind. */
export function objectLook(resource: KnownResource, object: KubeObject, nowMs: number): Look {
  if (resource.kind === 'Event') return eventLook(object as CoreEvent, nowMs);
  const name = object.metadata.name ?? '';
  const { summary, details = [], context, expand = 'none', icon } = describeKind(resource, object);
  const reason = summary?.reason;
  const description = [summary?.text, ...details].filter((part) => part).join(' · ');
  return {
    label: name,
    ...(description === '' ? {} : { description }),
    tooltip: [
      `${resource.kind} ${name}`,
      ...(description === '' ? [] : [description]),
      ...(reason === undefined ? [] : [reason]),
      `Age ${age(object.metadata.creationTimestamp, nowMs)}`,
    ],
    icon:
      summary === undefined || icon !== undefined
        ? (icon ?? { id: 'symbol-misc' })
        : levelIcons[summary.level],
    expand,
    context: ['object', resource.resource, 'delete', ...context],
    spoken: [resource.kind, name, description, reason].filter((part) => part).join(', '),
  };
}

interface KindLook {
  summary?: Summary;
  details?: (string | undefined)[];
  context: string[];
  expand?: Look['expand'];
  icon?: Look['icon'];
}

function describeKind(resource: KnownResource, object: KubeObject): KindLook {
  switch (resource.kind) {
    case 'Pod': {
      const pod = object as Pod;
      const again = restarts(pod);
      return {
        summary: podSummary(pod),
        details: [
          readyContainers(pod),
          again === 0 ? undefined : again === 1 ? '1 restart' : `${again} restarts`,
        ],
        context: ['pod', 'logs', 'exec', 'forward'],
      };
    }
    case 'Deployment':
    case 'StatefulSet':
      return {
        summary: workloadSummary(object as Deployment),
        details: [kindWord(resource.kind)],
        context: ['logs', 'rollout', 'scale', 'restart', 'rollback', 'forward'],
        expand: 'collapsed',
      };
    case 'DaemonSet':
      return {
        summary: daemonSetSummary(object as DaemonSet),
        details: [kindWord(resource.kind)],
        context: ['logs', 'rollout', 'restart', 'rollback', 'forward'],
        expand: 'collapsed',
      };
    case 'Job':
      return {
        summary: jobSummary(object as Job),
        details: ['job'],
        context: ['logs'],
        expand: 'collapsed',
      };
    case 'CronJob':
      return { summary: cronJobSummary(object as CronJob), details: ['cron job'], context: [] };
    case 'Node':
      return nodeLook(object as Node);
    case 'Service':
      return {
        details: serviceDetails(object as Service),
        context: ['service', 'forward'],
        icon: { id: 'globe' },
      };
    case 'ConfigMap': {
      const { data = {}, binaryData = {} } = object as ConfigMap;
      const count = Object.keys(data).length + Object.keys(binaryData).length;
      return { details: [keys(count)], context: ['config'], icon: { id: 'settings' } };
    }
    case 'Secret': {
      const secret = object as Secret;
      const count = Object.keys(secret.data ?? {}).length;
      return { details: [keys(count), secret.type], context: ['config'], icon: { id: 'lock' } };
    }
    case 'PersistentVolumeClaim': {
      const claim = object as PersistentVolumeClaim;
      return {
        summary: claimSummary(claim),
        details: [claim.status?.capacity?.storage, claim.spec.storageClassName],
        context: [],
      };
    }
    case 'Ingress':
      return {
        details: ingressDetails(object as Ingress),
        context: [],
        icon: { id: 'link' },
      };
    case 'PersistentVolume': {
      const { spec, status } = object as PersistentVolume;
      const { namespace, name } = spec.claimRef ?? {};
      return {
        summary: volumeSummary(object as PersistentVolume),
        details: [
          status?.phase === 'Bound' ? `${namespace}/${name}` : undefined,
          spec.capacity?.storage,
          spec.storageClassName,
        ],
        context: [],
      };
    }
    case 'StorageClass': {
      const { provisioner, metadata } = object as StorageClass;
      const isDefault = metadata.annotations?.[defaultClass] === 'true';
      return {
        details: ['storage class', isDefault ? 'default' : undefined, provisioner],
        context: [],
        icon: { id: 'layers' },
      };
    }
    default:
      return { context: [] };
  }
}

const defaultClass = 'storageclass.kubernetes.io/is-default-class';

/** An event has no name that says anything: its reason stands for it, then what it is about. */
function eventLook(event: CoreEvent, nowMs: number): Look {
  const { kind = '', name = '' } = event.involvedObject;
  const { reason = 'Event' } = event;
  const message = (event.message ?? '').trim();
  const count = event.series?.count ?? event.count ?? 1;
  const when = age(new Date(eventTime(event)).toISOString(), nowMs);
  const about = `${kind.toLowerCase()}/${name}`;
  const isWarning = event.type === 'Warning';
  return {
    label: count > 1 ? `${reason} ×${count}` : reason,
    description: `${when} · ${name} · ${message}`,
    tooltip: [`${reason} · ${about}`, message, `${when} ago${count > 1 ? `, ${count} times` : ''}`],
    icon: isWarning ? levelIcons.warning : { id: 'info' },
    expand: 'none',
    context: ['object', 'events'],
    spoken: [isWarning ? 'Warning' : 'Event', reason, about, message].join(', '),
  };
}

function ingressDetails(ingress: Ingress): (string | undefined)[] {
  const { rules = [], ingressClassName } = ingress.spec ?? {};
  const hosts = rules.map((rule) => rule.host ?? '*').join(', ');
  return ['ingress', hosts, ingressClassName];
}

function nodeLook(node: Node): KindLook {
  const labels = node.metadata.labels ?? {};
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith('node-role.kubernetes.io/'))
    .map((label) => label.slice('node-role.kubernetes.io/'.length));
  const simulated = /simulated/.test(node.status?.nodeInfo?.containerRuntimeVersion ?? '');
  return {
    summary: nodeSummary(node),
    details: [roles.join(', '), simulated ? 'simulated' : undefined],
    context: [],
    expand: 'collapsed',
  };
}

function serviceDetails(service: Service): (string | undefined)[] {
  const { type = 'ClusterIP', clusterIP, ports = [], externalName } = service.spec;
  const where =
    type === 'ExternalName' ? externalName : clusterIP === 'None' ? 'headless' : clusterIP;
  const list = ports.map(portText).join(', ');
  return [type === 'ClusterIP' ? undefined : type, where, list];
}

function portText(port: core.ServicePort): string {
  const node = port.nodePort === undefined ? '' : `:${port.nodePort}`;
  const protocol =
    port.protocol === undefined || port.protocol === 'TCP' ? '' : `/${port.protocol}`;
  return `${port.port}${node}${protocol}`;
}

function keys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`;
}

/** `StatefulSet` → `stateful set`. */
function kindWord(kind: string): string {
  return kind.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
}
