/** Kinds that are stored in another version than some clients ask for. */
import type { GroupVersionKind, UnknownObject } from '../../api/object.ts';
import { autoscalerConversion } from './conversion-autoscaler.ts';
import { eventConversion } from './conversion-event.ts';

export interface Conversion {
  readonly storage: GroupVersionKind;
  /** Both take a frozen object and return a new one; parts may be shared. */
  toStorage(object: UnknownObject): UnknownObject | Promise<UnknownObject>;
  fromStorage(object: UnknownObject): UnknownObject;
  /** There where somebody outside converts some of the objects, in place of `fromStorage`. */
  readonly remote?: RemoteConversion;
}

export interface RemoteConversion {
  concerns(object: UnknownObject): boolean;
  /** Those objects in their order. Throws ApiError. */
  fromStorage(objects: readonly UnknownObject[]): Promise<UnknownObject[]>;
}

/** Undefined for a kind that is stored as it is served. */
export function conversionOf(kind: GroupVersionKind): Conversion | undefined {
  if (kind.group === 'events.k8s.io') return eventConversion;
  if (kind.group === 'autoscaling' && kind.version === 'v1' && kind.kind !== 'Scale') {
    return autoscalerConversion;
  }
  return undefined;
}
