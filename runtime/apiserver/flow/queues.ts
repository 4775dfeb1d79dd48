/**
 * The seats of one priority level, and the queues before them. A flow is dealt a hand of queues by
 * its hash and waits in the shortest of them. The queue that has had the least is served next, so a
 * flow that sends too much fills its own queues, and hardly any other flow has all of the same ones.
 * A request may be as wide as several seats.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#fair-queuing
 */
import { Demand } from './demand.ts';

export interface Queuing {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

interface Waiter {
  readonly width: number;
  readonly start: () => void;
}

interface Queue {
  readonly waiters: Waiter[];
  /** Seats that it has been given, and as many more as it was not there to ask for. */
  served: number;
}

export class Seats {
  readonly demand: Demand;
  readonly #queuing: Queuing | undefined;
  readonly #queues: Queue[];
  #limit: number;
  #used = 0;
  #executing = 0;
  #waiting = 0;
  #waitingSeats = 0;
  /** What the queue that was served last had been served before. */
  #served = 0;

  /** Without queuing whoever finds no seat is turned away. `now` in milliseconds. */
  constructor(limit: number, queuing: Queuing | undefined, now: () => number = () => 0) {
    this.#limit = limit;
    this.#queuing = queuing;
    this.#queues = Array.from({ length: queuing?.queues ?? 0 }, () => ({ waiters: [], served: 0 }));
    this.demand = new Demand(now);
  }

  get limit(): number {
    return this.#limit;
  }

  /** More seats go to whoever waits; what is taken already is not taken away. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#serve();
  }

  /** Seats. */
  get used(): number {
    return this.#used;
  }

  /** Requests. */
  get executing(): number {
    return this.#executing;
  }

  /** Requests. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Who finds no seat may wait. */
  get hasQueues(): boolean {
    return this.#queues.length > 0;
  }

  /** Queues that somebody waits in. */
  get activeQueues(): number {
    return this.#queues.filter(({ waiters }) => waiters.length > 0).length;
  }

  /** How many wait in each queue. */
  get lengths(): readonly number[] {
    return this.#queues.map(({ waiters }) => waiters.length);
  }

  /** Takes seats at once, if there are enough and nobody was there before. */
  take(width = 1): boolean {
    if (this.#waiting > 0 || !this.#fits(width)) return false;
    this.#sit(width);
    return true;
  }

  /**
   * Stands in line; `start` is called once with the seats. The result leaves the line. Undefined: there
   * is no line, or it is full.
   */
  wait(flowHash: number, start: () => void, width = 1): (() => void) | undefined {
    const queue = this.#shortest(flowHash);
    if (queue === undefined || queue.waiters.length >= (this.#queuing?.queueLengthLimit ?? 0)) {
      return undefined;
    }
    if (queue.waiters.length === 0) queue.served = Math.max(queue.served, this.#served);
    const waiter = { width, start };
    queue.waiters.push(waiter);
    this.#count(1, width);
    return () => {
      const at = queue.waiters.indexOf(waiter);
      if (at < 0) return;
      queue.waiters.splice(at, 1);
      this.#count(-1, -width);
      // Something narrower may fit where this one did not.
      this.#serve();
    };
  }

  /** Gives seats back, to whoever is next. */
  leave(width = 1): void {
    this.#used -= width;
    this.#executing--;
    this.#report();
    this.#serve();
  }

  #serve(): void {
    while (this.#waiting > 0) {
      const queue = this.#next();
      const waiter = queue?.waiters[0];
      if (queue === undefined || waiter === undefined || !this.#fits(waiter.width)) return;
      queue.waiters.shift();
      this.#served = queue.served;
      queue.served += waiter.width;
      this.#waiting--;
      this.#waitingSeats -= waiter.width;
      this.#sit(waiter.width);
      waiter.start();
    }
  }

  /** What is wider than all seats together waits until it is alone. */
  #fits(width: number): boolean {
    return this.#used === 0 || this.#used + width <= this.#limit;
  }

  #sit(width: number): void {
    this.#used += width;
    this.#executing++;
    this.#report();
  }

  #count(requests: number, seats: number): void {
    this.#waiting += requests;
    this.#waitingSeats += seats;
    this.#report();
  }

  #report(): void {
    this.demand.set(this.#used + this.#waitingSeats);
  }

  #next(): Queue | undefined {
    let next: Queue | undefined;
    for (const queue of this.#queues) {
      if (queue.waiters.length === 0) continue;
      if (next === undefined || queue.served < next.served) next = queue;
    }
    return next;
  }

  #shortest(flowHash: number): Queue | undefined {
    if (this.#queuing === undefined) return undefined;
    let shortest: Queue | undefined;
    for (const index of deal(flowHash, this.#queuing.queues, this.#queuing.handSize)) {
      const queue = this.#queues[index];
      if (shortest === undefined || (queue?.waiters.length ?? 0) < shortest.waiters.length) {
        shortest = queue;
      }
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
