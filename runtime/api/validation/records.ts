/** Events, in both of their APIs, and RuntimeClass. */
import type { KubeObject } from '../object.ts';
import type { core } from '../types.ts';
import { checkLabel, checkQualifiedName } from './names.ts';
import type { Problems } from './problems.ts';
import { readQuantities } from './resources.ts';
import { validateTolerations } from './scheduling.ts';
import { checkName, immutable, labels, record, requireName } from './values.ts';

interface Event extends KubeObject {
  involvedObject?: { namespace?: string };
  regarding?: { namespace?: string };
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

/** An event of something without a namespace is kept in `default`. */
function sameNamespace(about: string | undefined, event: Event, field: string, problems: Problems) {
  const { namespace } = event.metadata ?? {};
  const fits = about
    ? about === namespace
    : !namespace || namespace === 'default' || namespace === 'kube-system';
  if (!fits) {
    problems.invalid(field, about ?? '', 'does not match event.namespace');
  }
}

/** Of the core group: the newer fields are only asked for once one of them, eventTime, is there. */
export function validateCoreEvent(event: Event, problems: Problems): void {
  const about = record(event.involvedObject)?.namespace;
  sameNamespace(about, event, 'involvedObject.namespace', problems);
  if (!event.eventTime) return;
  const controller = event.reportingComponent ?? event.reportingController;
  requireName(controller, checkQualifiedName, 'reportingController', problems);
  validateWords(event, problems);
}

/** Of events.k8s.io: everything is asked for. */
export function validateEvent(event: Event, problems: Problems): void {
  sameNamespace(record(event.regarding)?.namespace, event, 'regarding.namespace', problems);
  if (!event.eventTime) problems.required('eventTime');
  requireName(event.reportingController, checkQualifiedName, 'reportingController', problems);
  validateWords(event, problems);
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    problems.invalid('type', event.type ?? '', `has invalid value: ${event.type ?? ''}`);
  }
  if (Buffer.byteLength(String(event.note ?? '')) > maxNote) problems.tooLong('note', maxNote);
}

function validateWords(event: Event, problems: Problems): void {
  for (const name of ['reportingInstance', 'action', 'reason'] as const) {
    const value = event[name];
    if (!value) problems.required(name);
    else if (Buffer.byteLength(String(value)) > maxWord) problems.tooLong(name, maxWord);
  }
}

/** Once written, an event of events.k8s.io only counts on (`series`). */
export function validateEventUpdate(next: Event, previous: Event, problems: Problems): void {
  for (const name of ['reason', 'action', 'reportingController', 'note', 'type'] as const) {
    immutable(next[name], previous[name], name, problems);
  }
}

interface RuntimeClass extends KubeObject {
  handler?: string;
  overhead?: { podFixed?: Record<string, unknown> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: core.Toleration[] };
}

export function validateRuntimeClass(runtime: RuntimeClass, problems: Problems): void {
  if (!runtime.handler) problems.required('handler');
  else checkName(runtime.handler, checkLabel, 'handler', problems);
  readQuantities(record(runtime.overhead)?.podFixed, 'overhead.podFixed', problems);
  const scheduling = record(runtime.scheduling);
  labels(scheduling?.nodeSelector, 'scheduling.nodeSelector', problems);
  validateTolerations(scheduling?.tolerations, 'scheduling.tolerations', problems);
}

export function validateRuntimeClassUpdate(
  next: RuntimeClass,
  previous: RuntimeClass,
  problems: Problems,
): void {
  immutable(next.handler, previous.handler, 'handler', problems);
}
