/** What every verb works on. */
import type { Clock } from '../../api/clock.ts';
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { SchemaSource } from '../../api/schema.ts';
import type { Store } from '../../store/store.ts';
import type { Admission } from '../admission/admission.ts';
import type { User } from '../authentication/user.ts';
import type { StrategyContext } from '../strategies/strategy.ts';
import type { Cache, Decode } from './cache.ts';
import type { ServedResources } from './served.ts';
import type { StoreTimes } from './store-times.ts';

export interface Registry {
  readonly clock: Clock;
  readonly store: Store;
  readonly storeTimes: StoreTimes;
  /** Why the last write was refused by its medium; health checks tell it. */
  storeFailure?: Error | undefined;
  readonly cache: Cache;
  readonly served: ServedResources;
  readonly schemas: SchemaSource;
  readonly admission: Admission;
  readonly serviceCidr: string;
  /** Keys that writes under way are about to make beside their objects. */
  readonly held: Set<string>;
  /** Evenly spread in [0, 1). */
  random(): number;
  /** Makes the bytes that the store keeps out of an object's bytes, and back. */
  readonly seal: Decode;
  readonly unseal: Decode;
  /** Takes a line for the log. */
  readonly report?: ((message: string) => void) | undefined;
}

/** One request: who asks, and how it is to be carried out. */
export interface Call {
  readonly user: User;
  /** Who owns the fields that are written. */
  readonly fieldManager: string;
  readonly dryRun: boolean;
  /** Takes a text for the answer's Warning headers. */
  warn(text: string): void;
  /** Takes an annotation for the request's audit event. */
  annotate?(key: string, value: string): void;
}

/** Names one object, or with an empty name a collection. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export function strategyContext(registry: Registry, call: Call): StrategyContext {
  const { user } = call;
  return {
    cache: registry.cache,
    held: registry.held,
    time: timestamp(registry.clock.now()),
    random: registry.random,
    serviceCidr: registry.serviceCidr,
    userName: user.name,
    userGroups: user.groups,
    userId: user.uid,
    userExtra: user.extra,
    warn: (text) => call.warn(text),
  };
}

/** The object as it now stands, or undefined. Waits until the cache has all that is committed. */
export async function readObject(
  registry: Registry,
  group: string,
  version: string,
  resource: string,
  place: Place,
): Promise<UnknownObject | undefined> {
  await registry.cache.fresh();
  const served = registry.served.get(group, version, resource);
  const item = registry.cache
    .resource(served.storageName)
    .get(served.key(place.namespace, place.name));
  return item === undefined ? undefined : (await served.read(item)).object;
}
