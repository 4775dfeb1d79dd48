import { expect, it } from 'vitest';
import type { CustomSchema, Definition } from './definition.ts';
import { fieldPathOf } from './field-path.ts';
import { checkSchemas } from './structural.ts';

const text: CustomSchema = { type: 'string' };
const schema: CustomSchema = {
  type: 'object',
  properties: {
    a: { type: 'object', properties: { 'b.c': text, "it's": text, b: text } },
    map: { type: 'object', additionalProperties: { type: 'object', properties: { b: text } } },
    list: { type: 'array', items: text },
  },
};

it.each([
  ['.a.b', '.a.b'],
  [".a['b.c']", '.a.b.c'],
  [".a['it\\'s']", ".a.it's"],
  ["['a'].b", '.a.b'],
  ['.map.x.b', '.map[x].b'],
  [".map['x.y/z']", '.map[x.y/z]'],
  ['', ''],
])('%s names %s', (path, field) => {
  expect(fieldPathOf(path, schema)).toEqual({ field });
});

it.each([
  ['.a.c', 'does not refer to a valid field'],
  ['.a.toString', 'does not refer to a valid field'],
  ['.list.x', 'does not refer to a valid field'],
  ['.list[0]', 'expected single quoted string but got 0'],
  ['a', 'expected [ or . but got: a'],
  ['.', 'unexpected end of JSON path'],
  ['[', 'unexpected end of JSON path'],
  [".a['b'", 'unexpected end of JSON path'],
  [".a['b'.", 'expected ] but got .'],
  [".a['\\q']", 'invalid string literal: invalid syntax'],
])('%s cannot be followed: %s', (path, problem) => {
  expect(fieldPathOf(path, schema)).toEqual({ problem });
});

function problemsOf(rule: object): string[] {
  const openAPIV3Schema = { ...schema, 'x-kubernetes-validations': [rule] };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } };
  const definition = { spec: { versions: [version] } } as unknown as Definition;
  return checkSchemas(definition, () => undefined).map(({ field = '', message }) => {
    return `${field.replace(/.*\]\./, '')}: ${message}`;
  });
}

it('is checked with its rule', () => {
  expect(problemsOf({ rule: 'true', fieldPath: '.a.b' })).toEqual([]);
  expect(problemsOf({ rule: 'true', fieldPath: '.none' })).toEqual([
    'fieldPath: Invalid value: ".none": fieldPath must be a valid path: does not refer to a valid field',
  ]);
  expect(problemsOf({ rule: 'true', fieldPath: ' ' })).toEqual([
    'fieldPath: Invalid value: " ": fieldPath must be non-empty if specified',
    'fieldPath: Invalid value: " ": fieldPath must be a valid path: expected [ or . but got:  ',
  ]);
});

it('what was there before has the same fields', () => {
  expect(problemsOf({ rule: 'self.a.b == oldSelf.a.b' })).toEqual([]);
  expect(problemsOf({ rule: 'self.a.b == oldSelf.a.none' })[0]).toContain("undefined field 'none'");
  expect(problemsOf({ rule: 'oldSelf.a.b > 3' })[0]).toContain('found no matching overload');
  const optional = { rule: 'oldSelf.hasValue() || true', optionalOldSelf: true };
  expect(problemsOf(optional)).toEqual([]);
});
