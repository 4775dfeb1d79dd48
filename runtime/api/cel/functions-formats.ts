/**
 * Named formats: `format.dns1123Label().validate(text)` is an optional list of what is wrong.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library
 */
import { type Environment, Optional } from '@marcbachmann/cel-js';
import {
  checkLabel,
  checkLabel1035,
  checkLabelValue,
  checkQualifiedName,
  checkSubdomain,
} from '../validation/names.ts';

type Check = (text: string) => string[];

class FormatsNamespace {}

class Format {
  readonly name: string;
  readonly check: Check;

  constructor(name: string, check: Check) {
    this.name = name;
    this.check = check;
  }
}

/** Names that something is appended to may end in a dash. */
const prefix =
  (check: Check): Check =>
  (text) =>
    check(text.replace(/-$/, 'a'));

const one =
  (matches: (text: string) => boolean, complaint: string): Check =>
  (text) =>
    matches(text) ? [] : [complaint];

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const formats: Readonly<Record<string, Check>> = {
  dns1123Label: checkLabel,
  dns1123Subdomain: checkSubdomain,
  dns1035Label: checkLabel1035,
  qualifiedName: checkQualifiedName,
  dns1123LabelPrefix: prefix(checkLabel),
  dns1123SubdomainPrefix: prefix(checkSubdomain),
  dns1035LabelPrefix: prefix(checkLabel1035),
  labelValue: checkLabelValue,
  uri: one((text) => /^([a-zA-Z][a-zA-Z0-9+.-]*:|\/)\S*$/.test(text), 'invalid URI for request'),
  uuid: one(
    (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
    'does not match the UUID format',
  ),
  byte: one((text) => base64.test(text), 'invalid base64'),
  date: one(
    (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
    'invalid date',
  ),
  datetime: one(
    (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
    'invalid datetime',
  ),
};

export function registerFormats(environment: Environment): void {
  const type = 'kubernetes.NamedFormat';
  const named = new Map(
    Object.entries(formats).map(([name, check]) => [name, new Format(name, check)]),
  );
  environment
    .registerType(type, Format)
    .registerType('kubernetes.Formats', FormatsNamespace)
    .registerConstant('format', 'kubernetes.Formats', new FormatsNamespace())
    .registerFunction(`kubernetes.Formats.named(string): optional<${type}>`, (_, name: string) => {
      return Optional.of(named.get(name));
    })
    .registerFunction(
      `${type}.validate(string): optional<list<string>>`,
      (format: Format, text: string) => {
        const problems = format.check(text);
        return problems.length === 0 ? Optional.none() : Optional.of(problems);
      },
    )
    .registerOperator(`${type} == ${type}`, (a: Format, b: Format) => a.name === b.name);
  for (const [name, format] of named) {
    environment.registerFunction(`kubernetes.Formats.${name}(): ${type}`, () => format);
  }
}
