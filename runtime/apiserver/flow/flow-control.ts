/**
 * API priority and fairness: every request belongs to a flow schema, which names a priority level,
 * which has a share of the server's seats. Whoever finds none waits in line or is told to come back.
 * What a level does not need it lends to others, looked at every ten seconds.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import type { User } from '../authentication/user.ts';
import type { RequestInfo, ResourceRequest } from '../http/request-info.ts';
import type { Cache, ResourceCache } from '../registry/cache.ts';
import { type Limits, lent, limitsOf, type Sharing } from './lending.ts';
import { hashOf, type Queuing, Seats } from './queues.ts';
import { byPrecedence, type FlowSchema, flowOf, matchesSchema } from './schema.ts';
import { type Rejection, Tallies, type Tally } from './tallies.ts';
import { Watchers } from './watchers.ts';
import { type Facts, type Stock, widest, workOf } from './width.ts';

interface PriorityLevel {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly spec: {
    readonly type: string;
    readonly limited?: Sharing & {
      readonly limitResponse?: { readonly type: string; readonly queuing?: Queuing };
    };
    readonly exempt?: Sharing;
  };
}

export interface Level {
  readonly name: string;
  readonly uid: string;
  /** How requests wait; the seats are kept as long as it stays the same. */
  readonly made: string;
  readonly limits: Limits;
  /** Undefined: as many as come. */
  readonly seats: Seats | undefined;
}

/** A request that stands in line, for who wants to know. */
export interface Waiting {
  readonly level: string;
  readonly schema: string;
  readonly flow: string;
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly arrived: number;
}

export interface FlowOptions {
  readonly cache: Cache;
  readonly clock: Clock;
  /** Requests that are answered at a time; 600 if left out, 400 reading and 200 writing ones. */
  readonly seats?: number;
  /** How long a request stands in line at most, in milliseconds; 15 seconds if left out. */
  readonly patienceMs?: number;
  /** What there is of what a list is about; left out: lists are as narrow as all else. */
  readonly stockOf?: (info: ResourceRequest) => Stock | undefined;
}

/** The seats of a request that has been let in. */
export interface Held {
  /** A watch has been told what there was, and takes no more than a wire from now on. */
  begun(): void;
  /** The request is over. */
  leave(): void;
}

/** How often it is looked who lends and who borrows, in milliseconds. */
const lendingPeriodMs = 10_000;
const streams = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);
const noop = () => {};
const nothing = () => undefined;
/** For what needs no seats. */
export const unseated: Held = { begun: noop, leave: noop };

/** Watches and streams last. */
export function isLongRunning(info: RequestInfo): boolean {
  return (info.type === 'resource' && info.verb === 'watch') || isStream(info);
}

/** Flows have nothing to do with what goes on for as long as both sides like. */
function isStream(info: RequestInfo): boolean {
  return info.type === 'resource' && info.verb !== 'watch' && streams.has(info.subresource);
}

export class FlowControl {
  readonly #schemas: ResourceCache;
  readonly #levels: ResourceCache;
  readonly #clock: Clock;
  readonly #seats: number;
  readonly #patienceMs: number;
  readonly #facts: Facts;
  readonly #watchers = new Watchers();
  /** Undefined after a schema or level has changed. */
  #plan: { schemas: readonly FlowSchema[]; levels: ReadonlyMap<string, Level> } | undefined;
  #previous: ReadonlyMap<string, Level> = new Map();
  /** For what no schema claims, as long as there is no catch-all. */
  readonly #rest: Level;
  readonly #waiting = new Set<Waiting>();
  /** What has become of the requests of each schema, for /metrics. */
  readonly tallies = new Tallies();
  #cancelLending: (() => void) | undefined;

