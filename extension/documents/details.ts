/**
 * The page of details on one object: what `kubectl describe` is for, as YAML, so that it folds and
 * is coloured. First what a person asks (is it well, why not, what happened), then the rest.
 */
import type { KubeObject, UnknownObject } from '../../runtime/api/object.ts';
import type { CoreEvent, core, Pod } from '../../runtime/api/types.ts';
import { age, podSummary, readyContainers } from '../explorer/status.ts';
import { toYaml } from './live-text.ts';

/** Values of a Secret are never written here: this page is read over shoulders. */
export function detailsText(
  object: KubeObject,
  events: readonly CoreEvent[],
  nowMs: number,
): string {
  const { metadata, spec, status, data, ...rest } = object as UnknownObject;
  const head: Record<string, unknown> = {
    kind: object.kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    age: age(metadata.creationTimestamp, nowMs),
    ...owners(object),
    ...(metadata.deletionTimestamp === undefined
      ? {}
      : {
          'being deleted since': metadata.deletionTimestamp,
          finalizers: metadata.finalizers ?? [],
        }),
  };
  const sections: [string, unknown][] = [
    ['', head],
    ...(object.kind === 'Pod' ? podSections(object as Pod) : []),
    ['Conditions', conditions(status)],
    ['Events', eventLines(events, nowMs)],
    ['', { labels: metadata.labels, annotations: shortened(metadata.annotations) }],
    ['Spec', object.kind === 'Pod' ? undefined : spec],
    ['Status', object.kind === 'Pod' ? undefined : withoutConditions(status)],
    ['Data', dataOf(object.kind, data)],
    ['', otherFields(rest)],
  ];
  return sections
    .filter(([, value]) => !isEmpty(value))
    .map(([title, value]) => toYaml(title === '' ? prune(value) : { [title]: prune(value) }))
    .join('\n');
}

function podSections(pod: Pod): [string, unknown][] {
  const summary = podSummary(pod);
  const { podIP, hostIP } = pod.status ?? {};
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return [
    [
      '',
      {
        status: summary.text,
        why: summary.reason,
        ready: readyContainers(pod),
        node: pod.spec.nodeName,
        address: podIP,
        'node address': hostIP,
        'service account': pod.spec.serviceAccountName,
      },
    ],
    ['Containers', Object.fromEntries(containers.map((c) => [c.name, containerDetails(pod, c)]))],
    ['Volumes', Object.fromEntries((pod.spec.volumes ?? []).map(volumeDetails))],
  ];
}

function containerDetails(pod: Pod, container: core.Container): Record<string, unknown> {
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  const status = statuses.find((candidate) => candidate.name === container.name);
  return {
    image: container.image,
    state: stateText(status?.state),
    'last state': stateText(status?.lastState),
    ready: status?.ready,
    restarts: status?.restartCount,
    command: container.command,
    args: container.args,
    ports: container.ports?.map(
      (p) => `${p.containerPort}/${p.protocol ?? 'TCP'}${p.name ? ` (${p.name})` : ''}`,
    ),
    resources: container.resources,
    env: container.env?.map(({ name, value, valueFrom }) =>
      valueFrom === undefined ? `${name}=${value ?? ''}` : { [name]: valueFrom },
    ),
    mounts: container.volumeMounts?.map(
      (m) => `${m.mountPath} from ${m.name}${m.readOnly ? ' (read-only)' : ''}`,
    ),
    liveness: container.livenessProbe,
    readiness: container.readinessProbe,
    startup: container.startupProbe,
  };
}

function stateText(state: core.ContainerState | undefined): string | undefined {
  const { running, waiting, terminated } = state ?? {};
  if (running !== undefined) return `Running since ${running.startedAt ?? '?'}`;
  if (waiting !== undefined) {
    return `Waiting: ${[waiting.reason, waiting.message].filter(Boolean).join(': ')}`;
  }
  if (terminated === undefined) return undefined;
  const { reason = 'Ended', exitCode, message, finishedAt = '?' } = terminated;
  return `${reason}, exit code ${exitCode}, at ${finishedAt}${message ? `: ${message.trim()}` : ''}`;
}

function volumeDetails(volume: core.Volume): [string, unknown] {
  const { name, ...source } = volume;
  return [name, source];
}

function owners(object: KubeObject): Record<string, unknown> {
  const list = object.metadata.ownerReferences ?? [];
  return list.length === 0 ? {} : { 'owned by': list.map((o) => `${o.kind} ${o.name}`).join(', ') };
}

function conditions(status: unknown): unknown {
  const list = (status as { conditions?: core.PodCondition[] } | undefined)?.conditions ?? [];
  return Object.fromEntries(
    list.map(({ type, status: value, reason, message }) => [
      type,
      [value, reason, message].filter(Boolean).join(' · '),
    ]),
  );
}

/** Newest last, as they are read. */
function eventLines(events: readonly CoreEvent[], nowMs: number): string[] {
  return [...events]
    .sort((a, b) => newestFirst(b, a))
    .map((event) => {
      const when = age(new Date(eventTime(event)).toISOString(), nowMs);
      const times = (event.count ?? 1) > 1 ? ` ×${event.count}` : '';
      return `${when} ago · ${event.type ?? 'Normal'} · ${event.reason ?? ''}${times} · ${(event.message ?? '').trim()}`;
    });
}

/** When an event was last seen: newer fields first, as they replace the older ones. */
export function eventTime(event: CoreEvent): number {
  const time =
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp;
  const parsed = Date.parse(String(time ?? ''));
  return Number.isNaN(parsed) ? 0 : parsed;
}

/** Orders events; times are whole seconds, so among equals the one that was written last is newer. */
export function newestFirst(a: CoreEvent, b: CoreEvent): number {
  const written = (event: CoreEvent) => Number(event.metadata.resourceVersion ?? 0);
  return eventTime(b) - eventTime(a) || written(b) - written(a);
}

function dataOf(kind: string, data: unknown): unknown {
  if (kind !== 'Secret') return data;
  return Object.fromEntries(
    Object.entries((data ?? {}) as Record<string, string>).map(([key, value]) => [
      key,
      `${Buffer.from(value, 'base64').length} bytes`,
    ]),
  );
}

function withoutConditions(status: unknown): unknown {
  if (typeof status !== 'object' || status === null) return status;
  const { conditions: _conditions, ...rest } = status as Record<string, unknown>;
  return rest;
}

function otherFields(rest: Record<string, unknown>): Record<string, unknown> {
  const { apiVersion: _apiVersion, kind: _kind, stringData: _stringData, ...fields } = rest;
  return fields;
}

function shortened(annotations: Record<string, string> | undefined): unknown {
  if (annotations === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      key,
      value.length > 200 ? `${value.slice(0, 200)}…` : value,
    ]),
  );
}

/** Without fields that say nothing. */
function prune(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => !isEmpty(field))
      .map(([key, field]) => [key, prune(field)]),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every((v) => v === undefined);
}
