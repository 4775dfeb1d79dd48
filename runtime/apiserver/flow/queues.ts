/**
 * The seats of one priority level, and the queues before them. A flow is dealt a hand of queues by
 * its hash and waits in the shortest of them; seats are handed to the queues in turn. So a flow that
 * sends too much fills its own queues, and hardly any other flow has all of the same ones.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#fair-queuing
 */

export interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

export class Seats {
  readonly limit: number;
  readonly #queuing: Queuing | undefined;
  /** Each holds what is to be called with a seat. */
  readonly #queues: (() => void)[][];
  #used = 0;
  #waiting = 0;
  /** The queue that is served next. */
  #turn = 0;

  /** Without queuing whoever finds no seat is turned away. */
  constructor(limit: number, queuing: Queuing | undefined) {
    this.limit = limit;
    this.#queuing = queuing;
    this.#queues = Array.from({ length: queuing?.queues ?? 0 }, () => []);
  }

  get used(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a seat at once, if there is one and nobody was there before. */
  take(): boolean {
    if (this.#used >= this.limit || this.#waiting > 0) return false;
    this.#used++;
    return true;
  }

  /**
   * Stands in line; `start` is called once with a seat. The result leaves the line. Undefined: there
   * is no line, or it is full.
   */
  wait(flowHash: number, start: () => void): (() => void) | undefined {
    const queue = this.#shortest(flowHash);
    if (queue === undefined || queue.length >= (this.#queuing?.queueLengthLimit ?? 0)) {
      return undefined;
    }
    this.#waiting++;
    queue.push(start);
    return () => {
      const at = queue.indexOf(start);
      if (at < 0) return;
      queue.splice(at, 1);
      this.#waiting--;
    };
  }

  /** Gives a seat back, to whoever is next. */
  leave(): void {
    this.#used--;
    while (this.#used < this.limit && this.#waiting > 0) {
      this.#waiting--;
      this.#used++;
      this.#next()?.();
    }
  }

  #next(): (() => void) | undefined {
    for (let i = 0; i < this.#queues.length; i++) {
      const at = (this.#turn + i) % this.#queues.length;
      const waiter = this.#queues[at]?.shift();
      if (waiter === undefined) continue;
      this.#turn = (at + 1) % this.#queues.length;
      return waiter;
    }
    return undefined;
  }

  #shortest(flowHash: number): (() => void)[] | undefined {
    if (this.#queuing === undefined) return undefined;
    let shortest: (() => void)[] | undefined;
    for (const index of deal(flowHash, this.#queuing.queues, this.#queuing.handSize)) {
      const queue = this.#queues[index];
      if (shortest === undefined || (queue?.length ?? 0) < shortest.length) shortest = queue;
    }
    return shortest;
  }
}

/** `handSize` different cards out of a deck, always the same for the same hash. */
export function deal(hash: number, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let i = 0; i < Math.min(handSize, deckSize); i++) {
    let card = rest % (deckSize - i);
    rest = Math.floor(rest / (deckSize - i));
    // The cards that are out are counted past, lowest first.
    for (const out of [...hand].sort((a, b) => a - b)) if (card >= out) card++;
    hand.push(card);
  }
  return hand;
}

/** 53 bits, evenly spread: enough for a hand of 6 out of 128. */
export function hashOf(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b) ^ (low >>> 13);
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}
