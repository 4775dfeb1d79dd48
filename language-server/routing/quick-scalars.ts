/**
 * Scalars of plain YAML for quick-yaml.ts. Each function gives `undefined` where the text is not so
 * plain that it can be read without the full parser.
 */

/** Where the line at `from` ends: before its `\r\n` or `\n`, or at the end of the text. */
export function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  if (newline < 0) return text.length;
  return newline > from && text.charCodeAt(newline - 1) === 13 ? newline - 1 : newline;
}

/** Where the line after the one that ends at `end` begins. */
export function nextLine(text: string, end: number): number {
  if (end >= text.length) return text.length;
  return end + (text.charCodeAt(end) === 13 ? 2 : 1);
}

/** First character at or after `from` that is no space. */
export function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 32) at += 1;
  return at;
}

export interface ScalarText {
  readonly value: string;
  /** After its last character. */
  readonly end: number;
}

/**
 * Lines that follow each other within one scalar, as YAML folds them: a line break is a space, and
 * each empty line a line break.
 */
export function fold(lines: readonly string[]): string {
  let result = lines[0] ?? '';
  let empty = 0;
  for (const line of lines.slice(1)) {
    if (line === '') empty += 1;
    else {
      result += (empty === 0 ? ' ' : '\n'.repeat(empty)) + line;
      empty = 0;
    }
  }
  return result;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
  '0': '\0',
};

/** Of the quote that closes what is opened at `start`; -1 where there is none before `limit`. */
export function closingQuote(text: string, start: number, limit: number): number {
  let close = start + 1;
  if (text[start] === "'") {
    for (;;) {
      close = text.indexOf("'", close);
      if (close < 0 || close >= limit) return -1;
      if (text[close + 1] !== "'") return close;
      close += 2;
    }
  }
  for (; close < limit; close++) {
    const code = text.charCodeAt(close);
    if (code === 34) return close;
    if (code === 92) close += 1;
  }
  return -1;
}

/** In quotes, on one line. */
export function quotedOnLine(text: string, start: number, limit: number): ScalarText | undefined {
  const close = closingQuote(text, start, limit);
  if (close < 0) return undefined;
  const inner = text.slice(start + 1, close);
  const end = close + 1;
  if (text[start] === "'") {
    return { value: inner.includes("'") ? inner.replaceAll("''", "'") : inner, end };
  }
  const value = inner.includes('\\') ? unescaped(inner) : inner;
  return value === undefined ? undefined : { value, end };
}

function unescaped(inner: string): string | undefined {
  let known = true;
  const value = inner.replace(
    /\\(?:u([\da-fA-F]{4})|(.))/g,
    (_, code: string | undefined, letter: string) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      const meant = escapes[letter];
      if (meant === undefined) known = false;
      return meant ?? '';
    },
  );
  return known ? value : undefined;
}

/** In single quotes, over several lines, each further one right of `indent`. */
export function singleQuotedLines(
  text: string,
  start: number,
  indent: number,
): ScalarText | undefined {
  let close = start + 1;
  for (;;) {
    close = text.indexOf("'", close);
    if (close < 0) return undefined;
    if (text[close + 1] !== "'") break;
    close += 2;
  }
  const inner = text.slice(start + 1, close);
  if (inner.includes('\t')) return undefined;
  const lines = inner.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const isBlank = /^ *$/.test(line);
    if (index > 0 && !isBlank && line.search(/[^ ]/) <= indent) return undefined;
    // The ends of the first and the last line count; what is blank there takes more care.
    if (isBlank && (index === 0 || index === lines.length - 1)) return undefined;
  }
  const last = lines.length - 1;
  const trimmed = lines.map((line, index) => {
    const left = index === 0 ? line : line.replace(/^ +/, '');
    return index === last ? left : left.replace(/ +$/, '');
  });
  return { value: fold(trimmed).replaceAll("''", "'"), end: close + 1 };
}

/** `|`, `|-`, `>` or `>-` and the lines below it, right of `parent`. */
export function blockScalar(text: string, start: number, parent: number): ScalarText | undefined {
  const isFolded = text[start] === '>';
  let at = start + 1;
  const isStripped = text[at] === '-';
  if (isStripped) at += 1;
  const headerEnd = lineEnd(text, at);
  if (skipSpaces(text, at) !== headerEnd) return undefined;
  const lines: string[] = [];
  let indent = -1;
  let end = -1;
  let widestBlank = 0;
  let line = nextLine(text, headerEnd);
  let blanks = 0;
  while (line < text.length) {
    const first = skipSpaces(text, line);
    const stop = lineEnd(text, first);
    if (first === stop) {
      blanks += 1;
      widestBlank = Math.max(widestBlank, first - line);
      // Text that ends in spaces has no end of line to leave out.
      if (stop === text.length) return undefined;
    } else {
      if (indent < 0) {
        indent = first - line;
        if (indent <= parent || widestBlank > indent) return undefined;
      }
      if (first - line < indent) break;
      // An empty line with more spaces than the others keeps them.
      if (widestBlank > indent) return undefined;
      for (; blanks > 0; blanks--) lines.push('');
      lines.push(text.slice(line + indent, stop));
      end = nextLine(text, stop);
    }
    line = nextLine(text, stop);
  }
  if (indent < 0 || widestBlank > indent) return undefined;
  const value = isFolded ? foldBlock(lines) : lines.join('\n');
  if (value === undefined) return undefined;
  return { value: isStripped ? value : `${value}\n`, end };
}

/** Lines that are indented further keep their line breaks; those are left to the full parser. */
function foldBlock(lines: readonly string[]): string | undefined {
  if (lines[0] === '' || lines.some((line) => /^[ \t]/.test(line))) return undefined;
  return fold(lines);
}
