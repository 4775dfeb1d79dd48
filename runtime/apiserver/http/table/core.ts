import type {
  ConfigMap,
  CoreEvent,
  Endpoints,
  Namespace,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from '../../../api/types.ts';
import { textAt } from '../../registry/json.ts';
import {
  ageColumn,
  ageOf,
  at,
  type Column,
  createdAtColumn,
  nameColumn,
  text,
  wide,
} from './column.ts';

const size = (map: object | undefined) => Object.keys(map ?? {}).length;

const eventColumns: readonly Column[] = [
  text('Last Seen', (event: CoreEvent, now) => ageOf(lastSeen(event), now)),
  text('Type', at('type')),
  text('Reason', at('reason')),
  text('Object', (event: CoreEvent) => objectOf(event)),
  wide(text('Subobject', (event: CoreEvent) => event.involvedObject?.fieldPath ?? '')),
  wide(text('Source', (event: CoreEvent) => sourceOf(event))),
  text('Message', (event: CoreEvent) => (event.message ?? '').trim()),
  wide(text('First Seen', (event: CoreEvent, now) => ageOf(firstSeen(event), now))),
  wide(text('Count', (event: CoreEvent) => event.series?.count ?? event.count ?? 1)),
  wide(nameColumn),
];

interface NewEvent {
  regarding?: { kind?: string; name?: string; fieldPath?: string };
  note?: string;
  reportingController?: string;
  deprecatedSource?: object;
  deprecatedFirstTimestamp?: string;
  deprecatedLastTimestamp?: string;
  deprecatedCount?: number;
}

/** The same columns for the newer view of events. */
const newEventColumns = eventColumns.map(
  (column): Column => ({
    ...column,
    cell: (object, now) => column.cell({ ...object, ...oldNames(object as NewEvent) }, now),
  }),
);

function oldNames(event: NewEvent): object {
  return {
    involvedObject: event.regarding ?? {},
    message: event.note,
    reportingComponent: event.reportingController,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
  };
}

function lastSeen(event: CoreEvent): string | undefined {
  return (
    event.series?.lastObservedTime ||
    event.lastTimestamp ||
    event.eventTime ||
    event.firstTimestamp ||
    event.metadata.creationTimestamp
  );
}

function firstSeen(event: CoreEvent): string | undefined {
  return event.firstTimestamp || event.eventTime || event.metadata.creationTimestamp;
}

/** An event of the default namespace may say nothing of what it is about. */
function objectOf({ involvedObject = {} }: Partial<CoreEvent>): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceOf(event: CoreEvent): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance || '';
  return [component, host].filter(Boolean).join(', ');
}

function endpointsOf(endpoints: Endpoints): string {
  const all = (endpoints.subsets ?? []).flatMap(({ addresses, ports }) =>
    ports === undefined || ports.length === 0
      ? (addresses ?? []).map(({ ip }) => ip)
      : (addresses ?? []).flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
  );
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

/** `pods: 3/10, requests.cpu: 500m/2` */
function usage(quota: ResourceQuota, of: 'Request' | 'Limit'): string {
  const { hard = {}, used = {} } = quota.status ?? {};
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits') === (of === 'Limit'))
    .sort()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}

export const coreColumns: Record<string, readonly Column[]> = {
  '/ConfigMap': [
    nameColumn,
    text('Data', (map: ConfigMap) => size(map.data) + size(map.binaryData)),
    ageColumn,
  ],
  '/Secret': [
    nameColumn,
    text('Type', at('type')),
    text('Data', (secret: Secret) => size(secret.data)),
    ageColumn,
  ],
  '/Namespace': [
    nameColumn,
    text('Status', (namespace: Namespace) => namespace.status?.phase ?? ''),
    ageColumn,
  ],
  '/ServiceAccount': [
    nameColumn,
    text('Secrets', (account: ServiceAccount) => account.secrets?.length ?? 0),
    ageColumn,
  ],
  '/Endpoints': [nameColumn, text('Endpoints', endpointsOf), ageColumn],
  '/Event': eventColumns,
  'events.k8s.io/Event': newEventColumns,
  '/LimitRange': [nameColumn, createdAtColumn],
  '/ResourceQuota': [
    nameColumn,
    text('Request', (quota: ResourceQuota) => usage(quota, 'Request')),
    text('Limit', (quota: ResourceQuota) => usage(quota, 'Limit')),
    ageColumn,
  ],
  '/ComponentStatus': [
    nameColumn,
    text('Status', (status: Health) =>
      healthOf(status)?.status === 'True' ? 'Healthy' : 'Unhealthy',
    ),
    text('Message', (status: Health) => healthOf(status)?.message ?? ''),
    text('Error', (status: Health) => textAt(healthOf(status), 'error')),
  ],
};

interface Health {
  conditions?: { type: string; status: string; message?: string }[];
}

function healthOf(status: Health) {
  return status.conditions?.find(({ type }) => type === 'Healthy');
}
