import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { approvalCondition, checkApproval } from '../../api/custom/approval.ts';
import type { CustomSchema, Definition } from '../../api/custom/definition.ts';
import { checkSchemas } from '../../api/custom/structural.ts';
import { checkDefault } from './default-check.ts';
import { cronTabs } from './testing/cron-tabs.ts';

function problemsOf(openAPIV3Schema: CustomSchema): string[] {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
  const definition = { spec: { versions: [version] } } as unknown as Definition;
  return checkSchemas(definition, checkDefault).map(({ field, message }) =>
    `${field}: ${message}`.replaceAll('spec.versions[0].schema.openAPIV3Schema', ''),
  );
}

it('takes a structural schema', () => {
  expect(checkSchemas(parse(cronTabs), checkDefault)).toEqual([]);
});

it('names what has no type, what is no list and what is no rule', () => {
  const properties = {
    free: { 'x-kubernetes-preserve-unknown-fields': true },
    vague: {},
    list: { type: 'array', 'x-kubernetes-list-type': 'map' },
    inner: { type: 'object', additionalProperties: { description: 'what?' } },
  } as const;
  const rules = [{ rule: 'self.a >' }];
  const found = problemsOf({ type: 'object', properties, 'x-kubernetes-validations': rules });
  expect(found).toEqual([
    '.properties[vague].type: Required value: must not be empty for specified object fields',
    '.properties[list].items: Required value: must be specified',
    '.properties[list].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    '.properties[inner].additionalProperties.type: Required value: must not be empty for specified object fields',
    expect.stringMatching(
      /^\.x-kubernetes-validations\[0\]\.rule: Invalid value: .*: compilation failed: /,
    ),
  ]);
});

