/**
 * One watch on etcd, over as many connections as it takes. After a break it goes on behind the last
 * revision that was handed over, so that nothing is lost and nothing comes twice.
 */
import { CompactedError, type StoreEvent, type WatchOptions } from '../store.ts';
import { detailsOf, type WatchStream } from './connection.ts';
import type { WatchedEvent, WatchResponse } from './messages.ts';

export interface WatchHooks {
  /** Opens a stream of what was written after a revision. */
  open(after: number): WatchStream;
  /** Told of revisions that exist. */
  learn(revision: number): void;
  /** Told of the oldest revision that can still be watched from. */
  compacted(revision: number): void;
  /** Told when the watch ends by itself. */
  ended(): void;
  after(ms: number, callback: () => void): () => void;
  report(message: string): void;
}

/** First and longest wait before a broken stream is opened anew, in milliseconds. */
const firstWaitMs = 50;
const longestWaitMs = 3_000;

export class EtcdWatch {
  readonly #options: WatchOptions;
  readonly #hooks: WatchHooks;
  /** The newest revision whose events were handed over. */
  #delivered: number;
  #stream: WatchStream | undefined;
  #waitMs = firstWaitMs;
  #cancelWait: (() => void) | undefined;
  #stopped = false;

  constructor(options: WatchOptions, hooks: WatchHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#delivered = options.after;
  }

  start(): void {
    const stream = this.#hooks.open(this.#delivered);
    this.#stream = stream;
    stream.on('data', (response: WatchResponse) => this.#take(response));
    stream.on('error', (error) => this.#broken(stream, detailsOf(error) || error.message));
    stream.on('end', () => this.#broken(stream, 'etcd has ended the stream'));
  }

  /** Stops without a word to the watcher. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWait?.();
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  /** Stops and says why. */
  end(error: Error): void {
    if (this.#stopped) return;
    this.stop();
    this.#hooks.ended();
    this.#options.onEnd?.(error);
  }

  #take(response: WatchResponse): void {
    if (this.#stopped) return;
    if (response.compactRevision > 0) {
      this.#hooks.compacted(response.compactRevision);
      this.end(new CompactedError(this.#delivered, response.compactRevision));
      return;
    }
    if (response.canceled) {
      const stream = this.#stream;
      if (stream !== undefined) this.#broken(stream, response.cancelReason || 'canceled by etcd');
      return;
    }
    if (this.#waitMs > firstWaitMs) this.#hooks.report('the watch of etcd goes on');
    this.#waitMs = firstWaitMs;
    const events: StoreEvent[] = [];
    for (const event of response.events) {
      const whole = withPrevious(event);
      if (whole === undefined) {
        this.end(new CompactedError(this.#delivered, this.#delivered + 1));
        return;
      }
      events.push(whole);
    }
    const last = response.events.at(-1);
    if (last === undefined) return;
    this.#delivered = last.type === 'put' ? last.entry.revision : last.revision;
    this.#hooks.learn(this.#delivered);
    this.#options.onEvents(events);
  }

  #broken(stream: WatchStream, reason: string): void {
    if (this.#stopped || stream !== this.#stream) return;
    this.#stream = undefined;
    stream.cancel();
    if (this.#waitMs === firstWaitMs) this.#hooks.report(`the watch of etcd broke off: ${reason}`);
    const wait = this.#waitMs;
    this.#waitMs = Math.min(wait * 2, longestWaitMs);
    this.#cancelWait = this.#hooks.after(wait, () => this.start());
  }
}

/** Undefined if what was there before has been compacted away under a slow watch. */
function withPrevious(event: WatchedEvent): StoreEvent | undefined {
  const { previous } = event;
  if (event.type === 'put') {
    const isNew = event.entry.createRevision === event.entry.revision;
    return isNew || previous !== undefined ? { ...event, previous } : undefined;
  }
  return previous === undefined ? undefined : { ...event, previous };
}
