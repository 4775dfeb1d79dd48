/**
 * The forms that names take. Each check gives what is wrong, in the original's words; nothing for a
 * good name. https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */

export type NameCheck = (name: string) => string[];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelText = `(${qualified})?`;
const configKey = '[-._a-zA-Z0-9]+';

function whole(source: string): RegExp {
  return new RegExp(`^(?:${source})$`);
}

const patterns = {
  label: whole(label),
  subdomain: whole(subdomain),
  label1035: whole(label1035),
  qualified: whole(qualified),
  labelText: whole(labelText),
  configKey: whole(configKey),
};

/** The rule, examples and pattern, as the original words it. */
function regexError(rule: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

function tooLong(limit: number): string {
  return `must be no more than ${limit} characters`;
}

/** RFC 1123: `my-name`, `123-abc`. */
export function checkLabel(name: string): string[] {
  return [
    ...(name.length > 63 ? [tooLong(63)] : []),
    ...(patterns.label.test(name)
      ? []
      : [
          regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            label,
            'my-name',
            '123-abc',
          ),
        ]),
  ];
}

/** RFC 1123: `example.com`. */
export function checkSubdomain(name: string): string[] {
  return [
    ...(name.length > 253 ? [tooLong(253)] : []),
    ...(patterns.subdomain.test(name)
      ? []
      : [
          regexError(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
            subdomain,
            'example.com',
          ),
        ]),
  ];
}

/** RFC 1035: as 1123, but starts with a letter. */
export function checkLabel1035(name: string): string[] {
  return [
    ...(name.length > 63 ? [tooLong(63)] : []),
    ...(patterns.label1035.test(name)
      ? []
      : [
          regexError(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
            label1035,
            'my-name',
            'abc-123',
          ),
        ]),
  ];
}

/** RBAC names: anything that can stand in a URL's path. */
export function checkPathSegment(name: string): string[] {
  if (name === '.') return ["may not be '.'"];
  if (name === '..') return ["may not be '..'"];
  return ['/', '%']
    .filter((illegal) => name.includes(illegal))
    .map((illegal) => `may not contain '${illegal}'`);
}

const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `name` or `example.com/name`: keys of labels and annotations. */
export function checkQualifiedName(text: string): string[] {
  const parts = text.split('/');
  const problems: string[] = [];
  if (parts.length > 2) {
    return [
      `a qualified name ${regexError(qualifiedRule, qualified, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const [prefix] = parts;
  if (parts.length === 2 && prefix !== undefined) {
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...checkSubdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!patterns.qualified.test(name)) {
    problems.push(
      `name part ${regexError(qualifiedRule, qualified, 'MyName', 'my.name', '123-abc')}`,
    );
  }
  return problems;
}

export function checkLabelValue(value: string): string[] {
  return [
    ...(value.length > 63 ? [tooLong(63)] : []),
    ...(patterns.labelText.test(value)
      ? []
      : [
          regexError(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
            labelText,
            'MyValue',
            'my_value',
            '12345',
          ),
        ]),
  ];
}

/** Any printable ASCII but `=`. */
export function checkEnvName(name: string): string[] {
  return /^[ -<>-~]+$/.test(name)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ];
}

/** A key of a ConfigMap or Secret, which becomes a file's name. */
export function checkConfigKey(key: string): string[] {
  const problems: string[] = [];
  if (key.length > 253) problems.push(tooLong(253));
  if (!patterns.configKey.test(key)) {
    problems.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configKey,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (key === '.') problems.push("must not be '.'");
  else if (key === '..') problems.push("must not be '..'");
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

/** A named port: `http`, at most 15 characters. */
export function checkPortName(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(name)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)');
  if (name.includes('--')) problems.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) {
    problems.push('must not begin or end with a hyphen');
  }
  return problems;
}

/** An IPv4 or IPv6 address. */
export function checkAddress(text: string): string[] {
  return isIPv4(text) || isIPv6(text)
    ? []
    : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}

export function isIPv4(text: string): boolean {
  return /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/.test(text);
}

export function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const embedded = last?.includes('.') === true;
  if (embedded && !isIPv4(last ?? '')) return false;
  const plain = embedded ? groups.slice(0, -1) : groups;
  if (!plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = plain.length + (embedded ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}

/** `10.0.0.0/8`, `2001:db8::/64`. */
export function isCidr(text: string): boolean {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const [, address = '', bits = ''] = match ?? [];
  if (match === null) return false;
  if (isIPv4(address)) return Number(bits) <= 32;
  return isIPv6(address) && Number(bits) <= 128;
}
