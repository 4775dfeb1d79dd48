/**
 * Passes groups of events on in their order, each once what it shows has been converted. Where nobody
 * outside converts, that is at once:
 *
 *   events    1   2 3       4
 *   asked     |---1--||2 3-| |4--|
 *   passed on        1      23    4
 */
import type { CacheEvent } from '../registry/cache.ts';
import type { ServedResource } from '../registry/served.ts';

/** Events that may wait; a webhook that is slower than the cluster must not fill the memory. */
const mostWaiting = 20_000;

interface Group {
  readonly events: readonly CacheEvent[];
  readonly pass: () => void;
}

export class PreparedLine {
  readonly #served: ServedResource;
  readonly #wantsPrevious: boolean;
  readonly #failed: (error: unknown) => void;
  #waiting: Group[] = [];
  #size = 0;
  #busy = false;
  #ended = false;

  /**
   * `wantsPrevious`: the objects before the events are looked at too. `failed` is told why something
   * could not be converted; nothing is passed on after that.
   */
  constructor(served: ServedResource, wantsPrevious: boolean, failed: (error: unknown) => void) {
    this.#served = served;
    this.#wantsPrevious = wantsPrevious;
    this.#failed = failed;
  }

  /** Calls `pass` once the events can be viewed, and all that came before them has been passed on. */
  pass(events: readonly CacheEvent[], pass: () => void): void {
    if (this.#ended) return;
    if (this.#busy) {
      this.#waiting.push({ events, pass });
      this.#size += events.length;
      if (this.#size > mostWaiting) this.#end(new Error('too many events wait to be converted'));
      return;
    }
    const preparation = this.#prepare(events);
    if (preparation === undefined) {
      pass();
      return;
    }
    this.#busy = true;
    this.#work(preparation, [{ events, pass }]).catch((error: unknown) => this.#end(error));
  }

  async #work(first: Promise<void>, group: Group[]): Promise<void> {
    let preparation: Promise<void> | undefined = first;
    let groups = group;
    while (groups.length > 0) {
      await preparation;
      if (this.#ended) return;
      for (const { pass } of groups) pass();
      groups = this.#waiting;
      this.#waiting = [];
      this.#size = 0;
      preparation = this.#prepare(groups.flatMap(({ events }) => events));
    }
    this.#busy = false;
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#failed(error);
  }

  #prepare(events: readonly CacheEvent[]): Promise<void> | undefined {
    if (!this.#served.isConvertedOutside) return undefined;
    const items = events.flatMap(({ item, previous }) =>
      item === undefined || this.#wantsPrevious ? [item, previous] : [item],
    );
    return this.#served.prepare(items);
  }
}
