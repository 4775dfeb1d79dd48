import type { UnknownObject } from '../../api/object.ts';
import type { Conversion } from './conversion.ts';

/**
 * events.k8s.io/v1 and core/v1 show one event under different names; core/v1 is stored.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
const toCore: Record<string, string> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const fromCore = Object.fromEntries(Object.entries(toCore).map(([to, from]) => [from, to]));

export const eventConversion: Conversion = {
  storage: { group: '', version: 'v1', kind: 'Event' },
  toStorage: (object) => ({ ...rename(object, toCore), apiVersion: 'v1' }),
  fromStorage: (object) => ({ ...rename(object, fromCore), apiVersion: 'events.k8s.io/v1' }),
};

function rename(object: UnknownObject, names: Record<string, string>): UnknownObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [names[name] ?? name, value]),
  ) as UnknownObject;
}
