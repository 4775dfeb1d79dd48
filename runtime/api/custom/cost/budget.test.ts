import { describe, expect, it } from 'vitest';
import type { CustomSchema, Definition } from '../definition.ts';
import { checkSchemas } from '../structural.ts';

type Rules = readonly (string | { rule: string; messageExpression: string })[];

const text = (maxLength?: number): CustomSchema => ({ type: 'string', maxLength });
const choice = (...values: string[]): CustomSchema => ({ type: 'string', enum: values });
const list = (items: CustomSchema, maxItems?: number): CustomSchema => {
  return { type: 'array', items, maxItems };
};
const map = (additionalProperties: CustomSchema, maxProperties?: number): CustomSchema => {
  return { type: 'object', additionalProperties, maxProperties };
};
const object = (properties: Record<string, CustomSchema>): CustomSchema => {
  return { type: 'object', properties };
};
const whole: CustomSchema = { type: 'integer' };
const truth: CustomSchema = { type: 'boolean' };
const intOrString: CustomSchema = { 'x-kubernetes-int-or-string': true };

function ruled(schema: CustomSchema, ...rules: Rules): CustomSchema {
  const all = rules.map((rule) => (typeof rule === 'string' ? { rule } : rule));
  return { ...schema, 'x-kubernetes-validations': all };
}

function definition(spec: CustomSchema): Definition {
  const openAPIV3Schema = object({ spec });
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
  return { spec: { versions: [version] } } as unknown as Definition;
}

function problems(spec: CustomSchema, previous?: Definition): string[] {
  const root = 'spec.versions[0].schema.openAPIV3Schema';
  const found = checkSchemas(definition(spec), () => undefined, previous);
  return found.map(({ field = '', message }) => `${field.replace(root, '')}: ${message}`);
}

/** Where Gateway API's routes are attached. */
const reference = object({
  ...{ group: text(253), kind: text(63), name: text(253) },
  ...{ namespace: text(63), sectionName: text(253) },
});
const sameParent =
  "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__))";
const path = object({
  type: choice('ReplaceFullPath', 'ReplacePrefixMatch'),
  replacePrefixMatch: text(1024),
});
const filters = ruled(
  list(
    object({ type: text(), requestRedirect: object({ path }), urlRewrite: object({ path }) }),
    16,
  ),
  "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
  "self.filter(f, f.type == 'CORS').size() <= 1",
  "self.filter(f, f.type == 'URLRewrite').size() <= 1",
);
const replaces =
  "f.requestRedirect.path.type == 'ReplacePrefixMatch' && has(f.requestRedirect.path.replacePrefixMatch)";
const onePrefix =
  "(size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix')";
const routeRule = ruled(
  object({
    name: text(253),
    matches: list(object({ path: object({ type: choice('Exact', 'PathPrefix') }) }), 64),
    filters,
    backendRefs: list(object({ filters }), 16),
  }),
  '(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))) : true',
  `(has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(f, has(f.requestRedirect) && has(f.requestRedirect.path) && ${replaces})))) ? (${onePrefix} ? false : true) : true`,
);
const sums = [...Array(16).keys()]
  .map((at) => `(self.size() > ${at} ? self[${at}].matches.size() : 0)`)
  .join(' + ');

const labelKey = String.raw`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`;
const domain = 'find("^([^/]+)").endsWith("node.kubernetes.io")';
const condition = object({ type: text(316), status: choice('True', 'False', 'Unknown') });
const reserved =
  "has(self.status) && self.status.conditions.exists(c, c.type == 'QuotaReserved' && c.status == 'True')";
const policies = list(choice('Observe', 'Create', 'Update', 'Delete', 'LateInitialize', '*'));
const needs = (name: string) =>
  `!('*' in self.managementPolicies || 'Create' in self.managementPolicies || 'Update' in self.managementPolicies) || has(self.forProvider.${name}) || (has(self.initProvider) && has(self.initProvider.${name}))`;
const provided = object({ region: text(), cidrBlock: text(), vpcId: text() });

