/**
 * The colours that programs write into their logs (SGR escape sequences), as classes. Everything
 * else that a terminal would obey (moving the cursor, titles, links) is left out: a log is text.
 */
export interface Span {
  text: string;
  /** `fg1` … `fg15`, `bold`, `dim`, `italic`, `underline`. */
  classes: string[];
}

// CSI sequences, OSC sequences (ended by BEL or ST), and lone escapes of two characters.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what escape sequences are
  /\u001b\[([0-9;:]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]|\u001b/g;

/** Splits a line at its colour changes. A line without escapes comes back as one span. */
export function parseAnsi(line: string): Span[] {
  if (!line.includes('\u001b')) return [{ text: line, classes: [] }];
  const spans: Span[] = [];
  let style: string[] = [];
  let last = 0;
  for (const match of line.matchAll(escapes)) {
    if (match.index > last) spans.push({ text: line.slice(last, match.index), classes: style });
    last = match.index + match[0].length;
    if (match[2] === 'm') style = restyle(style, match[1] ?? '');
  }
  if (last < line.length) spans.push({ text: line.slice(last), classes: style });
  return spans.length === 0 ? [{ text: '', classes: [] }] : spans;
}

const switches: Record<number, string> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline' };
const endings: Record<number, string[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
};

function restyle(style: readonly string[], parameters: string): string[] {
  let next = [...style];
  const codes = parameters.split(/[;:]/).map(Number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    const on = switches[code];
    const off = endings[code];
    if (code === 0) next = [];
    else if (on !== undefined) next = [...next.filter((name) => name !== on), on];
    else if (off !== undefined) next = next.filter((name) => !off.includes(name));
    else if (code === 38 || code === 48) {
      // 256 colours and true colours: only the sixteen of the theme are shown.
      const isIndexed = codes[i + 1] === 5;
      const index = codes[i + 2] ?? 0;
      if (code === 38) next = coloured(next, isIndexed && index < 16 ? index : undefined);
      i += isIndexed ? 2 : 4;
    } else if (code >= 30 && code <= 37) next = coloured(next, code - 30);
    else if (code >= 90 && code <= 97) next = coloured(next, code - 90 + 8);
    else if (code === 39) next = coloured(next, undefined);
  }
  return next;
}

function coloured(style: readonly string[], colour: number | undefined): string[] {
  const rest = style.filter((name) => !/^fg\d/.test(name));
  return colour === undefined ? rest : [...rest, `fg${colour}`];
}
