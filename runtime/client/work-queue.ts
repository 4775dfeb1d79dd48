/**
 * A queue of keys for loops that drive what is towards what is wanted. The rules that matter:
 *
 * - A key waiting is there once, however often it is added.
 * - A key in work is never handed to a second worker. Added meanwhile, it runs again afterwards, so
 *   the newest state is always looked at.
 * - A worker that throws gets its key again after an exponentially growing delay; success resets it.
 */
import type { Clock } from '../api/clock.ts';

export interface WorkQueueConfig {
  clock: Clock;
  /** For error messages and metrics. */
  name: string;
  /** The delay doubles from `baseMs` (5 ms) up to `maxMs` (1000 s, as in client-go). */
  retry?: { baseMs?: number; maxMs?: number };
}

export interface RunOptions {
  concurrency: number;
  /** Stops handing out keys; work under way is left to finish. */
  signal: AbortSignal;
  /** Told of every throw; the key is retried all the same. */
  onError: (error: unknown, key: string) => void;
}

export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after `ms`; of several pending delays for a key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** Adds the key after its back-off delay and lengthens the next one. */
  retry(key: string): void;
  /** How often `retry` was called since the last `forget`. */
  retries(key: string): number;
  /** Resets the key's back-off; does not take it out of the queue. */
  forget(key: string): void;
  /** Keys that are ready and not yet in work. */
  readonly length: number;
  /** Resolves once no key is ready or in work (delayed keys do not count). */
  idle(): Promise<void>;
  /** Starts the workers; resolves (never rejects) when the signal has aborted and they are done. */
  run(worker: (key: string) => Promise<void> | void, options: RunOptions): Promise<void>;
}

/** Makes an empty queue. */
export function createWorkQueue({ clock, retry = {} }: WorkQueueConfig): WorkQueue {
  return new Queue(clock, retry.baseMs ?? 5, retry.maxMs ?? 1_000_000);
}

class Queue implements WorkQueue {
  readonly #clock: Clock;
  readonly #baseMs: number;
  readonly #maxMs: number;
  /** Insertion order is the order of service. */
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Added while in work. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { at: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  /** Keys whose worker asked for a retry itself in the present run. */
  readonly #asked = new Set<string>();
  #wakeUps: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];

  constructor(clock: Clock, baseMs: number, maxMs: number) {
    this.#clock = clock;
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
  }

  get length(): number {
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    this.#wakeUps.shift()?.();
  }

  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.now() + ms;
    const pending = this.#delayed.get(key);
    if (pending !== undefined) {
      if (pending.at <= at) return;
      pending.cancel();
    }
    const cancel = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  retry(key: string): void {
    const failures = this.retries(key);
    this.#failures.set(key, failures + 1);
    if (this.#working.has(key)) this.#asked.add(key);
    this.addAfter(key, Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(failures, 40)));
  }

  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  idle(): Promise<void> {
    if (this.#ready.size === 0 && this.#working.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  async run(worker: (key: string) => Promise<void> | void, options: RunOptions): Promise<void> {
    const { concurrency, signal } = options;
    const stop = () => {
      for (const { cancel } of this.#delayed.values()) cancel();
      this.#delayed.clear();
      for (const wake of this.#wakeUps.splice(0)) wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    await Promise.all(Array.from({ length: concurrency }, () => this.#work(worker, options)));
    signal.removeEventListener('abort', stop);
  }

  async #work(
    worker: (key: string) => Promise<void> | void,
    { signal, onError }: RunOptions,
  ): Promise<void> {
    while (!signal.aborted) {
      const [key] = this.#ready;
      if (key === undefined) {
        await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
        continue;
      }
      this.#ready.delete(key);
      this.#working.add(key);
      try {
        await worker(key);
        if (!this.#asked.has(key)) this.forget(key);
      } catch (error) {
        if (!signal.aborted) {
          onError(error, key);
          if (!this.#asked.has(key)) this.retry(key);
        }
      }
      this.#done(key);
    }
  }

  #done(key: string): void {
    this.#asked.delete(key);
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
    if (this.#ready.size === 0 && this.#working.size === 0) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }
}
