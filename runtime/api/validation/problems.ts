/**
 * What is wrong with an object, one StatusCause each, in the words of the original: kubectl prints
 * them as they are, and scripts look for them.
 */
import { goJson } from '../go-text.ts';
import type { SoundSpecs } from '../recent-texts.ts';
import type { StatusCause } from '../status.ts';

type Reason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError';

/** Gathers problems; `field` is a path such as `spec.template.spec.containers[0].name`. */
export class Problems {
  readonly causes: StatusCause[] = [];
  /** Pod specs that need no second look. */
  readonly sound: SoundSpecs | undefined;

  constructor(sound?: SoundSpecs) {
    this.sound = sound;
  }

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, 'Required value', detail);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${print(value)}`, detail);
  }

  /** A value that is none of `supported`. */
  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const values = supported.map((each) => JSON.stringify(each)).join(', ');
    this.#add(
      'FieldValueNotSupported',
      field,
      `Unsupported value: ${print(value)}`,
      `supported values: ${values}`,
    );
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, 'Forbidden', detail);
  }

  duplicate(field: string, value: unknown, detail = ''): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${print(value)}`, detail);
  }

  notFound(field: string, value: unknown, detail = ''): void {
    this.#add('FieldValueNotFound', field, `Not found: ${print(value)}`, detail);
  }

  /** `limit` in bytes. */
  tooLong(field: string, limit: number): void {
    this.#add('FieldValueTooLong', field, 'Too long', `may not be more than ${limit} bytes`);
  }

  tooMany(field: string, count: number, limit: number): void {
    const items = limit === 1 ? 'item' : 'items';
    const detail = `must have at most ${limit} ${items}`;
    this.#add('FieldValueTooMany', field, `Too many: ${count}`, detail);
  }

  /** What could not even be judged. */
  internal(field: string, detail: string): void {
    this.#add('InternalError', field, 'Internal error', detail);
  }

  #add(reason: Reason, field: string, what: string, detail = ''): void {
    this.causes.push({ reason, message: detail === '' ? what : `${what}: ${detail}`, field });
  }
}

/** Texts in quotes, lists and objects as JSON: https://github.com/kubernetes/kubernetes/pull/132314 */
function print(value: unknown): string {
  if (value === undefined) return 'null';
  return typeof value === 'object' ? goJson(value) : JSON.stringify(value);
}
