/** What a value amounts to, in words: quantities, durations and cron expressions. */
import { parseQuantity, toNumber } from '../../runtime/api/quantity.ts';
import type { Schema } from '../../runtime/api/schema.ts';
import { explainCron } from './explain-cron.ts';

/** Undefined where the value says it all. */
export function explainValue(name: string, value: unknown, schema: Schema): string | undefined {
  if (schema.format === 'quantity') return explainQuantity(name, value);
  if (name === 'schedule' && typeof value === 'string') return explainCron(value);
  if (typeof value === 'number' && /Seconds(After\w+)?$/.test(name))
    return explainSeconds(name, value);
  if (typeof value === 'string' && /^(\d+(\.\d+)?(h|m|s|ms|us|ns))+$/.test(value)) {
    return explainDuration(value);
  }
  return undefined;
}

function explainQuantity(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const quantity = parseQuantity(value);
  if (quantity === undefined) return undefined;
  const amount = toNumber(quantity);
  if (name === 'cpu' || name.endsWith('.cpu')) return `\`${value}\` = ${cores(amount)}`;
  const isBytes = /memory|storage|hugepages|sizeLimit|capacity|divisor/.test(name);
  const plain = amount.toLocaleString('en-US', { maximumFractionDigits: 9 });
  if (plain === String(value) && !isBytes) return undefined;
  return `\`${value}\` = ${plain}${isBytes ? ' bytes' : ''}${isBytes ? binarySize(amount, value) : ''}`;
}

function cores(amount: number): string {
  const parts: Readonly<Record<string, string>> = {
    '0.1': 'a tenth of a core',
    '0.25': 'a quarter of a core',
    '0.5': 'half a core',
    '0.75': 'three quarters of a core',
    '1': 'one core',
  };
  return parts[String(amount)] ?? (amount < 1 ? `${amount} of a core` : `${amount} cores`);
}

/** `128M` is not `128Mi`: says so in the other family. */
function binarySize(bytes: number, written: unknown): string {
  const isBinary = /i$/.test(String(written));
  const [step, units] = isBinary
    ? [1000, ['', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']]
    : [1024, ['', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']];
  const power = bytes < step ? 0 : Math.floor(Math.log(bytes) / Math.log(step));
  if (power === 0) return '';
  return ` (${(bytes / step ** power).toFixed(1)} ${units[power]})`;
}

function explainSeconds(name: string, value: number): string | undefined {
  if (value < 60 || !Number.isInteger(value)) return undefined;
  return `\`${name}: ${value}\` = ${words(value)}`;
}

const unitSeconds: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  ns: 1e-9,
};

function explainDuration(text: string): string {
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|us|ns|h|m|s)/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0);
  }
  return `\`${text}\` = ${seconds >= 1 ? words(Math.round(seconds)) : `${seconds} seconds`}`;
}

/** `1 hour 30 minutes`. */
function words(seconds: number): string {
  const parts: string[] = [];
  let left = seconds;
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ') || '0 seconds';
}
