/** What becomes of requests, by priority level and flow schema, for /metrics. */
import { type Family, Histogram, labelsOf, Reading } from '../../api/exposition.ts';
import type { Level } from './flow-control.ts';

export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** Seconds. */
const waits = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** What has become of the requests of a level. */
export interface Outcomes {
  readonly dispatched: number;
  readonly rejected: number;
  readonly timedOut: number;
  readonly cancelled: number;
}

export class Tally {
  readonly labels: string;
  dispatched = 0;
  /** Requests. */
  inQueue = 0;
  executing = 0;
  executingSeats = 0;
  readonly rejected = new Map<Rejection, number>();
  readonly #waits: Histogram;
  #executed: ((seconds: number) => void) | undefined;

  constructor(labels: string, histogram: Histogram) {
    this.labels = labels;
    this.#waits = histogram;
  }

  begin(seats: number): void {
    this.dispatched++;
    this.executing++;
    this.executingSeats += seats;
  }

  end(seats: number): void {
    this.executing--;
    this.executingSeats -= seats;
  }

  reject(reason: Rejection): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
  }

  /** How long it stood in line; `execute`: until it was let in. */
  waited(execute: boolean, seconds: number): void {
    if (!execute) {
      this.#waits.observe(`${this.labels},execute="false"`, seconds);
      return;
    }
    this.#executed ??= this.#waits.observer(`${this.labels},execute="true"`);
    this.#executed(seconds);
  }
}

export class Tallies {
  readonly #byLevel = new Map<string, Map<string, Tally>>();
  readonly #waits = new Histogram(
    'apiserver_flowcontrol_request_wait_duration_seconds',
    'Time in line, by level and schema; execute tells those that were let in.',
    waits,
  );

  of(level: string, schema: string): Tally {
    let schemas = this.#byLevel.get(level);
    if (schemas === undefined) {
      schemas = new Map();
      this.#byLevel.set(level, schemas);
    }
    let tally = schemas.get(schema);
    if (tally === undefined) {
      tally = new Tally(labelsOf({ priority_level: level, flow_schema: schema }), this.#waits);
      schemas.set(schema, tally);
    }
    return tally;
  }

  /** Of all schemas of a level together. */
  outcomesOf(level: string): Outcomes {
    const tallies = [...(this.#byLevel.get(level)?.values() ?? [])];
    const sum = (...reasons: Rejection[]) =>
      tallies
        .flatMap(({ rejected }) => reasons.map((reason) => rejected.get(reason) ?? 0))
        .reduce((all, count) => all + count, 0);
    return {
      dispatched: tallies.reduce((all, { dispatched }) => all + dispatched, 0),
      rejected: sum('queue-full', 'concurrency-limit'),
      timedOut: sum('time-out'),
      cancelled: sum('cancelled'),
    };
  }

  /** `levels` as they are when the page is read. */
  families(levels: () => readonly Level[]): Family[] {
    const each = (
      name: string,
      help: string,
      read: (tally: Tally) => number,
      type?: 'counter' | 'gauge',
    ) =>
      new Reading(
        `apiserver_flowcontrol_${name}`,
        help,
        () => this.#all().map((tally) => [tally.labels, read(tally)]),
        type,
      );
    const ofLevels = (name: string, help: string, read: (level: Level) => number) =>
      new Reading(`apiserver_flowcontrol_${name}`, help, () =>
        levels()
          .filter(({ seats }) => seats !== undefined)
          .map((level) => [labelsOf({ priority_level: level.name }), read(level)]),
      );
    return [
      each(
        'dispatched_requests_total',
        'Requests let in.',
        ({ dispatched }) => dispatched,
        'counter',
      ),
      new Reading(
        'apiserver_flowcontrol_rejected_requests_total',
        'Requests turned away, by reason.',
        () => this.#rejections(),
        'counter',
      ),
      each('current_inqueue_requests', 'Requests in line.', ({ inQueue }) => inQueue),
      each(
        'current_executing_requests',
        'Requests let in and not over.',
        (tally) => tally.executing,
      ),
      each('current_executing_seats', 'Seats that they take.', (tally) => tally.executingSeats),
      this.#waits,
      ofLevels('nominal_limit_seats', 'Seats of its own.', ({ limits }) => limits.nominal),
      ofLevels('lower_limit_seats', 'Seats that it never lends.', ({ limits }) => limits.min),
      ofLevels('upper_limit_seats', 'Seats that it may have at most.', ({ limits }) => limits.max),
      ofLevels(
        'current_limit_seats',
        'Seats that it may fill now.',
        ({ seats }) => seats?.limit ?? 0,
      ),
    ];
  }

  #all(): Tally[] {
    return [...this.#byLevel.values()].flatMap((schemas) => [...schemas.values()]);
  }

  *#rejections(): Generator<readonly [string, number]> {
    for (const { labels, rejected } of this.#all()) {
      for (const [reason, count] of rejected) yield [`${labels},reason="${reason}"`, count];
    }
  }
}