  constructor(options: FlowOptions) {
    const { cache, clock, seats = 600, patienceMs = 15_000, stockOf = nothing } = options;
    this.#clock = clock;
    this.#seats = seats;
    this.#patienceMs = patienceMs;
    this.#facts = { stockOf, watchersOf: (info) => this.#watchers.of(info) };
    const few = Math.ceil(seats / 20);
    this.#rest = {
      ...{ name: '', uid: '', made: '' },
      limits: { nominal: few, min: few, max: few },
      seats: new Seats(few, undefined),
    };
    this.#schemas = cache.resource('flowcontrol.apiserver.k8s.io/flowschemas');
    this.#levels = cache.resource('flowcontrol.apiserver.k8s.io/prioritylevelconfigurations');
    const forget = () => {
      this.#plan = undefined;
    };
    this.#schemas.watch(forget);
    this.#levels.watch(forget);
  }

  /** Levels as they are now, in no order. */
  get levels(): readonly Level[] {
    this.#plan ??= this.#makePlan();
    return [...this.#plan.levels.values()];
  }

  /** Who stands in line, longest first. */
  get waiting(): readonly Waiting[] {
    return [...this.#waiting];
  }

  close(): void {
    this.#cancelLending?.();
  }

  /**
   * Resolves with what gives the seats back once there are any. Names schema and level in the answer's
   * headers. Throws TooManyRequests.
   */
  async enter(user: User, info: RequestInfo, response: ServerResponse): Promise<Held> {
    if (isStream(info)) return unseated;
    this.#plan ??= this.#makePlan();
    const schema = this.#plan.schemas.find((candidate) => matchesSchema(candidate, user, info));
    const found = this.#plan.levels.get(schema?.spec.priorityLevelConfiguration.name ?? '');
    if (schema !== undefined && found !== undefined) {
      response.setHeader('X-Kubernetes-Pf-Flowschema-Uid', schema.metadata.uid ?? '');
      response.setHeader('X-Kubernetes-Pf-Prioritylevel-Uid', found.uid);
    }
    const level = found ?? this.#rest;
    const { seats } = level;
    const tally = this.tallies.of(level.name, schema?.metadata.name ?? '');
    if (seats === undefined) {
      tally.begin(1);
      return this.#held(
        info,
        once(() => tally.end(1)),
      );
    }
    this.#cancelLending ??= this.#clock.after(lendingPeriodMs, () => this.#lend());
    const { seats: width, afterMs } = workOf(info, widest(level.limits.nominal), this.#facts);
    if (!seats.take(width)) {
      const flow = schema === undefined ? '' : flowOf(schema, user, info);
      const name = schema?.metadata.name ?? '';
      const arrived = this.#clock.now();
      const waiting = { level: level.name, schema: name, flow, width, arrived };
      await this.#wait(level, waiting, response, tally);
    } else tally.waited(true, 0);
    tally.begin(width);
    const leave = () => {
      tally.end(width);
      if (afterMs === 0) seats.leave(width);
      else this.#clock.after(afterMs, () => seats.leave(width));
    };
    return this.#held(info, once(leave));
  }

  /** `giveBack` may be called more than once. */
  #held(info: RequestInfo, giveBack: () => void): Held {
    if (info.type !== 'resource' || info.verb !== 'watch') return { begun: noop, leave: giveBack };
    const forget = this.#watchers.add(info);
    const leave = () => {
      giveBack();
      forget();
    };
    return { begun: giveBack, leave };
  }

  #wait({ seats }: Level, waiting: Waiting, response: ServerResponse, tally: Tally): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (execute: boolean) => {
        tally.inQueue--;
        tally.waited(execute, (this.#clock.now() - waiting.arrived) / 1000);
        this.#waiting.delete(waiting);
        cancel();
        response.off('close', gone);
      };
      const start = () => {
        finish(true);
        resolve();
      };
      const hash = hashOf(`${waiting.schema}/${waiting.flow}`);
      const leave = seats?.wait(hash, start, waiting.width);
      const giveUp = (reason: Rejection) => {
        tally.reject(reason);
        finish(false);
        leave?.();
        reject(tooMany());
      };
      const gone = () => giveUp('cancelled');
      const cancel = this.#clock.after(this.#patienceMs, () => giveUp('time-out'));
      tally.inQueue++;
      this.#waiting.add(waiting);
      response.once('close', gone);
      if (leave === undefined) {
        giveUp(seats?.hasQueues === true ? 'queue-full' : 'concurrency-limit');
      }
    });
  }

  #makePlan() {
    const schemas = [...this.#schemas.items()].map((item) => item.object as unknown as FlowSchema);
    const all = [...this.#levels.items()].map((item) => item.object as unknown as PriorityLevel);
    const sharingOf = ({ spec }: PriorityLevel): Sharing =>
      (spec.type === 'Exempt' ? spec.exempt : spec.limited) ?? {};
    const sharesOf = (level: PriorityLevel) =>
      sharingOf(level).nominalConcurrencyShares ?? (level.spec.type === 'Exempt' ? 0 : 30);
    const sum = all.reduce((total, level) => total + sharesOf(level), 0);
    const levels = new Map<string, Level>();
    for (const level of all) {
      const { name, uid = '' } = level.metadata;
      const { type, limited } = level.spec;
      const { queuing, type: response } = limited?.limitResponse ?? {};
      const limits = limitsOf(sharingOf(level), sharesOf(level), sum, this.#seats);
      const made = JSON.stringify([type, response, queuing]);
      const before = this.#previous.get(name);
      const kept = before?.made === made ? before : undefined;
      const seats =
        type === 'Exempt' ? undefined : (kept?.seats ?? this.#seatsFor(response, queuing));
      // Until it is next looked who lends: as if nobody did.
      const same = JSON.stringify(kept?.limits) === JSON.stringify(limits);
      if (seats !== undefined && !same) seats.limit = Math.max(1, limits.nominal);
      levels.set(name, {
        name,
        uid,
        made,
        limits,
        seats,
      });
    }
    this.#previous = levels;
    return { schemas: byPrecedence(schemas), levels };
  }

  #seatsFor(response: string | undefined, queuing: Queuing | undefined): Seats {
    const now = () => this.#clock.now();
    return new Seats(1, response === 'Queue' ? queuing : undefined, now);
  }

  /** Gives every level what it needs of what others can spare; goes on until nobody needs anything. */
  #lend(): void {
    this.#cancelLending = undefined;
    const limited = this.levels.flatMap(({ seats, limits }) =>
      seats === undefined ? [] : [{ seats, limits, observed: seats.demand.observe() }],
    );
    // An exempt level may lend what is nominally its own, and needs none of it.
    const spare = this.levels.filter(({ seats }) => seats === undefined);
    const kept = spare.reduce((sum, { limits }) => sum + limits.min, 0);
    const limits = lent(Math.max(0, this.#seats - kept), limited);
    for (const [index, { seats }] of limited.entries()) seats.limit = limits[index] ?? 1;
    if (limited.some(({ observed }) => observed.high > 0)) {
      this.#cancelLending = this.#clock.after(lendingPeriodMs, () => this.#lend());
    }
  }
}

/** A request ends once, however often that is said. */
function once(end: () => void): () => void {
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    end();
  };
}

function tooMany() {
  return apiError('TooManyRequests', 'Too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}
