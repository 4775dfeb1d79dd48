/**
 * Of the errors of YAML's parser, those that are mistakes, in words and at places that help: the parser
 * tells of what it stumbles over after a mistake, too, and often where it noticed rather than where it is.
 */
import { visit } from 'yaml';
import type { SyntaxProblem } from './syntax-problems.ts';
import type { YamlDocument } from './yaml-text.ts';

/** Longer lines are nobody's slip of a colon. */
const longestLine = 500;
/** To find the place of one, lines above are looked at; a text with more mistakes is none of YAML. */
const mostTold = 20;

/** What says nothing about how the text is built, so that what comes after is read rightly. */
const harmless = new Set(['DUPLICATE_KEY', 'UNKNOWN_ALIAS', 'BAD_DQ_ESCAPE']);
/** What is a mistake on its own line, whatever came before. */
const onItsOwn = new Set(['TAB_AS_INDENT', 'MULTILINE_IMPLICIT_KEY', 'BAD_DQ_ESCAPE']);

/** The mistakes behind the parser's errors, in the order of the text. */
export function mistakesIn(
  found: readonly SyntaxProblem[],
  document: YamlDocument,
  source: string,
): SyntaxProblem[] {
  const lines = new Lines(source);
  const kept: SyntaxProblem[] = [];
  const tabs = new Set(
    found.filter(({ code }) => code === 'TAB_AS_INDENT').map(({ start }) => lines.of(start)),
  );
  let lastLine: number | undefined;
  let repeated: number | undefined;
  for (const problem of found.toSorted((a, b) => a.start - b.start)) {
    const line = lines.of(problem.start);
    if (problem.code === 'DUPLICATE_KEY') {
      // All fields of an item whose dash was left out are given twice.
      const isNext = repeated !== undefined && line === repeated + 1;
      repeated = line;
      if (!isNext) kept.push(problem);
      else if (kept.at(-1)?.code === 'DUPLICATE_KEY') kept.push(withDash(kept.pop() ?? problem));
      continue;
    }
    const begun = badBeginning(problem, lines);
    if (begun !== undefined) {
      if (line !== lastLine) kept.push({ ...begun, from: problem.start });
      lastLine = line;
      continue;
    }
    if (problem.severity === 'warning' || harmless.has(problem.code)) {
      kept.push(problem);
      continue;
    }
    const isTab = problem.code === 'TAB_AS_INDENT';
    if (!isTab && (tabs.has(line) || tabs.has(line + 1))) continue;
    const follows = lastLine !== undefined && (!onItsOwn.has(problem.code) || line <= lastLine + 1);
    lastLine = Math.max(line, lastLine ?? 0);
    if (follows) continue;
    const better = kept.length < mostTold ? told(problem, document, lines) : problem;
    kept.push({ ...better, from: problem.start });
  }
  return kept;
}