it('names what is said twice, cannot be read, or is not there', () => {
  const spec: CustomSchema = {
    type: 'object',
    properties: {
      name: { type: 'string', pattern: 'a(' },
      size: { type: 'integer', default: 'many' },
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port'],
        items: { type: 'object', properties: { port: { type: 'integer' } } },
      },
    },
    allOf: [{ properties: { name: { type: 'string', minLength: 1 } } }],
    'x-kubernetes-validations': [
      { rule: 'self.nam != ""' },
      { rule: 'self.name' },
      { rule: 'self.size < 5 && true', reason: 'FieldValueForbidden', messageExpression: '1' },
      { rule: 'true', message: 'm', messageExpression: 'self.nam' },
      { rule: 'self.ports.all(p, p.prt > 0)' },
      { rule: 'self.ports.all(p, p.port > 0) && (!has(self.size) || self.size > 0)' },
    ],
  };
  const at = '.properties[spec]';
  const found = problemsOf({ type: 'object', properties: { spec } });
  expect(found).toEqual([
    `${at}.properties[name].pattern: Invalid value: "a(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`a(\``,
    expect.stringMatching(
      /\.properties\[size\]\.default: Invalid value: "string": .*must be of type integer/,
    ),
    `${at}.properties[ports].items.properties[port].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    `${at}.allOf[0].properties[name].type: Forbidden: must be empty to be structural`,
    `${at}.x-kubernetes-validations[0].rule: Invalid value: ${quoted('self.nam != \\"\\"')}: compilation failed: ERROR: <input>:1:5: undefined field 'nam'\n | self.nam != ""\n | ....^`,
    `${at}.x-kubernetes-validations[1].rule: Invalid value: ${quoted('self.name')}: cel expression must evaluate to a bool`,
    `${at}.x-kubernetes-validations[2].messageExpression: Invalid value: {"Rule":"self.size \\u003c 5 \\u0026\\u0026 true","Message":"","MessageExpression":"1","Reason":"FieldValueForbidden","FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string`,
    expect.stringContaining(
      'validations[3].messageExpression: Invalid value: {"Rule":"true","Message":"m","MessageExpression":"self.nam","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression compilation failed: ERROR: <input>:1:5: undefined field',
    ),
    expect.stringContaining(`ERROR: <input>:1:20: undefined field 'prt'`),
  ]);
});

/** A rule without anything else, as the original quotes it: its own struct as JSON. */
function quoted(rule: string): string {
  return `{"Rule":"${rule}","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}`;
}

it('lets rules look back only where the same item can be found again', () => {
  const rules = [{ rule: 'self.size == oldSelf.size' }];
  const items: CustomSchema = {
    type: 'object',
    properties: { size: { type: 'integer' } },
    required: ['size'],
    'x-kubernetes-validations': rules,
  };
  const list = (more: CustomSchema): CustomSchema => {
    return { type: 'object', properties: { list: { type: 'array', maxItems: 9, items, ...more } } };
  };
  const keyed = {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['size'],
  } as const;
  expect(problemsOf(list(keyed))).toEqual([]);
  expect(problemsOf(list({}))).toEqual([
    '.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self.size == oldSelf.size": oldSelf cannot be used on the uncorrelatable portion of the schema within .properties[list]',
  ]);
});

it('asks of long rules for a message of one line', () => {
  const rules = [
    { rule: 'self.a ==\n1' },
    { rule: 'self.a ==\n1', message: 'a must be 1', messageExpression: '' },
    { rule: 'self.a == 1', message: 'a\nb' },
    { rule: 'self.a == 1', message: '', messageExpression: ' ' },
  ];
  const properties = { a: { type: 'integer' } } as const;
  const at = (index: number) => `.x-kubernetes-validations[${index}]`;
  expect(problemsOf({ type: 'object', properties, 'x-kubernetes-validations': rules })).toEqual([
    `${at(0)}.message: Required value: message must be specified if rule contains line breaks`,
    `${at(2)}.message: Invalid value: "a\\nb": message must not contain line breaks`,
    `${at(3)}.messageExpression: Required value: messageExpression must be non-empty if specified`,
  ]);
});

it('asks definitions in groups of the community for their approval', () => {
  const made = (group: string, text?: string) =>
    ({
      metadata: {
        name: 'a',
        ...(text === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': text } }),
      },
      spec: { group },
    }) as unknown as Definition;
  expect(checkApproval(made('notk8s.io'))).toEqual([]);
  expect(approvalCondition(made('example.com'))).toBeUndefined();
  const missing = made('gateway.networking.k8s.io');
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
  expect(checkApproval(missing)).toEqual([
    {
      reason: 'FieldValueRequired',
      field: 'metadata.annotations[api-approved.kubernetes.io]',
      message: `Required value: protected groups must have approval annotation "api-approved.kubernetes.io", ${see}`,
    },
  ]);
  expect(checkApproval(missing, missing)).toEqual([]);
  const [{ message = '' } = {}] = checkApproval(made('k8s.io', 'sure'));
  expect(message).toContain(
    'Invalid value: "sure": protected groups must have approval annotation',
  );
  const shown = (text: string) => {
    const { status, reason, message: why } = approvalCondition(made('x.kubernetes.io', text)) ?? {};
    return `${status} ${reason} ${why}`;
  };
  expect(shown('https://github.com/kubernetes/enhancements/pull/1')).toBe(
    'True ApprovedAnnotation approved in https://github.com/kubernetes/enhancements/pull/1',
  );
  expect(shown('unapproved, experimental-only')).toBe(
    'False UnapprovedAnnotation not approved: "unapproved, experimental-only"',
  );
});

it('refuses to keep unknown fields by halves, and keys of lists that come twice or name nothing', () => {
  const list = (keys: string[]): CustomSchema => ({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  });
  const properties: Record<string, CustomSchema> = {
    closed: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
    twice: list(['name', 'name']),
    nothing: list(['port']),
  };
  const keys = 'x-kubernetes-list-map-keys: Invalid value';
  expect(problemsOf({ type: 'object', properties })).toEqual([
    '.properties[closed].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined',
    `.properties[twice].${keys}: ["name","name"]: must not contain duplicate entries`,
    `.properties[nothing].${keys}: ["port"]: entries must all be names of item properties`,
  ]);
});

it('knows no fields but those that a schema describes, also where others are kept', () => {
  const rules = [{ rule: 'self.nope == 1' }];
  const bare: CustomSchema = { type: 'object', 'x-kubernetes-validations': rules };
  const open = { ...bare, 'x-kubernetes-preserve-unknown-fields': true } as CustomSchema;
  const found = problemsOf({ type: 'object', properties: { bare, open } });
  const unknown = (name: string) =>
    expect.stringMatching(new RegExp(`^.properties.${name}..x-k.*undefined field 'nope'`, 's'));
  expect(found).toEqual([unknown('bare'), unknown('open')]);
});

it('has no rules on values without a type', () => {
  const vague = {
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-validations': [{ rule: 'true' }],
  } as const;
  expect(problemsOf({ type: 'object', properties: { vague } })).toEqual([
    '.properties[vague].x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations',
  ]);
});

it('lets parts restrict what is described around them, and describe nothing', () => {
  const amount = { 'x-kubernetes-int-or-string': true } as const;
  const both: readonly CustomSchema[] = [{ type: 'integer' }, { type: 'string' }];
  const properties: Record<string, CustomSchema> = {
    any: { ...amount, anyOf: both },
    all: { ...amount, allOf: [{ anyOf: both }, { pattern: '^1' }] },
    text: { type: 'string', anyOf: [{ minLength: 1 }, { not: { pattern: 'x' } }] },
  };
  const oneOf = [{ required: ['any'], properties: { text: { enum: ['a'] } } }];
  expect(problemsOf({ type: 'object', properties, oneOf })).toEqual([]);

  const described: Record<string, CustomSchema> = {
    any: { ...amount, anyOf: [...both].reverse() },
    all: { ...amount, allOf: [{}, { anyOf: both }] },
  };
  const titled = { default: 1, title: 't', nullable: true };
  const not: CustomSchema = { ...titled, allOf: [{ type: 'string' }] };
  const stray = [{ properties: { none: { minLength: 1 }, metadata: {} } }];
  const root = { type: 'object', properties: described, not, oneOf: stray } as const;
  const empty = 'Forbidden: must be empty to be structural';
  const from = (name: string) => `because it is defined in .oneOf[0].properties[${name}]`;
  expect(problemsOf(root).sort()).toEqual(
    [
      `.properties[any].anyOf[0].type: ${empty}`,
      `.properties[any].anyOf[1].type: ${empty}`,
      `.properties[all].allOf[1].anyOf[0].type: ${empty}`,
      `.properties[all].allOf[1].anyOf[1].type: ${empty}`,
      `.not.allOf[0].type: ${empty}`,
      `.not.title: ${empty}`,
      '.not.default: Forbidden: must be undefined to be structural',
      '.not.nullable: Forbidden: must be false to be structural',
      '.oneOf[0].properties[metadata]: Forbidden: must not be specified in a nested context',
      `.properties[none]: Required value: ${from('none')}`,
      `.properties[metadata]: Required value: ${from('metadata')}`,
    ].sort(),
  );
});
