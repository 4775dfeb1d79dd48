/**
 * Moments as the original reads them: with Go's `time.Parse`, whose rules are not quite those of RFC 3339.
 * meta/v1 Time takes any fraction of a second or none, MicroTime exactly six digits:
 *
 *     2026-01-31T12:00:00Z             Time
 *     2026-01-31T9:00:00,5+01:00       Time (an hour of one digit, a comma)
 *     2026-01-31T12:00:00.000000Z      both
 *
 * https://pkg.go.dev/time#Parse
 */
import { goQuote } from './go-text.ts';

/** meta/v1 Time, and MicroTime. */
export type Moment = 'seconds' | 'micros';

interface Element {
  /** What stands before it in the layout, and must in the text. */
  readonly before: string;
  /** As the layout writes it. */
  readonly is: string;
  readonly digits: RegExp;
  readonly name?: string;
  readonly least?: number;
  readonly most?: number;
}

const elements: readonly Element[] = [
  { before: '', is: '2006', digits: /^\d{4}/ },
  { before: '-', is: '01', digits: /^\d\d/, name: 'month', least: 1, most: 12 },
  // Whether the month has it is seen at the end.
  { before: '-', is: '02', digits: /^\d\d/ },
  { before: 'T', is: '15', digits: /^\d\d?/, name: 'hour', most: 23 },
  { before: ':', is: '04', digits: /^\d\d/, name: 'minute', most: 59 },
  { before: ':', is: '05', digits: /^\d\d/, name: 'second', most: 59 },
];

const fractions: Readonly<Record<Moment, string>> = { seconds: '', micros: '.000000' };

/** What Go says of a text that is no such moment; undefined for one that is. */
export function momentProblem(text: string, moment: Moment): string | undefined {
  const fraction = fractions[moment];
  const cannot = (rest: string, element: string) =>
    `parsing time ${goQuote(text)} as "2006-01-02T15:04:05${fraction}Z07:00": cannot parse ${goQuote(rest)} as "${element}"`;
  const wrong = (what: string) => `parsing time ${goQuote(text)}: ${what}`;
  const numbers: number[] = [];
  let rest = text;
  for (const { before, is, digits, name, least = 0, most = 9999 } of elements) {
    if (!rest.startsWith(before)) return cannot(rest, before);
    rest = rest.slice(before.length);
    const [found] = digits.exec(rest) ?? [];
    if (found === undefined) return cannot(rest, is);
    const number = Number(found);
    if (number < least || number > most) return wrong(`${name} out of range`);
    numbers.push(number);
    rest = rest.slice(found.length);
  }
  const pattern = moment === 'micros' ? /^[.,]\d{6}/ : /^([.,]\d+)?/;
  const [found] = pattern.exec(rest) ?? [];
  if (found === undefined) return cannot(rest, fraction);
  rest = rest.slice(found.length);
  const zone = /^(?:Z|[+-](\d\d):(\d\d))/.exec(rest);
  if (zone === null) return cannot(rest, 'Z07:00');
  // Go lets these be as great as they can be.
  if (Number(zone[1] ?? 0) > 24) return wrong('time zone offset hour out of range');
  if (Number(zone[2] ?? 0) > 60) return wrong('time zone offset minute out of range');
  rest = rest.slice(zone[0].length);
  if (rest !== '') return wrong(`extra text: ${goQuote(rest)}`);
  const [year = 0, month = 1, day = 0] = numbers;
  return day < 1 || day > daysIn(year, month) ? wrong('day out of range') : undefined;
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
