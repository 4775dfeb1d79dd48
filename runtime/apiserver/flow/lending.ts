/**
 * How many seats each priority level has: its nominal part of the server's, less what it lends, and more
 * what it borrows.
 *
 *   600 seats    shares  lends            nominal  at least  at most
 *   system          30   33 %                 74        50      674
 *   workload-low   100   90 %                245        25      845
 *   catch-all        5    0 %                 13        13      613
 *
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#seat-borrowing-by-priority-levels
 */
import type { Observed } from './demand.ts';

export interface Sharing {
  readonly nominalConcurrencyShares?: number;
  readonly lendablePercent?: number;
  /** Left out: it may borrow whatever others lend. */
  readonly borrowingLimitPercent?: number;
}

export interface Limits {
  readonly nominal: number;
  readonly min: number;
  readonly max: number;
}

/** The limits of a level with `shares` of `sum`, on a server with that many seats. */
export function limitsOf(sharing: Sharing, shares: number, sum: number, seats: number): Limits {
  const { lendablePercent = 0, borrowingLimitPercent } = sharing;
  const nominal = Math.ceil((seats * shares) / Math.max(sum, 1));
  const part = (percent: number) => Math.round((nominal * percent) / 100);
  return {
    nominal,
    min: nominal - part(lendablePercent),
    max: nominal + (borrowingLimitPercent === undefined ? seats : part(borrowingLimitPercent)),
  };
}

/** What each level is to have now, in their order; at least one seat each. */
export function lent(
  seats: number,
  levels: readonly { readonly limits: Limits; readonly observed: Observed }[],
): number[] {
  const classes = levels.map(({ limits, observed }) => {
    // Nobody lends what it has just needed of its own.
    const least = Math.max(limits.min, Math.min(limits.nominal, observed.high));
    return { target: Math.max(least, observed.smoothed), least, most: limits.max };
  });
  const needed = classes.reduce((sum, { least }) => sum + least, 0);
  if (needed >= seats) {
    return classes.map(({ least }) => Math.max(1, Math.round((least * seats) / needed)));
  }
  return apportion(seats, classes).map((count) => Math.max(1, Math.round(count)));
}

interface Class {
  readonly target: number;
  readonly least: number;
  readonly most: number;
}

/** Every class wants something, so that what nobody needs is spread over all of them. */
const leastTarget = 0.001;

/**
 * Gives each class the same proportion of its target, held between its bounds, so that it comes to
 * `total`: the one proportion for which that is so is found by halving.
 */
function apportion(total: number, classes: readonly Class[]): number[] {
  const at = (proportion: number) =>
    classes.map(({ target, least, most }) =>
      Math.min(most, Math.max(least, proportion * Math.max(target, leastTarget))),
    );
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  let low = 0;
  let high = Math.max(
    1,
    ...classes.map(({ target, most }) => most / Math.max(target, leastTarget)),
  );
  if (sum(at(high)) <= total) return at(high);
  for (let i = 0; i < 64 && high - low > high * 1e-12; i++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) < total) low = middle;
    else high = middle;
  }
  return at(high);
}
