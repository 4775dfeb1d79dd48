/**
 * Brings into the library's grammar what it lacks: messages, and entries that are left out when they
 * are empty.
 *
 *   Object{spec: Object.spec{replicas: 3}}  →  newObject_("Object", {"spec": newObject_("Object.spec", {"replicas": 3})})
 *   [?object.?a, 1]                         →  folded_([entry_(object.?a), 1])
 *   {?"a": object.?a}                       →  folded_({"a": entry_(object.?a)})
 */

export interface Rewritten {
  readonly text: string;
  /** The place in the source of a place in `text`. */
  sourceOf(at: number): number;
}

interface Token {
  readonly type: 'name' | 'space' | 'string' | 'symbol';
  readonly text: string;
  readonly at: number;
}

interface Open {
  readonly kind: 'message' | 'map' | 'list' | 'other';
  /** What closes it besides its own bracket. */
  close: string;
  /** An entry begins here. */
  fresh: boolean;
  /** Where we are in an entry that may be left out. */
  optional: 'no' | 'key' | 'value';
  /** Where in the output the bracket begins: what wraps it is put there. */
  readonly start: number;
}

const tokens =
  /(\s+|\/\/[^\n]*)|([bB]?[rR]?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|[rR][bB]?(?:"[^"\n]*"|'[^'\n]*'))|([A-Za-z_]\w*)|([\s\S])/g;

export function rewrite(source: string): Rewritten {
  if (!/[\w.]\s*\{|[[{,]\s*\?/.test(source)) return { text: source, sourceOf: (at) => at };
  return new Rewriter().run(source);
}

class Rewriter {
  /** The pieces of the output, each with its place in the source. */
  readonly #pieces: { text: string; at: number }[] = [];
  readonly #open: Open[] = [];

  run(source: string): Rewritten {
    const list = tokenize(source);
    for (const [index, token] of list.entries()) this.#take(token, list, index);
    const pieces = this.#pieces;
    return {
      text: pieces.map(({ text }) => text).join(''),
      sourceOf(at) {
        let end = 0;
        for (const piece of pieces) {
          end += piece.text.length;
          if (at < end) return piece.at + Math.max(0, at - (end - piece.text.length));
        }
        return source.length;
      },
    };
  }

  #put(text: string, at: number): void {
    this.#pieces.push({ text, at });
  }

  #take(token: Token, list: readonly Token[], index: number): void {
    const top = this.#open.at(-1);
    if (token.type === 'space') {
      this.#put(token.text, token.at);
      return;
    }
    if (top?.fresh === true && token.text === '?' && top.kind !== 'other') {
      this.#beginOptional(top, token);
      return;
    }
    if (token.type === 'name' && top?.kind === 'message' && top.fresh) {
      top.fresh = false;
      this.#put(JSON.stringify(token.text), token.at);
      return;
    }
    const fresh = top?.fresh === true;
    if (top !== undefined) top.fresh = false;
    if (token.text === '{' && this.#beginMessage(token, list, index)) return;
    if (token.text === '{' || token.text === '[' || token.text === '(') {
      const indexes = token.text === '[' && !fresh && endsValue(list, index);
      const kind = token.text === '{' ? 'map' : token.text === '[' && !indexes ? 'list' : 'other';
      const start = this.#pieces.length;
      this.#put(token.text, token.at);
      this.#open.push({ kind, close: '', fresh: true, optional: 'no', start });
    } else if (token.text === '}' || token.text === ']' || token.text === ')') {
      this.#end(token);
    } else if (token.text === ',' && top !== undefined) {
      this.#endEntry(top, token);
      top.fresh = true;
      this.#put(token.text, token.at);
    } else if (token.text === ':' && top?.optional === 'key') {
      top.optional = 'value';
      this.#put(': entry_(', token.at);
    } else this.#put(token.text, token.at);
  }

  #beginOptional(top: Open, token: Token): void {
    top.optional = top.kind === 'list' ? 'value' : 'key';
    if (top.close === '' && top.kind !== 'message') {
      const bracket = this.#pieces[top.start];
      if (bracket !== undefined) bracket.text = `folded_(${bracket.text}`;
      top.close = ')';
    }
    if (top.kind === 'list') {
      this.#put('entry_(', token.at);
      top.fresh = false;
    }
  }

  /** `Name.of.type {`: the name has been put out already, and is taken back. */
  #beginMessage(token: Token, list: readonly Token[], index: number): boolean {
    let first = index - 1;
    while (list[first]?.type === 'space') first--;
    const last = first;
    if (list[last]?.type !== 'name' || list[last].text === 'in') return false;
    while (list[first - 1]?.text === '.' && list[first - 2]?.type === 'name') first -= 2;
    const name = list.slice(first, last + 1).map(({ text }) => text);
    this.#pieces.splice(this.#pieces.length - (index - first));
    const at = list[first]?.at ?? token.at;
    const start = this.#pieces.length;
    this.#put('newObject_(', at);
    this.#put(`${JSON.stringify(name.join(''))}, {`, token.at);
    this.#open.push({ kind: 'message', close: ')', fresh: true, optional: 'no', start });
    return true;
  }

  #endEntry(top: Open, token: Token): void {
    if (top.optional === 'value') this.#put(')', token.at);
    top.optional = 'no';
  }

  #end(token: Token): void {
    const top = this.#open.pop();
    if (top !== undefined) this.#endEntry(top, token);
    this.#put(token.text + (top?.close ?? ''), token.at);
  }
}

function tokenize(source: string): Token[] {
  const list: Token[] = [];
  for (const match of source.matchAll(tokens)) {
    const [text, space, quoted, name] = match;
    const type =
      space !== undefined
        ? 'space'
        : quoted !== undefined
          ? 'string'
          : name !== undefined
            ? 'name'
            : 'symbol';
    list.push({ type, text, at: match.index });
  }
  return list;
}

/** Does what stands before the bracket make it an index? */
function endsValue(list: readonly Token[], index: number): boolean {
  let before = index - 1;
  while (list[before]?.type === 'space') before--;
  const token = list[before];
  if (token === undefined) return false;
  return token.type === 'string' || /^[\w)\]}]+$/.test(token.text) ? token.text !== 'in' : false;
}