const startsBadly = new Set(['UNKNOWN_ALIAS', 'BAD_ALIAS', 'BAD_SCALAR_START', 'UNEXPECTED_TOKEN']);
/** Every minute, every five of them, and what may not begin a value at all. */
const needsQuotes = /^(\s*(?:- +)*(?:[\w./-]+: +)?)(\*(?:\/\d+)?(?: .*?)?|[@`%].*?)(?:\s+#.*)?\s*$/;

/** `schedule: @daily`, and one that begins with a star and so with an alias. */
function badBeginning(problem: SyntaxProblem, lines: Lines): SyntaxProblem | undefined {
  if (!startsBadly.has(problem.code)) return undefined;
  const line = lines.of(problem.start);
  const text = lines.text(line);
  if (text.length > longestLine) return undefined;
  const [, before = '', value = ''] = needsQuotes.exec(text) ?? [];
  if (value === '') return undefined;
  const start = lines.end(line) - text.length + before.length;
  const message = `A value cannot begin with "${value[0]}" unless it is in quotes: "${value}"`;
  return { ...problem, start, end: start + value.length, message };
}

function withDash(problem: SyntaxProblem): SyntaxProblem {
  return {
    ...problem,
    message:
      'This field and the next are already given above; does a "- " belong before it, to begin another item?',
  };
}

function told(problem: SyntaxProblem, document: YamlDocument, lines: Lines): SyntaxProblem {
  switch (problem.code) {
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return (
        withoutColon(problem, lines) ??
        withoutSpace(problem, lines) ??
        unquoted(problem, lines) ??
        tooDeep(problem, lines) ??
        problem
      );
    case 'BAD_INDENT':
      return unlikeOthers(problem, lines);
    case 'MISSING_CHAR':
      // A field of which no more is written yet.
      return problem.message.startsWith('Implicit map keys')
        ? (withoutColon(problem, lines) ?? problem)
        : unclosed(problem, document, lines);
    default:
      return problem;
  }
}

/** `template` for `template:`, `name web` for `name: web`. */
function withoutColon(problem: SyntaxProblem, lines: Lines): SyntaxProblem | undefined {
  const line = lines.of(problem.start);
  const text = lines.text(line);
  if (text.length > longestLine) return undefined;
  const [, dash, name, value] = /^\s*(- +)*([A-Za-z][\w.-]*)( +[^\s:#][^:]*)?\s*$/.exec(text) ?? [];
  // An item that is one word is a whole item.
  if (name === undefined || (dash !== undefined && value === undefined)) return undefined;
  return { ...lines.at(problem, line), message: `There is no colon after the field: "${name}:"` };
}

/** `replicas:2` */
function withoutSpace(problem: SyntaxProblem, lines: Lines): SyntaxProblem | undefined {
  const line = lines.of(problem.start);
  const text = lines.text(line);
  if (text.length > longestLine) return undefined;
  const [, name, value] = /^\s*(?:- +)*([A-Za-z][\w.-]*):([^\s:/][^\s:]*)\s*$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  return {
    ...lines.at(problem, line),
    message: `There is no space after the colon: "${name}: ${value}"`,
  };
}

const twoColons = /^\s*(?:- +)*[A-Za-z][\w.-]*: +[^\s'"&*!{[|>#][^\s:]*:(?:\s|$)/;

/** `image: nginx: 1.25` */
function unquoted(problem: SyntaxProblem, lines: Lines): SyntaxProblem | undefined {
  const text = lines.text(lines.of(problem.start));
  if (text.length > longestLine || !twoColons.test(text)) return undefined;
  return {
    ...problem,
    message:
      'A colon with a space after it begins another field: put the value in quotes, or take the space out',
  };
}

/** `name: web` with a field below that is further in: the value is given already. */
function tooDeep(problem: SyntaxProblem, lines: Lines): SyntaxProblem | undefined {
  const line = lines.of(problem.start);
  const below = lines.after(line);
  if (below === undefined || lines.indent(below) <= lines.indent(line)) return undefined;
  return isOutOfLine(line, below, lines)
    ? { ...lines.at(problem, line), message: 'This line is further left than those it belongs to' }
    : {
        ...lines.at(problem, below),
        message: 'This line is further in than the field above it, which has its value already',
      };
}

/** Whether it is the line itself that is too far left, and not the one below it too far right. */
function isOutOfLine(line: number, below: number, lines: Lines): boolean {
  const above = lines.before(line);
  if (above === undefined) return false;
  // Between two lines of one column, or right below a field that has nothing else in it.
  if (lines.indent(above) === lines.indent(below)) return true;
  const isItem = lines.margin(line) !== lines.indent(line);
  const isAfterName = lines.margin(above) === lines.margin(line) && /:\s*$/.test(lines.text(above));
  if (isAfterName && !isItem) return true;
  return lines.margin(line) - lines.parentIndent(line) === 1;
}

/** The fields of an object begin in one column: either this one does not, or the first of them. */
function unlikeOthers(problem: SyntaxProblem, lines: Lines): SyntaxProblem {
  const line = lines.of(problem.start);
  const first = lines.firstOfBlock(line);
  const message = 'This line does not begin in the same column as the fields it belongs to';
  if (first === undefined) return { ...lines.at(problem, line), message };
  const parent = lines.parentIndent(line);
  const isFirstOdd =
    lines.indent(first) === lines.margin(first) &&
    lines.indent(first) - parent !== 2 &&
    lines.indent(line) - parent === 2;
  return { ...lines.at(problem, isFirstOdd ? first : line), message };
}

/** A quote that is never closed is missed at the end of the text; it was opened elsewhere. */
function unclosed(problem: SyntaxProblem, document: YamlDocument, lines: Lines): SyntaxProblem {
  const quote = /^Missing closing (["'])quote/.exec(problem.message)?.[1];
  if (quote === undefined) return problem;
  let opened: number | undefined;
  visit(document, {
    Scalar(_, { type, range }) {
      if (range == null || type?.startsWith('QUOTE') !== true) return undefined;
      // A field within the quotes: they were closed by the next that was to be opened.
      const [, ...more] = lines.between(range[0], range[1]).split('\n');
      const isOpen = range[1] >= problem.start - 1 || more.some((each) => aField.test(each));
      if (!isOpen) return undefined;
      opened = range[0];
      return visit.BREAK;
    },
  });
  if (opened === undefined) return problem;
  const end = lines.end(lines.of(opened));
  return { ...problem, start: opened, end, message: `This ${quote} is never closed` };
}

const aField = /^ *(?:- )?[\w.-]+:(?:\s|$)/;

/** A text as lines, counted from 0. */
class Lines {
  readonly #source: string;
  readonly #starts: number[] = [0];

  constructor(source: string) {
    this.#source = source;
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
      this.#starts.push(at + 1);
    }
  }

  of(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  text(line: number): string {
    return this.#source.slice(this.#starts[line], this.end(line));
  }

  end(line: number): number {
    const next = this.#starts[line + 1];
    const end = next === undefined ? this.#source.length : next - 1;
    return this.#source[end - 1] === '\r' ? end - 1 : end;
  }

  between(start: number, end: number): string {
    return this.#source.slice(start, end);
  }

  /** How far in the line begins. */
  margin(line: number): number {
    return /^\s*/.exec(this.text(line))?.[0].length ?? 0;
  }

  /** Where the first field of the line begins: behind the dashes of items. */
  indent(line: number): number {
    return /^\s*(?:- +)*/.exec(this.text(line))?.[0].length ?? 0;
  }

  isBlank(line: number): boolean {
    return /^\s*(?:#|$)/.test(this.text(line));
  }

  after(line: number): number | undefined {
    for (let next = line + 1; next < this.#starts.length; next++) {
      if (!this.isBlank(next)) return next;
    }
    return undefined;
  }

  before(line: number): number | undefined {
    for (let above = line - 1; above >= 0; above--) {
      if (!this.isBlank(above)) return above;
    }
    return undefined;
  }

  /** The line above that is further left; -2 where there is none, as if the text were within a field. */
  parentIndent(line: number): number {
    for (let above = line - 1; above >= 0; above--) {
      if (!this.isBlank(above) && this.indent(above) < this.indent(line)) return this.indent(above);
    }
    return -2;
  }

  /** The first line after the parent of a line, where none between is in the column of the line. */
  firstOfBlock(line: number): number | undefined {
    let first: number | undefined;
    for (let above = line - 1; above >= 0; above--) {
      if (this.isBlank(above)) continue;
      if (this.indent(above) < this.indent(line)) return first;
      if (this.indent(above) === this.indent(line)) return undefined;
      first = above;
    }
    return first;
  }

  /** The problem, as one of what is written on a line. */
  at(problem: SyntaxProblem, line: number): SyntaxProblem {
    const text = this.text(line);
    const begin = this.#starts[line] ?? 0;
    const start = begin + text.length - text.trimStart().length;
    return { ...problem, start, end: Math.max(start, begin + text.trimEnd().length) };
  }
}
