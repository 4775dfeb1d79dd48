/** What happened, one slot a revision, for watches that start in the past. */
import { CompactedError, type StoreEvent } from './store.ts';

/** A rough figure for the memory that an event holds on to, in bytes. */
function weight(event: StoreEvent): number {
  return (
    200 +
    (event.type === 'put' ? event.entry.value.length : 0) +
    (event.previous?.value.length ?? 0)
  );
}

export class History {
  /** `#slots[i]` holds the events of revision `#first + i`. */
  #first: number;
  #slots: (readonly StoreEvent[])[] = [];
  #bytes = 0;

  /** A history that begins after `revision`. */
  constructor(revision: number) {
    this.#first = revision + 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(events: readonly StoreEvent[]): void {
    this.#slots.push(events);
    for (const event of events) this.#bytes += weight(event);
  }

  /** All events after `revision`, oldest first. Throws CompactedError. */
  after(revision: number): readonly (readonly StoreEvent[])[] {
    if (revision + 1 < this.#first) throw new CompactedError(revision, this.#first - 1);
    return this.#slots.slice(revision + 1 - this.#first);
  }

  /** Forgets the events up to and including `revision`. */
  compact(revision: number): void {
    const count = Math.min(revision + 1 - this.#first, this.#slots.length);
    if (count <= 0) return;
    for (const events of this.#slots.splice(0, count)) {
      for (const event of events) this.#bytes -= weight(event);
    }
    this.#first += count;
  }
}
