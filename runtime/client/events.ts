/**
 * Records what happens to objects as core/v1 Events. The same thing happening again raises the
 * count of the Event that is there; ten different messages for one object and reason within ten
 * minutes are gathered in one; and one object can make at most 25 Events at once, then one every
 * five minutes. These are client-go's rules, so that `kubectl describe` reads as it always does.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import { type Clock, timestamp } from '../api/clock.ts';
import type { KubeObject } from '../api/object.ts';
import { isApiError } from '../api/status.ts';
import type { CoreEvent } from '../api/types.ts';
import type { Client } from './client.ts';
import { at, events } from './resources.ts';
import { isTerminatingNamespace } from './terminating.ts';

export interface EventSource {
  /** `deployment-controller`, `kubelet`, … */
  component: string;
  /** The node, where one is meant. */
  host?: string;
  /** Told of events that could not be written (they are lost). */
  onError?: (error: unknown) => void;
}

export interface EventRecorder {
  /**
   * Writes in the background, in order; never throws. `fieldPath` names a part of the object:
   * `spec.containers{web}`.
   */
  event(
    object: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath?: string,
  ): void;
  /** Resolves when everything recorded so far is written or lost. */
  flush(): Promise<void>;
}

const gatherAfter = 10;
const gatherWindowMs = 600_000;
const burst = 25;
const refillMs = 300_000;
const cacheSize = 4096;
const attempts = 4;

/** Makes a recorder for one component. */
export function createEventRecorder(
  client: Client,
  clock: Clock,
  source: EventSource,
): EventRecorder {
  return new Recorder(client, clock, source);
}

interface Known {
  namespace: string;
  name: string;
  count: number;
}

class Recorder implements EventRecorder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #source: EventSource;
  readonly #known = new Bounded<Known>();
  readonly #similar = new Bounded<{ messages: Set<string>; lastAt: number }>();
  readonly #allowance = new Bounded<{ tokens: number; at: number }>();
  #tail: Promise<void> = Promise.resolve();
  #serial = 0n;

  constructor(client: Client, clock: Clock, source: EventSource) {
    this.#client = client;
    this.#clock = clock;
    this.#source = source;
  }

  event(
    object: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath = '',
  ): void {
    const { kind, metadata } = object;
    const subject = [kind, metadata.namespace, metadata.name, metadata.uid, fieldPath].join('\n');
    if (!this.#allowed(subject)) return;
    const group = [subject, type, reason].join('\n');
    const gathered = this.#gather(group, message);
    const text = gathered ? `(combined from similar events): ${message}` : message;
    const key = gathered ? group : `${group}\n${message}`;
    const draft = this.#draft(object, type, reason, text, fieldPath);
    this.#tail = this.#tail.then(() => this.#write(key, draft));
  }

  flush(): Promise<void> {
    return this.#tail;
  }

  /** A token bucket an object. */
  #allowed(subject: string): boolean {
    const now = this.#clock.now();
    const bucket = this.#allowance.get(subject) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    this.#allowance.set(subject, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens >= 1;
  }

  /** True once too many different messages came in too short a time. */
  #gather(group: string, message: string): boolean {
    const now = this.#clock.now();
    let seen = this.#similar.get(group);
    if (seen === undefined || now - seen.lastAt > gatherWindowMs) {
      seen = { messages: new Set(), lastAt: now };
    }
    seen.lastAt = now;
    const gathered = seen.messages.size >= gatherAfter && !seen.messages.has(message);
    if (!gathered) seen.messages.add(message);
    this.#similar.set(group, seen);
    return gathered;
  }

  #draft(
    object: KubeObject,
    type: string,
    reason: string,
    message: string,
    fieldPath: string,
  ): CoreEvent {
    const now = this.#clock.now();
    const { component, host } = this.#source;
    const { name = '', namespace, uid, resourceVersion } = object.metadata;
    this.#serial += 1n;
    const serial = BigInt(Math.trunc(now)) * 1_000_000n + this.#serial;
    const draft = {
      apiVersion: 'v1',
      kind: 'Event',
      // Cluster-scoped objects have their events in `default`.
      metadata: { name: `${name}.${serial.toString(16)}`, namespace: namespace || 'default' },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(fieldPath === '' ? {} : { fieldPath }),
      },
      reason,
      message,
      type,
      source: { component, ...(host === undefined ? {} : { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      count: 1,
    };
    return draft as unknown as CoreEvent;
  }

  async #write(key: string, draft: CoreEvent): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const known = this.#known.get(key);
        if (known === undefined || !(await this.#raise(key, known, draft))) {
          await this.#create(key, draft);
        }
        return;
      } catch (error) {
        // A 4xx will not get better: the namespace is going away, or we are not allowed.
        const hopeless = isApiError(error) && error.code < 500 && error.code !== 429;
        if (hopeless || attempt === attempts) {
          // Whatever ends with its namespace goes without an Event; nobody could look it up.
          if (!isTerminatingNamespace(error)) this.#source.onError?.(error);
          return;
        }
        await this.#clock.sleep(1_000 * attempt);
      }
    }
  }

  async #create(key: string, draft: CoreEvent): Promise<void> {
    const { name, namespace = 'default' } = draft.metadata;
    await this.#client.create({ ...events, namespace }, draft);
    this.#known.set(key, { namespace, name, count: 1 });
  }

  /** False if the Event expired meanwhile and must be made anew. */
  async #raise(key: string, known: Known, draft: CoreEvent): Promise<boolean> {
    const { message, lastTimestamp } = draft;
    const count = known.count + 1;
    try {
      await this.#client.patch(at(events, known.name, known.namespace), 'merge', {
        message,
        count,
        lastTimestamp,
      });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
      this.#known.delete(key);
      return false;
    }
    this.#known.set(key, { ...known, count });
    return true;
  }
}

/** A map that forgets what was not touched for longest. */
class Bounded<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > cacheSize) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
