/**
 * Why a text is no JSON, in the words of the original's decoder, which people search the web for:
 * `invalid character '}' looking for beginning of value`.
 * https://pkg.go.dev/encoding/json#SyntaxError
 */

const whitespace = ' \t\r\n';
const end = 'unexpected end of JSON input';

/** What is wrong with a text that JSON.parse refuses. */
export function jsonProblem(text: string): string {
  try {
    const reader = new Reader(text);
    reader.value();
    reader.space();
    if (reader.at < text.length) reader.fail('after top-level value');
  } catch (problem) {
    if (problem instanceof Problem) return problem.message;
    throw problem;
  }
  return end;
}

class Problem extends Error {}

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fail(where: string): never {
    const character = String.fromCodePoint(this.#text.codePointAt(this.at) ?? 0);
    const shown =
      character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${quoted(character)}'`;
    throw new Problem(`invalid character ${shown} ${where}`);
  }

  space(): void {
    while (this.at < this.#text.length && whitespace.includes(this.#text.charAt(this.at)))
      this.at++;
  }

  /** The next character that is no space; throws at the end of the text. */
  #next(): string {
    this.space();
    return this.#here();
  }

  #here(): string {
    if (this.at >= this.#text.length) throw new Problem(end);
    return this.#text.charAt(this.at);
  }

  /** Values within values, without a stack: the text may be as deep as it is long. */
  value(): void {
    const open: ('{' | '[')[] = [];
    for (;;) {
      const first = this.#next();
      if (first === '{') {
        this.at++;
        if (this.#next() !== '}') {
          this.#name('looking for beginning of object key string');
          open.push('{');
          continue;
        }
        this.at++;
      } else if (first === '[') {
        this.at++;
        if (this.#next() !== ']') {
          open.push('[');
          continue;
        }
        this.at++;
      } else {
        this.#scalar(first);
      }
      if (!this.#afterValue(open)) return;
    }
  }

  /** Closes what ends here; true if another value follows. */
  #afterValue(open: ('{' | '[')[]): boolean {
    for (;;) {
      const within = open.at(-1);
      if (within === undefined) return false;
      const next = this.#next();
      if (next === ',') {
        this.at++;
        if (within === '{') {
          this.#next();
          this.#name('looking for beginning of object key string');
        }
        return true;
      }
      if (next !== (within === '{' ? '}' : ']')) {
        this.fail(within === '{' ? 'after object key:value pair' : 'after array element');
      }
      this.at++;
      open.pop();
    }
  }

  #name(where: string): void {
    if (this.#here() !== '"') this.fail(where);
    this.#string();
    if (this.#next() !== ':') this.fail('after object key');
    this.at++;
  }

  #scalar(first: string): void {
    if (first === '"') this.#string();
    else if (first === '-' || (first >= '0' && first <= '9')) this.#number(first);
    else if (first === 't') this.#literal('true');
    else if (first === 'f') this.#literal('false');
    else if (first === 'n') this.#literal('null');
    else this.fail('looking for beginning of value');
  }

  #literal(word: string): void {
    for (let index = 0; index < word.length; index++, this.at++) {
      if (this.#here() !== word[index]) {
        this.fail(`in literal ${word} (expecting '${word[index]}')`);
      }
    }
  }

  #string(): void {
    for (this.at++; ; this.at++) {
      const character = this.#here();
      if (character === '"') break;
      if (character < ' ') this.fail('in string literal');
      if (character === '\\') this.#escape();
    }
    this.at++;
  }

  #escape(): void {
    this.at++;
    const kind = this.#here();
    if (!'"\\/bfnrtu'.includes(kind)) this.fail('in string escape code');
    for (let digits = kind === 'u' ? 4 : 0; digits > 0; digits--) {
      this.at++;
      if (!/[0-9a-fA-F]/.test(this.#here())) this.fail('in \\u hexadecimal character escape');
    }
  }

  #number(first: string): void {
    if (first === '-') {
      this.at++;
      this.#digit('in numeric literal');
    }
    if (this.#here() === '0') this.at++;
    else this.#digits();
    if (this.#is('.')) {
      this.at++;
      this.#digit('after decimal point in numeric literal');
      this.#digits();
    }
    if (this.#is('e') || this.#is('E')) {
      this.at++;
      if ('+-'.includes(this.#here())) this.at++;
      this.#digit('in exponent of numeric literal');
      this.#digits();
    }
  }

  #is(character: string): boolean {
    return this.#text.charAt(this.at) === character;
  }

  #digit(where: string): void {
    if (!/[0-9]/.test(this.#here())) this.fail(where);
  }

  #digits(): void {
    while (/[0-9]/.test(this.#text.charAt(this.at))) this.at++;
  }
}

/** As Go quotes a character. */
function quoted(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const named: Record<number, string> = {
    7: 'a',
    8: 'b',
    9: 't',
    10: 'n',
    11: 'v',
    12: 'f',
    13: 'r',
  };
  if (character === '\\') return '\\\\';
  if (named[code] !== undefined) return `\\${named[code]}`;
  return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, '0')}` : character;
}
