/**
 * How deep a JSON text nests, looked at before it is parsed: what is nested ten thousand times is no
 * object of anybody's, and everything that walks an object does so recursively.
 */

/** The original stops at 10,000; nothing that is meant comes near either. */
export const deepest = 1000;

const [quote, backslash] = [0x22, 0x5c];

/** True for a text in which more than `limit` objects and lists are open at a time. */
export function isTooDeep(text: string, limit = deepest): boolean {
  // Each level takes two characters: most texts are too short for it.
  if (text.length < 2 * limit) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b:
      case 0x5b:
        if (++depth > limit) return true;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case quote:
        at = endOfString(text, at);
        break;
    }
  }
  return false;
}

/** Where the string ends that begins at `start`; past the end of the text if it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
