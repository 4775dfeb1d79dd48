/** Warning headers: RFC 7234, section 5.5, and how much of them the original sends. */

/** In characters; with more than this in all, each is cut down, and past it nothing is added. */
const longestTogether = 4096;
const longestOfMany = 256;
/** More could not be told of anyway. */
const mostKept = 1000;

/** Takes a text in, once, unless there is too much already. */
export function addWarning(warnings: string[], text: string): void {
  if (text === '' || warnings.length >= mostKept || warnings.includes(text)) return;
  warnings.push(text);
}

/** The headers' values: code 299, no agent, the text as a quoted string. */
export function warningHeaders(warnings: readonly string[]): string[] {
  const together = warnings.reduce((sum, text) => sum + text.length, 0);
  if (together <= longestTogether) return warnings.map(header);
  const headers: string[] = [];
  let written = 0;
  for (const text of warnings) {
    if (written >= longestTogether) break;
    const shown = text.slice(0, longestOfMany);
    written += shown.length;
    headers.push(header(shown));
  }
  return headers;
}

function header(text: string): string {
  const safe = text.replace(/[\r\n]+/g, ' ').replace(/[^\x20-\x7e]/g, '?');
  return `299 - "${safe.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
