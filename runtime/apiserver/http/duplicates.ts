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

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
