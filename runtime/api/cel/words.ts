/** What is wrong with an expression, in the words of the original's library (cel-go). */
import { TypeError as CheckError, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import type { Rewritten } from './rewrite.ts';

/** A node of the library's syntax tree, as far as errors are placed by it. */
interface Place {
  readonly op?: string;
  readonly args?: unknown;
  readonly pos?: number;
  readonly start?: number;
  readonly end?: number;
  readonly input?: string;
}
type Failure = InstanceType<typeof ParseError> | InstanceType<typeof CheckError>;

const primaries =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** `ERROR: <input>:1:6: undefined field 'b'\n | self.b\n | .....^` */
export function errorAt(source: string, at: number, what: string): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1);
  const text = source.split('\n')[line - 1] ?? '';
  return `ERROR: <input>:${line}:${column + 1}: ${what}\n | ${text}\n | ${'.'.repeat(column)}^`;
}

/** A function or type of this name is not there. */
export class UndeclaredError extends Error {
  readonly node: Place;

  constructor(name: string, node: Place) {
    super(`undeclared reference to '${name.replace(/_$/, '')}' (in container '')`);
    this.node = node;
  }
}

/** Why an expression cannot be compiled. */
export function compileWords(error: unknown, source: string, rewritten: Rewritten): string {
  if (error instanceof UndeclaredError) {
    const at = rewritten.sourceOf(placeOfNode(error.node, error.node.start ?? 0, rewritten.text));
    return errorAt(source, Math.min(at, source.length), error.message);
  }
  if (!(error instanceof ParseError || error instanceof CheckError)) {
    return errorAt(source, 0, error instanceof Error ? error.message : String(error));
  }
  const failure = error as Failure;
  const at = rewritten.sourceOf(placeOf(failure, rewritten.text));
  return errorAt(source, Math.min(at, source.length), meaningOf(failure, rewritten.text));
}

function placeOf(failure: Failure, text: string): number {
  const node = failure.node as Place | undefined;
  return placeOfNode(node, node?.start ?? failure.range?.start ?? 0, text);
}

/**
 * Where in the text that the library has read the original sees a node: at its operator, a call's parenthesis.
 * @param start where it begins
 */
export function placeOfNode(node: Place | undefined, start: number, text: string): number {
  const args = Array.isArray(node?.args) ? (node.args as unknown[]) : [];
  switch (node?.op) {
    case '.':
    case '.?':
      return Math.max(text.lastIndexOf('.', (node.pos ?? start) - 1), 0);
    case 'call':
      return text.indexOf('(', start);
    case 'rcall':
      return text.indexOf('(', text.indexOf(writtenName(args[0]), endOf(args[1], start)));
    case '[]':
    case '[?]':
      return text.indexOf('[', endOf(args[0], start));
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case 'in':
    case '&&':
    case '||':
      return text.indexOf(node.op, endOf(args[0], start));
    case '?:':
      return text.indexOf('?', endOf(args[0], start));
    default:
      return start;
  }
}

/** What environment.ts has replaced is written without the line after it. */
function writtenName(name: unknown): string {
  return String(name).replace(/_$/, '');
}

function endOf(node: unknown, otherwise: number): number {
  return (node as Place | undefined)?.end ?? otherwise;
}

