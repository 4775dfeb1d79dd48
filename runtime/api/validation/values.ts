/** Checks of single values that many kinds share; `field` is the value's path. */
import { entries, isRecord, record } from '../defaults/fields.ts';
import { type LabelSelectorObject, labelSelectorOf, matchesLabels } from '../selector.ts';
import { checkLabelValue, checkPortName, checkQualifiedName, type NameCheck } from './names.ts';
import { Problems } from './problems.ts';

export { entries, isRecord, record };

/** A list, or an empty one where there is none. */
export function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

const none: readonly never[] = [];

/**
 * Each object of a list, with its index. Anything else in it is for the structural check to name. No
 * generator: a pod is asked for some fifty lists that are mostly not there, and without one its
 * validation takes a quarter less.
 */
export function indexed<T>(value: readonly T[] | undefined): readonly [index: number, entry: T][] {
  if (!Array.isArray(value) || value.length === 0) return none;
  const found: [number, T][] = [];
  for (let index = 0; index < value.length; index++) {
    const entry = value[index] as T;
    if (isRecord(entry)) found.push([index, entry]);
  }
  return found;
}

export function checkName(
  name: unknown,
  check: NameCheck,
  field: string,
  problems: Problems,
): void {
  if (typeof name !== 'string') return;
  for (const problem of check(name)) problems.invalid(field, name, problem);
}

/** A name that must be there. */
export function requireName(
  name: unknown,
  check: NameCheck,
  field: string,
  problems: Problems,
): void {
  if (name === undefined || name === null || name === '') problems.required(field);
  else checkName(name, check, field, problems);
}

/** One of `supported`; nothing is said of a value that is not there. */
export function oneOf(
  value: unknown,
  supported: readonly string[],
  field: string,
  problems: Problems,
): void {
  if (value === undefined || value === null) return;
  if (!supported.includes(value as string)) problems.notSupported(field, value, supported);
}

export function notNegative(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'number' && value < 0) {
    problems.invalid(field, value, 'must be greater than or equal to 0');
  }
}

export function positive(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'number' && value <= 0) {
    problems.invalid(field, value, 'must be greater than 0');
  }
}

export function inRange(
  value: unknown,
  low: number,
  high: number,
  field: string,
  problems: Problems,
): void {
  if (typeof value === 'number' && (value < low || value > high)) {
    problems.invalid(field, value, `must be between ${low} and ${high}, inclusive`);
  }
}

export function portNumber(value: unknown, field: string, problems: Problems): void {
  inRange(value, 1, 65535, field, problems);
}

/** A number or a port's name. */
export function portNumberOrName(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'number') portNumber(value, field, problems);
  else if (typeof value === 'string') checkName(value, checkPortName, field, problems);
}

/** An absolute number or a percentage, neither negative. */
export function countOrPercent(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'string' && !/^[0-9]+%$/.test(value)) {
    problems.invalid(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  } else notNegative(value, field, problems);
}

export function atMostAll(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'string' && Number.parseInt(value, 10) > 100) {
    problems.invalid(field, value, 'must not be greater than 100%');
  }
}

/** 0 or 0%. */
export function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && Number.parseInt(value, 10) === 0);
}

export function labels(value: unknown, field: string, problems: Problems): void {
  if (!isRecord(value)) return;
  for (const [key, text] of Object.entries(value)) {
    for (const problem of checkQualifiedName(key)) problems.invalid(field, key, problem);
    checkName(text, checkLabelValue, field, problems);
  }
}

const annotationBytes = 256 * 1024;

export function annotations(value: unknown, field: string, problems: Problems): void {
  if (!isRecord(value)) return;
  let size = 0;
  for (const [key, text] of Object.entries(value)) {
    for (const problem of checkQualifiedName(key.toLowerCase())) {
      problems.invalid(field, key, problem);
    }
    size += Buffer.byteLength(key) + (typeof text === 'string' ? Buffer.byteLength(text) : 0);
  }
  if (size > annotationBytes) problems.tooLong(field, annotationBytes);
}

/** Whether an operator of all selectors is given as many values as it takes; false if it is none of them. */
export function operatorValues(
  operator: string | undefined,
  count: number,
  field: string,
  problems: Problems,
): boolean {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (count === 0) {
        const what = "must be specified when `operator` is 'In' or 'NotIn'";
        problems.required(`${field}.values`, what);
      }
      return true;
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0) {
        const what = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        problems.forbidden(`${field}.values`, what);
      }
      return true;
    default:
      return false;
  }
}

/** A selector of labels, as workloads and policies have it. */
export function labelSelector(value: unknown, field: string, problems: Problems): void {
  if (!isRecord(value)) return;
  const selector = value as LabelSelectorObject;
  labels(selector.matchLabels, `${field}.matchLabels`, problems);
  for (const [i, expression] of indexed(selector.matchExpressions)) {
    const at = `${field}.matchExpressions[${i}]`;
    const { key, operator, values } = expression as {
      key?: string;
      operator?: string;
      values?: string[];
    };
    if (!operatorValues(operator, list(values).length, at, problems)) {
      problems.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    }
    for (const problem of checkQualifiedName(key ?? ''))
      problems.invalid(`${at}.key`, key, problem);
    for (const [v, text] of list(values).entries()) {
      checkName(text, checkLabelValue, `${at}.values[${v}]`, problems);
    }
  }
}

/** Whether it says of every object if it is selected: what is wrong with its words is one matter. */
export function isReadableSelector(value: unknown): boolean {
  const scratch = new Problems();
  labelSelector(value, '', scratch);
  return scratch.causes.length === 0;
}

export function isEmptySelector(value: unknown): boolean {
  if (!isRecord(value)) return true;
  const { matchLabels, matchExpressions } = value as LabelSelectorObject;
  return Object.keys(record(matchLabels) ?? {}).length === 0 && list(matchExpressions).length === 0;
}

/** False only for a selector that can be read and does not match. */
export function selects(selector: unknown, template: unknown): boolean {
  if (!isRecord(selector) || !isReadableSelector(selector)) return true;
  try {
    const own = isRecord(template) ? (template as Record<string, string>) : {};
    return matchesLabels(labelSelectorOf(selector as LabelSelectorObject), own);
  } catch {
    return true;
  }
}

/** Equality of two JSON values, for what may not change. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((entry, i) => same(entry, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return (a ?? undefined) === (b ?? undefined);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => same(a[key], b[key]));
}

/** Says so where a field that may not change has changed. */
export function immutable(
  next: unknown,
  previous: unknown,
  field: string,
  problems: Problems,
): void {
  if (!same(next, previous)) problems.invalid(field, next, 'field is immutable');
}
