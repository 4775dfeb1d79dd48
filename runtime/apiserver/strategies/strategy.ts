/**
 * What is particular to a kind when it is written. Everything else about writes is the same for all
 * kinds and stands in verbs/.
 */
import type { UnknownObject } from '../../api/object.ts';
import type { Write } from '../../store/store.ts';
import type { Cache } from '../registry/cache.ts';

export interface StrategyContext {
  readonly cache: Cache;
  /** Keys that others are about to make. */
  readonly held: ReadonlySet<string>;
  /** Now, as metadata writes it. */
  readonly time: string;
  /** Evenly spread in [0, 1). */
  random(): number;
  readonly serviceCidr: string;
  /** Who asks. */
  readonly userName: string;
  readonly userGroups: readonly string[];
  readonly userId: string | undefined;
  readonly userExtra: Readonly<Record<string, readonly string[]>> | undefined;
  /** Tells the client something that is no error. */
  warn(text: string): void;
}

export interface Strategy {
  /** Called on every body before defaults: puts alternative spellings of one thing into one form. */
  normalize?(object: UnknownObject): void;
  /** Resets what a client may not set. The status of kinds that have one is dropped before. */
  prepareForCreate?(object: UnknownObject, context: StrategyContext): void;
  /** Resets what an update may not change. The status of kinds that have one is kept before. */
  prepareForUpdate?(next: UnknownObject, previous: UnknownObject, context: StrategyContext): void;
  /** As prepareForUpdate for /status; all but status and managedFields is as before already. */
  prepareForStatusUpdate?(next: UnknownObject, previous: UnknownObject): void;
  /**
   * What must be written or removed together with the object (addresses, ports). Asked before the object
   * is judged. May fill in what it chose. `next` is undefined for a deletion. Throws ApiError if what was
   * asked for is taken.
   */
  claim?(
    next: UnknownObject | undefined,
    previous: UnknownObject | undefined,
    context: StrategyContext,
  ): Write[];
  /** The kind counts changes of its specification in metadata.generation. */
  readonly generation?: boolean;
  /** Annotations count as specification too. */
  readonly generationOfAnnotations?: boolean;
  /** The status counts as specification too: it has no path of its own. */
  readonly generationOfStatus?: boolean;
  /** Parts of metadata that a write to /status cannot change. Left out: it may change them all. */
  readonly keptByStatus?: readonly string[];
  /** Left out: a kind with a status subresource loses the status that comes with a create. */
  readonly keepsStatusOnCreate?: boolean;
  /** An object that comes without a name gets one. */
  readonly namesItself?: boolean;
  /** PUT of a name that does not exist creates it. */
  readonly createsOnUpdate?: boolean;
  /** PUT must name a resourceVersion. */
  readonly needsResourceVersion?: boolean;
  /**
   * Seconds between the wish to delete and the deletion; 0: at once. Left out: the kind knows no
   * grace.
   */
  gracePeriod?(object: UnknownObject, requested: number | undefined): number;
  /** Changes an object that is being marked for deletion; may add finalizers. */
  prepareForDeletion?(object: UnknownObject, context: StrategyContext): void;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean;
  /** What happens to dependents if the request does not say. */
  readonly orphansByDefault?: boolean;
  /**
   * Which wishes for a deletion decide what happens to dependents. Left out: all. `none`: it has no
   * dependents. `later`: all but the first, which only marks the object.
   */
  readonly policies?: 'none' | 'later';
}

/** The object's part of that name as an object that may be written to; made if it is not there. */
export function part(object: UnknownObject, name: string): Record<string, unknown> {
  const found = object[name];
  if (found !== null && typeof found === 'object' && !Array.isArray(found)) {
    return found as Record<string, unknown>;
  }
  const made: Record<string, unknown> = {};
  object[name] = made;
  return made;
}

/** `keptByStatus` of the kinds whose status is all that a write to /status changes. */
export const wholeMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'];
