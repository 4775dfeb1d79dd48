/** When a CronJob is due. Pure. */
import { Cron } from 'croner';

/** More missed times than this are taken for a clock that went wrong. */
const tooMany = 100;

export interface Due {
  /** The latest time that has come, in ms since the epoch; undefined if none has. */
  at: number | undefined;
  /** The next one after now; undefined if there is none. */
  next: number | undefined;
  tooManyMissed: boolean;
}

/** Reads a schedule; a zone may also be named inside it, as `TZ=Europe/Berlin 0 5 * * *`. Throws. */
export function parseSchedule(text: string, timeZone: string | undefined): Cron {
  const match = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text);
  const pattern = match?.[2] ?? text;
  return new Cron(pattern, { timezone: timeZone ?? match?.[1] ?? 'UTC', paused: true });
}

/** The times between `since` and `now`, both in ms since the epoch. */
export function findDue(cron: Cron, since: number, now: number): Due {
  let due: number | undefined;
  let missed = 0;
  let cursor = since;
  for (;;) {
    const next = cron.nextRun(new Date(cursor))?.getTime();
    if (next === undefined || next > now) {
      return { at: due, next, tooManyMissed: missed > tooMany };
    }
    due = next;
    missed += 1;
    // A schedule may have been due thousands of times: go on from near the end.
    cursor = missed > tooMany && now - next > 86_400_000 ? now - 86_400_000 : next;
  }
}
