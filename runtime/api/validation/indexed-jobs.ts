/** Jobs whose pods are numbered: how many may fail, and which must succeed. */
import type { batch } from '../types.ts';
import type { Problems } from './problems.ts';
import { indexed, list, notNegative, record } from './values.ts';

const mostIndexes = 100_000;
/** Above `mostIndexes` completions, of the pods at a time and of the failed indexes. */
const mostOfMany = 10_000;

/** What hangs on whether the completions are numbered. */
export function validateIndexes(spec: batch.JobSpec, field: string, problems: Problems): void {
  const { backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    problems.required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  }
  const success = record(spec.successPolicy);
  if (spec.completionMode === 'Indexed') {
    validateNumbers(spec, field, problems);
    if (success !== undefined) {
      validateSuccess(success, spec.completions ?? 0, `${field}.successPolicy`, problems);
    }
    return;
  }
  const why = 'requires indexed completion mode';
  for (const [name, value] of Object.entries({ backoffLimitPerIndex, maxFailedIndexes })) {
    if (value !== undefined) problems.invalid(`${field}.${name}`, value, why);
  }
  if (success !== undefined) problems.invalid(`${field}.successPolicy`, success, why);
}

function validateNumbers(spec: batch.JobSpec, field: string, problems: Problems): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec;
  if (completions === undefined) {
    problems.required(`${field}.completions`, 'when completion mode is Indexed');
  }
  if (parallelism > mostIndexes) {
    const why = `must be less than or equal to ${mostIndexes} when completion mode is Indexed`;
    problems.invalid(`${field}.parallelism`, parallelism, why);
  }
  const at = `${field}.maxFailedIndexes`;
  if (completions !== undefined && failed !== undefined && failed > completions) {
    problems.invalid(at, failed, 'must be less than or equal to completions');
  }
  if (failed !== undefined && failed > mostIndexes) {
    problems.invalid(at, failed, `must be less than or equal to ${mostIndexes}`);
  }
  if ((completions ?? 0) <= mostIndexes || spec.backoffLimitPerIndex === undefined) return;
  const why = `must be less than or equal to ${mostOfMany} when completions are above ${mostIndexes} and used with backoff limit per index`;
  if (failed === undefined) {
    problems.required(at, `must be specified when completions is above ${mostIndexes}`);
  } else if (failed > mostOfMany) problems.invalid(at, failed, why);
  if (parallelism > mostOfMany) problems.invalid(`${field}.parallelism`, parallelism, why);
}

const mostRules = 20;
/** Bytes. */
const longestIndexes = 64 * 1024;

function validateSuccess(
  { rules }: batch.SuccessPolicy,
  completions: number,
  field: string,
  problems: Problems,
): void {
  const count = list(rules).length;
  if (count === 0) {
    const why = 'at least one rules must be specified when the successPolicy is specified';
    problems.required(`${field}.rules`, why);
  }
  if (count > mostRules) problems.tooMany(`${field}.rules`, count, mostRules);
  for (const [i, rule] of indexed(rules)) {
    validateSuccessRule(rule, completions, `${field}.rules[${i}]`, problems);
  }
}

function validateSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: batch.SuccessPolicyRule,
  completions: number,
  field: string,
  problems: Problems,
): void {
  if (count === undefined && indexes === undefined) {
    const why = 'at least one of succeededCount or succeededIndexes must be specified';
    problems.required(field, why);
  }
  let total: number | undefined;
  const at = `${field}.succeededIndexes`;
  if (indexes !== undefined && indexes.length > longestIndexes) {
    problems.tooLong(at, longestIndexes);
  } else if (indexes !== undefined) {
    const read = readIndexes(indexes, completions);
    if (typeof read === 'number') total = read;
    else problems.invalid(at, indexes, `error parsing succeededIndexes: ${read}`);
  }
  if (count === undefined) return;
  notNegative(count, `${field}.succeededCount`, problems);
  const most = (limit: number, what: string) => {
    const why = `must be less than or equal to ${limit} (the number of ${what})`;
    if (count > limit) problems.invalid(`${field}.succeededCount`, count, why);
  };
  most(completions, 'specified completions');
  if (total !== undefined) most(total, 'indexes in the specified succeededIndexes field');
}

/** How many indexes `0,2-4` names, or what is wrong with it. */
function readIndexes(text: string, completions: number): number | string {
  let last = -1;
  let total = 0;
  for (const interval of text === '' ? [] : text.split(',')) {
    const ends = interval.split('-');
    if (ends.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    for (const [i, end] of ends.entries()) {
      const shown = JSON.stringify(end);
      if (!/^[+-]?\d+$/.test(end)) return `cannot convert string to integer for index: ${shown}`;
      const index = Number(end);
      if (index >= completions) return `too large index: ${shown}`;
      if (last >= index) return `non-increasing order, previous: ${last}, current: ${index}`;
      total += i === 0 ? 1 : index - last;
      last = index;
    }
  }
  return total;
}
