/**
 * Functions on texts beyond those of the language itself: the `strings` extension, regular
 * expressions, URLs.
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
import type { Environment } from '@marcbachmann/cel-js';
import type { Duration } from '@marcbachmann/cel-js/evaluator';
import { spend } from './cost.ts';
import { formatText } from './format-text.ts';
import { goPattern } from './regex.ts';
import { textOfDate } from './values.ts';

class StringsNamespace {}

export function registerText(environment: Environment): void {
  environment
    .registerType('strings.Namespace', StringsNamespace)
    .registerConstant('strings', 'strings.Namespace', new StringsNamespace())
    .registerFunction('strings.Namespace.quote(string): string', (_, text: string) =>
      JSON.stringify(text),
    )
    .registerFunction('string(google.protobuf.Timestamp): string', textOfDate)
    .registerFunction('string(google.protobuf.Duration): string', (value: Duration) =>
      value.toString(),
    )
    .registerFunction('int(google.protobuf.Timestamp): int', (date: Date) =>
      BigInt(Math.floor(date.getTime() / 1000)),
    )
    .registerFunction(
      'timestamp(google.protobuf.Timestamp): google.protobuf.Timestamp',
      (date: Date) => date,
    )
    .registerFunction(
      'duration(google.protobuf.Duration): google.protobuf.Duration',
      (value: Duration) => value,
    )
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.replace(string, string): string', replaced)
    .registerFunction('string.replace(string, string, int): string', replaced)
    .registerFunction('string.format(list): string', (text: string, list: unknown[]) => {
      const made = formatText(text, list);
      spend(made.length * 0.1);
      return made;
    });
  registerPatterns(environment);
  registerUrls(environment);
}

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > BigInt(characters.length)) {
    throw new Error(`index out of range: ${index}`);
  }
  return characters[Number(index)] ?? '';
}

function replaced(text: string, from: string, to: string, limit = -1n): string {
  const count = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  const pieces = from === '' ? ['', ...text, ''] : text.split(from);
  const last = from === '' ? pieces.length - 1 : pieces.length;
  let result = pieces[0] ?? '';
  for (let index = 1; index < last; index++) {
    result += (index <= count ? to : from) + pieces[index];
  }
  if (from === '' && [...text].length < count) result += to;
  spend(result.length * 0.1);
  return result;
}

function registerPatterns(environment: Environment): void {
  const pattern = (source: string, text: string) => {
    // As the original reckons: matching goes through the text once for every part of the pattern.
    spend(Math.ceil(text.length * 0.1) * Math.ceil(source.length * 0.25));
    return goPattern(source);
  };
  const matches = (text: string, source: string) => pattern(source, text).test(text);
  environment
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction('string.matches_(string): bool', matches)
    .registerFunction('string.find(string): string', (text: string, source: string) => {
      return pattern(source, text).find(text) ?? '';
    })
    .registerFunction('string.findAll(string): list<string>', (text: string, source: string) => {
      return pattern(source, text).findAll(text);
    })
    .registerFunction(
      'string.findAll(string, int): list<string>',
      (text: string, source: string, limit: bigint) =>
        pattern(source, text).findAll(text, Number(limit)),
    );
}

/** Parts of a URL as Go's net/url names them. */
class GoUrl {
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
}

/** As Go's url.ParseRequestURI: absolute, or a path from the root; undefined for anything else. */
function parseUrl(text: string): GoUrl | undefined {
  if (!/^[\x21-\x7e\x80-\uffff]*$/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(\/\/([^/?#]*))?([^?]*)(?:\?(.*))?$/.exec(text);
  if (parts === null) return undefined;
  const [, scheme = '', , authority = '', path = '', query = ''] = parts;
  if (scheme === '' && !text.startsWith('/')) return undefined;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /:([^\]]*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port)) return undefined;
  return new GoUrl(text, scheme.toLowerCase(), host, path, query);
}

function registerUrls(environment: Environment): void {
  const type = 'kubernetes.URL';
  environment
    .registerType(type, GoUrl)
    .registerFunction(`url(string): ${type}`, (text: string) => {
      const url = parseUrl(text);
      if (url === undefined) {
        throw new Error(
          `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
        );
      }
      return url;
    })
    .registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined)
    .registerFunction(`${type}.getScheme(): string`, (url: GoUrl) => url.scheme)
    .registerFunction(`${type}.getHost(): string`, (url: GoUrl) => url.host)
    .registerFunction(`${type}.getHostname(): string`, (url: GoUrl) =>
      url.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'),
    )
    .registerFunction(`${type}.getPort(): string`, (url: GoUrl) => {
      return /:(\d*)$/.exec(url.host)?.[1] ?? '';
    })
    .registerFunction(`${type}.getEscapedPath(): string`, (url: GoUrl) => url.path)
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, (url: GoUrl) => {
      const query: Record<string, string[]> = {};
      for (const [name, value] of new URLSearchParams(url.query)) {
        query[name] = [...(query[name] ?? []), value];
      }
      return query;
    })
    .registerOperator(`${type} == ${type}`, (a: GoUrl, b: GoUrl) => a.text === b.text);
}
