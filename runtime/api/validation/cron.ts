/** The form of a CronJob's schedule: five fields, or one of the macros. */

interface Field {
  low: number;
  high: number;
  names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: days },
];
const macros = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;
const every = /^@every (\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/;

/** What is wrong with a schedule, or undefined. */
export function cronProblem(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S+\s+/, '').trim();
  if (text.startsWith('@')) {
    return macros.test(text) || every.test(text) ? undefined : `unrecognized descriptor: ${text}`;
  }
  const parts = text.split(/\s+/);
  if (parts.length !== fields.length) {
    const found = text === '' ? 0 : parts.length;
    return `expected exactly 5 fields, found ${found}: [${text === '' ? '' : parts.join(' ')}]`;
  }
  for (const [i, field] of fields.entries()) {
    for (const part of (parts[i] ?? '').split(',')) {
      const problem = partProblem(part, field);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** One of the comma-separated parts: `*`, `5`, `1-5`, `mon-fri`, each with an optional `/step`. */
function partProblem(part: string, { low, high, names }: Field): string | undefined {
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0) return `too many slashes: ${part}`;
  if (step !== undefined) {
    if (!/^\d+$/.test(step))
      return `failed to parse int from ${step}: strconv.Atoi: parsing ${JSON.stringify(step)}: invalid syntax`;
    if (Number(step) === 0) return `step of range should be a positive number: ${part}`;
  }
  if (range === '*' || range === '?') return undefined;
  const ends = range.split('-');
  if (ends.length > 2) return `too many hyphens: ${part}`;
  const values = ends.map((end) => {
    const named = names?.indexOf(end.toLowerCase()) ?? -1;
    // Names stand for numbers that count from the field's first.
    if (named >= 0) return named + low;
    return /^\d+$/.test(end) ? Number(end) : Number.NaN;
  });
  const bad = ends[values.findIndex(Number.isNaN)];
  if (bad !== undefined) {
    return `failed to parse int from ${bad}: strconv.Atoi: parsing ${JSON.stringify(bad)}: invalid syntax`;
  }
  const [start = low, end = start] = values;
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${part}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${part}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`;
  return undefined;
}
