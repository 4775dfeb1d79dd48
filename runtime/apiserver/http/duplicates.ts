/**
 * True if `value`, which JSON.parse made of the text, lacks one of the text's members: then it has
 * had one twice. Counting takes a fraction of the time that naming them would.
 */
export function hasDuplicates(text: string, value: unknown): boolean {
  return namesIn(text) !== membersOf(value);
}

/** How many member names a valid JSON text has: strings that a colon follows. */
function namesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = endOfString(text, at) + 1;
    let code = text.charCodeAt(at);
    // Space, tab and the ends of lines.
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = text.charCodeAt(++at);
    }
    if (code === colon) count++;
  }
  return count;
}

function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += membersOf(item);
    return count;
  }
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    count += typeof member === 'object' ? 1 + membersOf(member) : 1;
  }
  return count;
}

const colon = 0x3a;
const backslash = 0x5c;

/**
 * Finds members that a JSON text has twice, which JSON.parse passes over in silence. The text must be
 * valid JSON. Paths are written as `spec.containers[0].name`.
 */
export function duplicateMembers(text: string): string[] {
  const found: string[] = [];
  /** One frame for each object or array that is open. */
  const frames: { names: Set<string> | undefined; index: number; path: string }[] = [];
  let path = '';
  let expectName = false;
  for (let at = 0; at < text.length; at++) {
    const frame = frames.at(-1);
    switch (text[at]) {
      case '{':
      case '[': {
        const isObject = text[at] === '{';
        if (!isObject && text[at] === '[') {
          frames.push({ names: undefined, index: 0, path });
          path = `${path}[0]`;
        } else {
          frames.push({ names: new Set(), index: 0, path });
        }
        expectName = isObject;
        break;
      }
      case '}':
      case ']':
        path = frames.pop()?.path ?? '';
        expectName = false;
        break;
      case ',':
        if (frame?.names === undefined && frame !== undefined) {
          frame.index++;
          path = `${frame.path}[${frame.index}]`;
        }
        expectName = frame?.names !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (expectName && frame?.names !== undefined) {
          const name = JSON.parse(text.slice(at, end + 1)) as string;
          path = frame.path === '' ? name : `${frame.path}.${name}`;
          if (frame.names.has(name)) found.push(path);
          frame.names.add(name);
          expectName = false;
        }
        at = end;
        break;
      }
    }
  }
  return [...new Set(found)];
}

/** Where the string ends that begins at `start`: the place of its closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** True after an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before--;
  return (at - before) % 2 === 0;
}
