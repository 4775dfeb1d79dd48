/** How many seats a request takes: a list as many as the objects that it goes through are worth. */
import type { RequestInfo } from '../http/request-info.ts';

const objectsPerSeat = 100;
const mostSeats = 10;
/** No request may take more of a level's seats. */
const mostOfLevel = 0.15;

/** The seats that a request may take at the most in a level with so many. */
export function widest(nominal: number): number {
  return Math.max(1, Math.min(mostSeats, Math.floor(nominal * mostOfLevel)));
}

/** From 1 to `most`; `countOf` says how many objects there are of what is listed. */
export function widthOf(
  info: RequestInfo,
  most: number,
  countOf: (info: RequestInfo) => number,
): number {
  if (info.type !== 'resource' || info.verb !== 'list' || most === 1 || info.name !== '') return 1;
  const { query } = info;
  const fields = query.get('fieldSelector') ?? '';
  if (/(^|,)metadata\.name==?[^,]/.test(fields)) return 1;
  const count = countOf(info);
  const limit = Number(query.get('limit') ?? 0);
  const isSelected = fields !== '' || (query.get('labelSelector') ?? '') !== '';
  // A page of all objects costs what is on it; a page of some, what it takes to find them.
  const looked = limit > 0 && !isSelected ? Math.min(limit, count) : count;
  return Math.min(most, Math.max(1, Math.ceil(looked / objectsPerSeat)));
}