function meaningOf(failure: Failure, text: string): string {
  const summary = failure.summary;
  const node = failure.node as Place | undefined;
  const args = Array.isArray(node?.args) ? (node.args as unknown[]) : [];
  const { start = 0, end = start } = failure.range ?? {};
  const found = start >= text.length ? '<EOF>' : text.slice(start, Math.max(end, start + 1));
  switch (failure.code) {
    case 'unknown_variable':
      return `undeclared reference to '${String(node?.args)}' (in container '')`;
    case 'no_such_key':
      return `undefined field '${summary.replace(/^No such key: /, '')}'`;
    case 'no_matching_overload':
      return overloadWords(summary, args);
    case 'no_such_overload':
      return operatorWords(summary);
    case 'cannot_index_type':
      return `type '${/'(.*)'/.exec(summary)?.[1] ?? ''}' does not support field selection`;
    case 'incompatible_ternary_branches': {
      const types = [...summary.matchAll(/'([^']*)'/g)].map((match) => match[1]);
      return `found no matching overload for '_?_:_' applied to '(bool, ${types.join(', ')})'`;
    }
    case 'invalid_logical_operand': {
      const type = /'([^']*)'/.exec(summary)?.[1] ?? '';
      return `expected type 'bool' but found '${type}'`;
    }
    case 'unexpected_token':
      return `Syntax error: mismatched input '${found}' expecting ${primaries}`;
    case 'expected_token':
      return expectedWords(summary, found, text, start);
    case 'unexpected_character':
      return /^[\w"'([{]/.test(found)
        ? `Syntax error: extraneous input '${found}' expecting <EOF>`
        : `Syntax error: token recognition error at: '${found}'`;
    case 'reserved_identifier':
      return `reserved identifier: ${summary.replace(/^Reserved identifier: /, '')}`;
    default:
      return failure instanceof ParseError ? `Syntax error: ${summary}` : summary;
  }
}

function expectedWords(summary: string, found: string, text: string, start: number): string {
  const wanted = /^Expected (\w+)/.exec(summary)?.[1] ?? '';
  const signs: Record<string, string> = {
    RPAREN: "')'",
    RBRACKET: "']'",
    RBRACE: "'}'",
    COLON: "':'",
  };
  if (wanted === 'IDENTIFIER') {
    const before = text.slice(0, start).trimEnd().slice(-1);
    return `Syntax error: no viable alternative at input '${before}${found === '<EOF>' ? '' : found}'`;
  }
  return found === '<EOF>'
    ? `Syntax error: missing ${signs[wanted] ?? wanted} at '<EOF>'`
    : `Syntax error: mismatched input '${found}' expecting ${signs[wanted] ?? wanted}`;
}

/** `found no matching overload for 'size' applied to 'string.(int)'` */
function overloadWords(summary: string, args: readonly unknown[]): string {
  const parts = /^found no matching overload for '(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(summary);
  if (parts === null) return summary;
  const [, receiver, , types = ''] = parts;
  const name = writtenName(args[0]);
  const on = receiver === undefined ? '' : `${receiver}.`;
  return `found no matching overload for '${name}' applied to '${on}(${types})'`;
}

/** `found no matching overload for '_+_' applied to '(int, string)'` */
function operatorWords(summary: string): string {
  const unary = /^no such overload: ([!-])(.+)$/.exec(summary);
  if (unary !== null) {
    const name = unary[1] === '!' ? '!_' : '-_';
    return `found no matching overload for '${name}' applied to '(${unary[2]})'`;
  }
  const parts = /^no such overload: (.+) (\S+) (.+)$/.exec(summary);
  if (parts === null) return summary;
  const [, left, operator, right] = parts;
  const name = operator === 'in' ? '@in' : `_${operator}_`;
  return `found no matching overload for '${name}' applied to '(${left}, ${right})'`;
}

/** Why an evaluation has failed: `no such key: a`, `index out of bounds: 3`, `division by zero`. */
export function runtimeWords(error: unknown): string {
  if (!(error instanceof EvaluationError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const { code, summary } = error;
  switch (code) {
    case 'no_such_key':
      return summary.replace(/^No such key: /, 'no such key: ');
    case 'index_out_of_bounds':
      return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`;
    case 'no_such_overload':
    case 'no_matching_overload':
    case 'invalid_logical_operand':
    case 'invalid_condition_type':
      return 'no such overload';
    case 'numeric_overflow':
      return 'integer overflow';
    case 'modulo_by_zero':
      return 'modulus by zero';
    case 'unknown_variable':
      return `no such attribute(s): ${summary.replace(/^Unknown variable: /, '')}`;
    default:
      return summary;
  }
}
