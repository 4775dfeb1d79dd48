/**
 * Label and field selectors: parsed from their query form, made from LabelSelector objects, matched,
 * and written back.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */

import { goQuote } from './go-text.ts';
import { checkLabelValue, checkQualifiedName } from './validation/names.ts';

export type Operator =
  | '='
  | '!='
  | 'In'
  | 'NotIn'
  | 'Exists'
  | 'DoesNotExist'
  | 'GreaterThan'
  | 'LessThan';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** One for = and !=, none for (not) existing, a whole number for the comparisons. */
  readonly values: readonly string[];
}

/** All requirements must hold; none at all selects everything. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
  /** True for the selector of an absent object, which selects nothing. */
  readonly nothing?: boolean;
}

/** The LabelSelector object of meta/v1, as in `spec.selector`. */
export interface LabelSelectorObject {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

export const everything: LabelSelector = { requirements: [] };
export const nothing: LabelSelector = { requirements: [], nothing: true };

/** Why a selector could not be read; the message says where. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const labelName = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;
const labelPrefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** True for `app` and `example.com/app`. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  if (name.length > 63 || !labelName.test(name)) return false;
  return slash < 0 || (slash <= 253 && labelPrefix.test(key.slice(0, slash)));
}

/** True for the empty value and for at most 63 characters that begin and end with a letter or digit. */
export function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && labelName.test(value));
}

/**
 * Reads `app=web,tier in (a, b),!old`.
 * @throws SelectorError
 */
export function parseLabelSelector(text: string): LabelSelector {
  return { requirements: new LabelParser(text).all() };
}

/** The selector that a LabelSelector object means; an absent one selects nothing, `{}` everything. */
export function labelSelectorOf(object: LabelSelectorObject | undefined): LabelSelector {
  if (object === undefined) return nothing;
  const requirements: Requirement[] = Object.entries(object.matchLabels ?? {}).map(
    ([key, value]) => ({ key, operator: '=', values: [value] }),
  );
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    if (!isExpressionOperator(operator)) {
      throw new SelectorError(`"${operator}" is not a valid label selector operator`);
    }
    requirements.push({ key, operator, values: values ?? [] });
  }
  return { requirements };
}

function isExpressionOperator(operator: string): operator is Operator {
  return ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator);
}

/** The selector of plain `key: value` pairs, as in a Service's `spec.selector`. */
export function labelSelectorOfMap(labels: Readonly<Record<string, string>>): LabelSelector {
  return labelSelectorOf({ matchLabels: labels });
}

export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (selector.nothing === true) return false;
  const own = labels ?? {};
  return selector.requirements.every((requirement) => meets(requirement, own));
}

function meets(
  { key, operator, values }: Requirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'In':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'GreaterThan':
    case 'LessThan':
      return comparesTo(value, operator, values[0]);
  }
}

