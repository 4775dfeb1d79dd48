/**
 * API priority and fairness: every request belongs to a flow schema, which names a priority level,
 * which has a share of the server's seats. Whoever finds none waits in line or is told to come back.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 *
 * Not done: levels do not lend each other their idle seats.
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../api/clock.ts';
import { apiError } from '../../api/status.ts';
import type { User } from '../authentication/user.ts';
import type { RequestInfo } from '../http/request-info.ts';
import type { Cache, ResourceCache } from '../registry/cache.ts';
import { hashOf, type Queuing, Seats } from './queues.ts';
import { byPrecedence, type FlowSchema, flowOf, matchesSchema } from './schema.ts';

interface PriorityLevel {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly spec: {
    readonly type: string;
    readonly limited?: {
      readonly nominalConcurrencyShares?: number;
      readonly limitResponse?: { readonly type: string; readonly queuing?: Queuing };
    };
    readonly exempt?: { readonly nominalConcurrencyShares?: number };
  };
}

interface Level {
  readonly uid: string;
  /** What the seats were made from; they are kept as long as it stays the same. */
  readonly made: string;
  /** Undefined: as many as come. */
  readonly seats: Seats | undefined;
}

export interface FlowOptions {
  readonly cache: Cache;
  readonly clock: Clock;
  /** Requests that are answered at a time; 600 if left out, 400 reading and 200 writing ones. */
  readonly seats?: number;
  /** How long a request stands in line at most, in milliseconds; 15 seconds if left out. */
  readonly patienceMs?: number;
}

const longRunning = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);
const noop = () => {};

/** Watches and streams last; they would hold their seats for ever. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.type === 'resource' && (info.verb === 'watch' || longRunning.has(info.subresource));
}

export class FlowControl {
  readonly #schemas: ResourceCache;
  readonly #levels: ResourceCache;
  readonly #clock: Clock;
  readonly #seats: number;
  readonly #patienceMs: number;
  /** Undefined after a schema or level has changed. */
  #plan: { schemas: readonly FlowSchema[]; levels: ReadonlyMap<string, Level> } | undefined;
  #previous: ReadonlyMap<string, Level> = new Map();
  /** For what no schema claims, as long as there is no catch-all. */
  readonly #rest: Level;

  constructor({ cache, clock, seats = 600, patienceMs = 15_000 }: FlowOptions) {
    this.#clock = clock;
    this.#seats = seats;
    this.#patienceMs = patienceMs;
    this.#rest = { uid: '', made: '', seats: new Seats(Math.ceil(seats / 20), undefined) };
    this.#schemas = cache.resource('flowcontrol.apiserver.k8s.io/flowschemas');
    this.#levels = cache.resource('flowcontrol.apiserver.k8s.io/prioritylevelconfigurations');
    const forget = () => {
      this.#plan = undefined;
    };
    this.#schemas.watch(forget);
    this.#levels.watch(forget);
  }

  /**
   * Resolves with what gives the seat back once there is one. Names schema and level in the answer's
   * headers. Throws TooManyRequests.
   */
  async enter(user: User, info: RequestInfo, response: ServerResponse): Promise<() => void> {
    this.#plan ??= this.#makePlan();
    const schema = this.#plan.schemas.find((candidate) => matchesSchema(candidate, user, info));
    const level = this.#plan.levels.get(schema?.spec.priorityLevelConfiguration.name ?? '');
    if (schema !== undefined && level !== undefined) {
      response.setHeader('X-Kubernetes-Pf-Flowschema-Uid', schema.metadata.uid ?? '');
      response.setHeader('X-Kubernetes-Pf-Prioritylevel-Uid', level.uid);
    }
    const { seats } = level ?? this.#rest;
    if (seats === undefined || isLongRunning(info)) return noop;
    if (!seats.take()) {
      const flow =
        schema === undefined ? '' : `${schema.metadata.name}/${flowOf(schema, user, info)}`;
      await this.#wait(seats, hashOf(flow), response);
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      seats.leave();
    };
  }

  #wait(seats: Seats, hash: number, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        cancel();
        response.off('close', gone);
      };
      const leave = seats.wait(hash, () => {
        finish();
        resolve();
      });
      const giveUp = () => {
        finish();
        leave?.();
        reject(tooMany());
      };
      const gone = () => giveUp();
      const cancel = this.#clock.after(this.#patienceMs, giveUp);
      response.once('close', gone);
      if (leave === undefined) giveUp();
    });
  }

  #makePlan() {
    const schemas = [...this.#schemas.items()].map((item) => item.object as unknown as FlowSchema);
    const all = [...this.#levels.items()].map((item) => item.object as unknown as PriorityLevel);
    const sharesOf = ({ spec }: PriorityLevel) =>
      spec.type === 'Exempt'
        ? (spec.exempt?.nominalConcurrencyShares ?? 0)
        : (spec.limited?.nominalConcurrencyShares ?? 30);
    const sum = all.reduce((total, level) => total + sharesOf(level), 0);
    const levels = new Map<string, Level>();
    for (const level of all) {
      const { name, uid = '' } = level.metadata;
      const { type, limited } = level.spec;
      const { queuing, type: response } = limited?.limitResponse ?? {};
      const limit = Math.max(1, Math.ceil((this.#seats * sharesOf(level)) / Math.max(sum, 1)));
      const made = JSON.stringify([type, limit, response, queuing]);
      const before = this.#previous.get(name);
      const seats =
        before?.made === made
          ? before.seats
          : type === 'Exempt'
            ? undefined
            : new Seats(limit, response === 'Queue' ? queuing : undefined);
      levels.set(name, { uid, made, seats });
    }
    this.#previous = levels;
    return { schemas: byPrecedence(schemas), levels };
  }
}

function tooMany() {
  return apiError('TooManyRequests', 'Too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}