/** Rules as definitions in use have them, by what they come from. */
const taken: Readonly<Record<string, CustomSchema>> = {
  'routes: parents': ruled(
    list(reference, 32),
    `self.all(p1, self.all(p2, ${sameParent} ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '')) : true))`,
    `self.all(p1, self.exists_one(p2, ${sameParent} && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))))`,
  ),
  'routes: rules': ruled(
    list(routeRule, 16),
    `${sums} <= 128`,
    'self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))',
  ),
  'gateways: labels': ruled(
    map(text(63), 8),
    `self.all(key, key.matches(r"""${labelKey}"""))`,
    'self.all(key, key.split("/")[0].size() < 253)',
  ),
  'node pools': object({
    labels: ruled(
      map(text(63), 100),
      `self.all(x, x in ["kubernetes.io/arch", "kubernetes.io/os"] || x.${domain} || !x.${domain})`,
    ),
    requirements: list(
      object({
        key: ruled(text(316), `self in ["kubernetes.io/os"] || self.${domain} || !self.${domain}`),
      }),
      100,
    ),
    budgets: ruled(
      list(object({ schedule: text(), duration: text() }), 50),
      'self.all(x, has(x.schedule) == has(x.duration))',
    ),
    after: ruled(text(), "self == 'Never' || duration(self) >= duration('0s')"),
  }),
  'queues of workloads': ruled(
    object({
      status: object({ conditions: list(condition, 16) }),
      podSets: list(object({ template: object({ spec: map(text()) }) }), 8),
      groups: list(
        ruled(
          object({
            flavors: list(object({ resources: list(object({ name: text() }), 16) }), 16),
            covered: list(text(), 16),
          }),
          'self.flavors.all(x, size(x.resources) == size(self.covered))',
        ),
        16,
      ),
    }),
    `(${reserved}) ? oldSelf.podSets == self.podSets : true`,
  ),
  'managed resources': ruled(
    object({ managementPolicies: policies, forProvider: provided, initProvider: provided }),
    ...['region', 'cidrBlock', 'vpcId'].map(needs),
  ),
  'certificates and issuers': object({
    request: ruled(text(), 'self == oldSelf', 'isURL(self) && url(self).getScheme() == "https"'),
    host: ruled(text(), '!isURL(self) || size(url(self).getHostname()) > 0'),
    conditions: ruled(list(condition), "self.exists(c, c.type == 'Ready')"),
  }),
  databases: ruled(
    object({
      size: ruled(
        intOrString,
        'quantity(self).compareTo(quantity(oldSelf)) >= 0',
        "quantity(self).isGreaterThan(quantity('0'))",
      ),
      every: ruled(
        text(),
        "matches(self, '^([0-9]{1,5}(h|m|s|ms)){1,4}$')",
        "duration(self) >= duration('1h') && duration(self) <= duration('168h')",
      ),
      mode: object({ arbiterOnly: truth }),
      volumeSpec: object({ size: intOrString }),
      subnet: text(64),
      ports: ruled(
        list(object({ src: whole, dest: whole }), 16),
        'self.all(x, self.all(y, x.src == y.src || x.dest != y.dest))',
      ),
    }),
    'self.?mode.?arbiterOnly.orValue(false) || has(self.volumeSpec)',
    '!has(oldSelf.subnet) || has(self.subnet)',
    "cidr(self.subnet).containsIP(ip('10.0.0.1')) && cidr(self.subnet).ip().family() == 4",
    "type(self.size) == int ? self.size > 5 : self.size.endsWith('Gi')",
  ),
};

describe('the budget of a definition', () => {
  it.each(Object.entries(taken))('has room for the rules of %s', (_, schema) => {
    expect(problems(schema)).toEqual([]);
  });

  const advice =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  const totalTooHigh =
    'Forbidden: contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema';

  it('has none for what goes over lists without end, and says so of the rule and of the whole', () => {
    const ports = ruled(list(text()), "self.all(p, int(p.split('/')[0]) >= 1)");
    const rule = '.properties[spec].x-kubernetes-validations[0].rule';
    expect(problems(ports)).toEqual([
      `${rule}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      `${rule}: ${totalTooHigh}`,
      `: Forbidden: x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ]);
  });

  it('counts a rule as often as its place can be there', () => {
    // 314,574 steps of one text without limit, for each of 50; a tenth of them where there are 5.
    const contains = ruled(text(), "self.contains('test')");
    expect(problems(list(contains, 5))).toEqual([]);
    expect(problems(list(contains, 50))).toEqual([
      `.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.6x ${advice}`,
    ]);
    expect(problems(list(contains, 32))).toEqual([
      `.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.006637x ${advice}`,
    ]);
  });

  it('names at most four rules that are too dear together', () => {
    const each = (count: number) => list(ruled(text(), "self.contains('test')"), count);
    const dear = Object.fromEntries([...'abcdef'].map((name, at) => [name, each(26 + at)]));
    expect(
      problems(
        object({ ...dear, ...{ g: each(31), h: each(31), i: each(31), j: each(31), k: each(31) } }),
      ),
    ).toEqual([
      ...['f', 'g', 'h', 'i'].map(
        (name) =>
          `.properties[spec].properties[${name}].items.x-kubernetes-validations[0].rule: ${totalTooHigh}`,
      ),
      `: Forbidden: x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.025511x ${advice}`,
    ]);
  });

  it('counts messages too: a number as a text can be of any length', () => {
    const spec = object({ min: whole, max: whole });
    const messageExpression = "'min (' + string(self.min) + ') is over max'";
    const found = problems(ruled(spec, { rule: 'self.min <= self.max', messageExpression }));
    expect(found[0]).toBe(
      `.properties[spec].x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${advice}`,
    );
    const short = ruled(spec, {
      rule: 'self.min <= self.max',
      messageExpression: "'min is over max'",
    });
    expect(problems(short)).toEqual([]);
  });

  it('lets schemas stay that are there', () => {
    const dear = ruled(list(text()), 'self.all(x, self.exists(y, x == y))');
    expect(problems(dear, definition(dear))).toEqual([]);
    expect(problems({ ...dear, maxLength: 1 }, definition(dear))).not.toEqual([]);
  });
});
