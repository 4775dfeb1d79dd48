/** Cron expressions in words. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** Undefined for what is none, or is too winding to be any clearer in words. */
export function explainCron(schedule: string): string | undefined {
  const fields = (macros[schedule.trim()] ?? schedule).trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || fields.some((field) => !/^[\w*/,?-]+$/.test(field))) return undefined;
  const time = timeOf(minute ?? '*', hour ?? '*');
  if (time === undefined) return undefined;
  const when = [
    isAny(day) ? '' : `on day ${listOf(day ?? '')} of the month`,
    isAny(weekday) ? '' : `on ${named(weekday ?? '', days, 0)}`,
  ].filter((part) => part !== '');
  // Where both are given, either is enough.
  const date = when.join(' or ');
  const year = isAny(month) ? '' : `in ${named(month ?? '', months, 1)}`;
  const daily = date === '' && year === '' && /^at \d/.test(time) ? 'every day' : '';
  const text = [time, daily, date, year].filter((part) => part !== '').join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function isAny(field: string | undefined): boolean {
  return field === undefined || field === '*' || field === '?' || field === '*/1';
}

function timeOf(minute: string, hour: string): string | undefined {
  const everyMinutes = /^\*\/(\d+)$/.exec(minute)?.[1];
  const everyHours = /^\*\/(\d+)$/.exec(hour)?.[1];
  const clock = (h: string, m: string) => `${h.padStart(2, '0')}:${m.padStart(2, '0')}`;
  if (isAny(minute) || everyMinutes !== undefined) {
    const every = everyMinutes === undefined ? 'every minute' : `every ${everyMinutes} minutes`;
    if (isAny(hour)) return every;
    return everyHours === undefined
      ? `${every} in hour ${listOf(hour)}`
      : `${every} of every ${everyHours}th hour`;
  }
  if (!/^[\d,-]+$/.test(minute)) return undefined;
  if (isAny(hour))
    return minute === '0' ? 'every hour' : `at minute ${listOf(minute)} of every hour`;
  if (everyHours !== undefined) {
    return `every ${everyHours} hours${minute === '0' ? '' : ` at minute ${listOf(minute)}`}`;
  }
  if (/^\d+(,\d+)*$/.test(hour) && /^\d+$/.test(minute)) {
    return `at ${joined(hour.split(',').map((each) => clock(each, minute)))}`;
  }
  return /^[\d,-]+$/.test(hour)
    ? `at minute ${listOf(minute)} of hours ${listOf(hour)}`
    : undefined;
}

/** `1,3-5` → `1 and 3 to 5`. */
function listOf(field: string): string {
  return joined(field.split(',').map((part) => part.replace('-', ' to ').replace('/', ' every ')));
}

function named(field: string, names: readonly string[], first: number): string {
  const name = (text: string) => {
    const byName = names.find((each) => each.slice(0, 3).toLowerCase() === text.toLowerCase());
    return byName ?? names[(Number(text) - first) % names.length] ?? text;
  };
  return joined(field.split(',').map((part) => part.split('-').map(name).join(' to ')));
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