/** Whole numbers only; anything else does not match. */
function comparesTo(
  value: string | undefined,
  operator: 'GreaterThan' | 'LessThan',
  bound: string | undefined,
): boolean {
  if (value === undefined || bound === undefined || !/^[+-]?\d+$/.test(value)) return false;
  return operator === 'GreaterThan' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

/** The query form; requirements are sorted by key as the original prints them. */
export function formatLabelSelector(selector: LabelSelector): string {
  return [...selector.requirements]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(formatRequirement)
    .join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case '=':
    case '!=':
      return `${key}${operator}${values[0] ?? ''}`;
    case 'In':
      return `${key} in (${[...values].sort().join(',')})`;
    case 'NotIn':
      return `${key} notin (${[...values].sort().join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'GreaterThan':
      return `${key}>${values[0]}`;
    case 'LessThan':
      return `${key}<${values[0]}`;
  }
}

const tokenPattern = /\s*(?:(==|=|!=|!|\(|\)|,|>|<)|([^\s=!(),<>]+))/y;

/** A hand-written descent over the tokens; words may be keys, values, or the operators in and notin. */
class LabelParser {
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(text: string) {
    tokenPattern.lastIndex = 0;
    while (text.slice(tokenPattern.lastIndex).trim() !== '') {
      const at = tokenPattern.lastIndex;
      const match = tokenPattern.exec(text);
      if (match === null) throw this.#error(`unexpected '${text.slice(at).trim()}'`);
      this.#tokens.push(match[1] ?? match[2] ?? '');
    }
  }

  all(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#tokens.length === 0) return requirements;
    for (;;) {
      if (/^[=><(),]/.test(this.#peek() ?? '')) {
        const expected = "expected: !, identifier, or 'end of string'";
        throw new SelectorError(`found '${this.#peek()}', ${expected}`);
      }
      requirements.push(this.#requirement());
      const token = this.#take();
      if (token === undefined) return requirements;
      if (token !== ',') {
        throw new SelectorError(`found '${token}', expected: ',' or 'end of string'`);
      }
      const next = this.#peek();
      if (next === undefined || /^[=><(),]/.test(next)) {
        throw new SelectorError(`found '${next ?? ''}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek() === '!';
    if (negated) this.#take();
    const key = this.#key();
    const operator = this.#peek();
    if (negated || operator === undefined || operator === ',') {
      return { key, operator: negated ? 'DoesNotExist' : 'Exists', values: [] };
    }
    this.#take();
    switch (operator) {
      case '=':
      case '==':
        return { key, operator: '=', values: this.#checked(key, [this.#value()]) };
      case '!=':
        return { key, operator: '!=', values: this.#checked(key, [this.#value()]) };
      case '>':
      case '<':
        return this.#comparison(key, operator);
      case 'in':
        return { key, operator: 'In', values: this.#checked(key, this.#values()) };
      case 'notin':
        return { key, operator: 'NotIn', values: this.#checked(key, this.#values()) };
      default:
        throw this.#error(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #key(): string {
    const key = this.#take();
    if (key === undefined || /^[=!<>(),]/.test(key)) {
      throw this.#error(`found '${key ?? ''}', expected: identifier`);
    }
    const problems = checkQualifiedName(key);
    if (problems.length > 0) throw this.#invalid('<nil>', key, problems);
    return key;
  }

  /** Nothing at all is the empty value: `key=` */
  #value(): string {
    const token = this.#peek();
    if (token === undefined || token === ',') return '';
    this.#take();
    if (/^[=!<>()]/.test(token)) throw this.#error(`found '${token}', expected: identifier`);
    return token;
  }

  #comparison(key: string, operator: '>' | '<'): Requirement {
    const value = this.#take() ?? '';
    if (!/^-?\d+$/.test(value)) {
      const why = "for 'Gt', 'Lt' operators, the value must be an integer";
      throw this.#invalid('values[0]', value, [why]);
    }
    return { key, operator: operator === '>' ? 'GreaterThan' : 'LessThan', values: [value] };
  }

  #values(): string[] {
    const open = this.#take();
    if (open !== '(') throw this.#error(`found '${open ?? ''}' expected: '('`);
    const values = new Set<string>();
    if (this.#peek() === undefined) {
      throw this.#error("found '', expected: ',', ')' or identifier");
    }
    for (;;) {
      const token = this.#peek();
      if (token === ',' || token === ')') values.add('');
      else values.add(this.#take() ?? '');
      const end = this.#take();
      if (end === ')') return [...values].sort();
      if (end !== ',') throw this.#error(`found '${end ?? ''}', expected: ',' or ')'`);
    }
  }

  #checked(key: string, values: string[]): string[] {
    const problems = values.flatMap((value, index) => {
      const why = checkLabelValue(value);
      return why.length === 0 ? [] : [this.#about(`values[${index}][${key}]`, value, why)];
    });
    const [first = ''] = problems;
    if (problems.length > 1) throw this.#error(`[${problems.join(', ')}]`);
    if (problems.length > 0) throw this.#error(first);
    return values;
  }

  #invalid(field: string, value: string, problems: readonly string[]): SelectorError {
    return this.#error(this.#about(field, value, problems));
  }

  #about(field: string, value: string, problems: readonly string[]): string {
    return `${field}: Invalid value: ${goQuote(value)}: ${problems.join('; ')}`;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(): string | undefined {
    return this.#tokens[this.#next++];
  }

  #error(message: string): SelectorError {
    return new SelectorError(`unable to parse requirement: ${message}`);
  }
}

export interface FieldRequirement {
  /** `metadata.name`, `status.phase`, … */
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/**
 * Reads `metadata.name=web,status.phase!=Running`; a backslash takes `,`, `=` or `\` as it is.
 * @throws SelectorError
 */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return splitUnescaped(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!]*?)(!=|==|=)((?:\\.|[^\\=])*)$/s.exec(term);
      if (match === null) {
        throw new SelectorError(`invalid selector: '${term}'; can't understand '${term}'`);
      }
      const [, field = '', operator, value = ''] = match;
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value, text) };
    });
}

function splitUnescaped(text: string): string[] {
  return text.match(/(?:\\.|[^\\,])+/gs) ?? [];
}

function unescapeValue(value: string, text: string): string {
  return value.replace(/\\(.)/gs, (_, char: string) => {
    if (!',=\\'.includes(char)) {
      throw new SelectorError(
        `invalid field selector: invalid escape sequence \\${char} in ${text}`,
      );
    }
    return char;
  });
}

export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}

/** True if every requirement holds; `fieldOf` gives a field's value, empty where there is none. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  fieldOf: (field: string) => string,
): boolean {
  return requirements.every(
    ({ field, operator, value }) => (fieldOf(field) === value) === (operator === '='),
  );
}
