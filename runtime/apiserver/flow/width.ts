/**
 * How much work a request is: the seats that it takes while it is served, and those that what comes
 * after takes. A list is as wide as what it reads, a watch as what it begins with; a write that many
 * wait for keeps them busy for a moment after it has been answered.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#seats-occupied-by-a-request
 */
import type { RequestInfo, ResourceRequest } from '../http/request-info.ts';

const bytesPerSeat = 100_000;
/** More is never held at a time: answers are sent in pieces. */
const mostBytes = 1_000_000;
const mostSeats = 10;
/** No request may take more of a level's seats. */
const mostOfLevel = 0.15;
const watchersPerSeat = 10;
/** For how long a seat tells its watchers of one change, in milliseconds. */
const tellingMs = 5;

/** What there is of a resource. */
export interface Stock {
  readonly count: number;
  /** Of all of them together, as stored. */
  readonly bytes: number;
}

/** What widths depend on. */
export interface Facts {
  /** Undefined for what others serve. */
  stockOf(info: ResourceRequest): Stock | undefined;
  /** How many watch what is written. */
  watchersOf(info: ResourceRequest): number;
}

export interface Work {
  readonly seats: number;
  /** For how long the seats are kept after the answer, in milliseconds. */
  readonly afterMs: number;
}

const least: Work = { seats: 1, afterMs: 0 };

/** The seats that a request may take at the most in a level with so many. */
export function widest(nominal: number): number {
  return Math.max(1, Math.min(mostSeats, Math.floor(nominal * mostOfLevel)));
}

/** `most`: seats. */
export function workOf(info: RequestInfo, most: number, facts: Facts): Work {
  if (info.type !== 'resource') return least;
  switch (info.verb) {
    case 'watch':
      return beginsWithAll(info) ? reading(info, most, facts) : least;
    case 'list':
      return reading(info, most, facts);
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return writing(info, most, facts);
    default:
      return least;
  }
}

/** Is a watch told first what there is already? */
function beginsWithAll({ query }: ResourceRequest): boolean {
  if (query.get('sendInitialEvents') === 'true') return true;
  return ['', '0'].includes(query.get('resourceVersion') ?? '');
}

function reading(info: ResourceRequest, most: number, { stockOf }: Facts): Work {
  if (most === 1) return least;
  const stock = stockOf(info);
  if (stock === undefined || stock.count === 0) return least;
  const { query, name } = info;
  const isOne = name !== '' || /(^|,)metadata\.name==?[^,]/.test(query.get('fieldSelector') ?? '');
  const limit = Number(query.get('limit') ?? 0);
  const page = limit > 0 ? Math.min(limit, stock.count) : stock.count;
  const bytes = (isOne ? 1 : page) * (stock.bytes / stock.count);
  const seats = Math.ceil(Math.min(bytes, mostBytes) / bytesPerSeat);
  return { seats: Math.min(most, Math.max(1, seats)), afterMs: 0 };
}

function writing(info: ResourceRequest, most: number, { watchersOf }: Facts): Work {
  // A token is no change of its account.
  if (info.resource === 'serviceaccounts' && info.subresource === 'token') return least;
  const watchers = watchersOf(info);
  if (watchers < watchersPerSeat) return least;
  const wanted = Math.ceil(watchers / watchersPerSeat);
  const seats = Math.min(wanted, most);
  // Narrower, but for longer: the work is the same.
  return { seats, afterMs: (wanted * tellingMs) / seats };
}
