import { expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CustomSchema, Definition } from './definition.ts';
import { checkSchemas } from './structural.ts';
import { cronTabs } from './testing/cron-tabs.ts';

function problemsOf(openAPIV3Schema: CustomSchema): string[] {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
  const definition = { spec: { versions: [version] } } as unknown as Definition;
  return checkSchemas(definition).map(({ field, message }) =>
    `${field}: ${message}`.replace('spec.versions[0].schema.openAPIV3Schema', ''),
  );
}

it('takes a structural schema', () => {
  expect(checkSchemas(parse(cronTabs))).toEqual([]);
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
    expect.stringMatching(
      /^\.x-kubernetes-validations\[0\]\.rule: Invalid value: "self.a >": compilation failed: /,
    ),
    '.properties[vague].type: Required value: must not be empty for specified object fields',
    '.properties[list].items: Required value: must be specified',
    '.properties[list].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    '.properties[inner].additionalProperties.type: Required value: must not be empty for specified object fields',
  ]);
});
