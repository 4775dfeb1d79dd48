/** Values as the original's messages print them: in the formats of Go. https://pkg.go.dev/fmt */

/** As `%v`: `map[a:1 b:[x <nil>]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return String(value);
  return `map[${sorted(value, (key, entry) => `${key}:${goText(entry)}`).join(' ')}]`;
}

/** As `%#v`: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return String(value);
  const entries = sorted(value, (key, entry) => `${goQuote(key)}:${goSyntax(entry)}`);
  return `map[string]interface {}{${entries.join(', ')}}`;
}

/** As `%q`: `"a\\x00b"`. */
export function goQuote(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, (_, code: string) => named[code] ?? `\\x${code}`)
    .replace(/\u007f/g, '\\x7f');
}

/** Control characters that have a letter in Go but none in JSON. */
const named: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' };

/** As json.Marshal writes it, fit to stand in HTML: `{"rule":"a \\u003c b"}`. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (sign) => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** As `%T`: `map[string]interface {}`. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'bigint' ? 'int64' : 'string';
}

function sorted(value: object, print: (key: string, entry: unknown) => string): string[] {
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => print(key, entry));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
