/** Events, in both of their APIs, and RuntimeClass. */
import type { KubeObject } from '../object.ts';
import type { core } from '../types.ts';
import { checkLabel, checkQualifiedName } from './names.ts';
import type { Problems } from './problems.ts';
import { checkContainerResource, readQuantities } from './resources.ts';
import { validateTolerations } from './scheduling.ts';
import { checkName, immutable, indexed, labels, record, same } from './values.ts';

interface Event extends KubeObject {
  involvedObject?: { namespace?: string };
  regarding?: { namespace?: string };
  related?: unknown;
  series?: { count?: number; lastObservedTime?: string };
  deprecatedSource?: { component?: string; host?: string };
  deprecatedFirstTimestamp?: string;
  deprecatedLastTimestamp?: string;
  deprecatedCount?: number;
  message?: string;
  eventTime?: string | null;
  reportingController?: string;
  reportingComponent?: string;
  reportingInstance?: string;
  action?: string;
  reason?: string;
  note?: string;
  type?: string;
}

/** Bytes of a reason, an action or an instance's name. */
const maxWord = 128;
/** Bytes of a note. */
const maxNote = 1024;

/**
 * An event of something without a namespace is kept in `default`; of new events, which have an
 * eventTime, those of other things may be kept anywhere.
 */
function sameNamespace(event: Event, about: string | undefined, field: string, problems: Problems) {
  const { namespace } = event.metadata ?? {};
  const homes = event.eventTime ? ['default', 'kube-system'] : ['', 'default'];
  const fits = about
    ? event.eventTime || about === namespace
    : homes.includes(namespace ?? '') || namespace === undefined;
  if (!fits) problems.invalid(field, about ?? '', 'does not match event.namespace');
}

/** Of the core group: the newer fields are only asked for once one of them, eventTime, is there. */
export function validateCoreEvent(event: Event, problems: Problems): void {
  const about = record(event.involvedObject)?.namespace;
  sameNamespace(event, about, 'involvedObject.namespace', problems);
  if (!event.eventTime) return;
  const controller = event.reportingComponent ?? event.reportingController;
  validateNew(event, controller, 'message', problems);
}

/** Of events.k8s.io: everything is asked for, and what is of old must not be there. */
export function validateEvent(event: Event, problems: Problems): void {
  validateAnyAge(event, problems);
  if (!event.eventTime) problems.required('eventTime');
  validateSeries(event, problems);
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    problems.invalid('type', '', `has invalid value: ${event.type ?? ''}`);
  }
  const { component, host } = record(event.deprecatedSource) ?? {};
  const old = [
    event.deprecatedFirstTimestamp && 'deprecatedFirstTimestamp',
    event.deprecatedLastTimestamp && 'deprecatedLastTimestamp',
    event.deprecatedCount && 'deprecatedCount',
    (component || host) && 'deprecatedSource',
  ];
  for (const name of old) if (name) problems.invalid(name, '', 'needs to be unset');
}

/** What is asked of an event whichever way it was made. */
function validateAnyAge(event: Event, problems: Problems): void {
  sameNamespace(event, record(event.regarding)?.namespace, 'regarding.namespace', problems);
  if (event.eventTime) validateNew(event, event.reportingController, 'note', problems);
}

function validateSeries({ series }: Event, problems: Problems): void {
  const given = record(series);
  if (given === undefined) return;
  if ((given.count ?? 0) < 2) problems.invalid('series.count', '', 'should be at least 2');
  if (!given.lastObservedTime) problems.required('series.lastObservedTime');
}

function validateNew(
  event: Event,
  controller: string | undefined,
  text: 'message' | 'note',
  problems: Problems,
): void {
  if (!controller) problems.required('reportingController');
  checkName(controller ?? '', checkQualifiedName, 'reportingController', problems);
  for (const name of ['reportingInstance', 'action', 'reason'] as const) {
    if (!event[name]) problems.required(name);
    atMost(event[name], maxWord, name, problems);
  }
  atMost(event[text], maxNote, text, problems);
}

function atMost(value: unknown, limit: number, field: string, problems: Problems): void {
  if (typeof value !== 'string' || Buffer.byteLength(value) <= limit) return;
  problems.invalid(field, '', `can have at most ${limit} characters`);
}

/** What is set for good, in the original's order. */
const fixedParts = [
  ...(['regarding', 'reason', 'note', 'deprecatedSource', 'deprecatedFirstTimestamp'] as const),
  ...(['deprecatedLastTimestamp', 'deprecatedCount', 'type', 'eventTime', 'action'] as const),
  ...(['related', 'reportingController', 'reportingInstance'] as const),
];

/**
 * Once written, an event of events.k8s.io only counts on (`series`). What was made through the core group
 * need not have what a new one must.
 */
export function validateEventUpdate(next: Event, previous: Event, problems: Problems): void {
  validateAnyAge(next, problems);
  if (!same(next.series, previous.series)) validateSeries(next, problems);
  for (const name of fixedParts) immutable(next[name], previous[name], name, problems);
}

interface RuntimeClass extends KubeObject {
  handler?: string;
  overhead?: { podFixed?: Record<string, unknown> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: core.Toleration[] };
}

export function validateRuntimeClass(runtime: RuntimeClass, problems: Problems): void {
  checkName(runtime.handler ?? '', checkLabel, 'handler', problems);
  const overhead = record(runtime.overhead)?.podFixed;
  for (const name of readQuantities(overhead, 'overhead.podFixed', problems).keys()) {
    checkContainerResource(name, `overhead.podFixed[${name}]`, problems);
  }
  const scheduling = record(runtime.scheduling);
  labels(scheduling?.nodeSelector, 'scheduling.nodeSelector', problems);
  validateTolerations(scheduling?.tolerations, 'scheduling.tolerations', problems);
  const seen: unknown[] = [];
  for (const [i, toleration] of indexed(scheduling?.tolerations)) {
    if (seen.some((each) => same(each, toleration))) {
      problems.duplicate(`scheduling.tolerations[${i}]`, toleration);
    }
    seen.push(toleration);
  }
}

export function validateRuntimeClassUpdate(
  next: RuntimeClass,
  previous: RuntimeClass,
  problems: Problems,
): void {
  immutable(next.handler, previous.handler, 'handler', problems);
}
