import { expect, it } from 'vitest';
import type { CustomSchema } from './definition.ts';
import { prune } from './prune.ts';
import { validateAgainst } from './validate.ts';

const open: CustomSchema = {
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  'x-kubernetes-preserve-unknown-fields': true,
};
const closed: CustomSchema = {
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  properties: { spec: { type: 'object' } },
};
const root: CustomSchema = { type: 'object', properties: { open, closed } };

it('an object within an object loses what its metadata does not have', () => {
  const inner = () => ({
    ...{ apiVersion: 'v1', kind: 'Pod', any: 1 },
    metadata: { name: 'x', labels: { a: 'b' }, bogus: 1 },
  });
  const object = { metadata: { bogus: 'not ours' }, open: inner(), closed: inner() };
  const removed = prune(object, root, true);
  expect(removed.map((path) => path.join('.'))).toEqual([
    'open.metadata.bogus',
    'closed.any',
    'closed.metadata.bogus',
  ]);
  expect(object.open).toEqual({
    ...{ apiVersion: 'v1', kind: 'Pod', any: 1 },
    metadata: { name: 'x', labels: { a: 'b' } },
  });
  expect(object.metadata).toEqual({ bogus: 'not ours' });
});

it.each([
  [{}, ['open.apiVersion: Required value: must not be empty', 'open.kind: Required value: must']],
  [{ apiVersion: 'a/b/c', kind: 'Pod' }, ['open.apiVersion: Invalid value: "a/b/c": unexpected']],
  [
    { apiVersion: 'v1', kind: 'P d' },
    ['open.kind: Invalid value: "P d": may have mixed case, but'],
  ],
  [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'b', uid: '1' } }, []],
  [
    { apiVersion: 'v1', kind: 'Pod', metadata: { labels: 5 } },
    [
      'open.metadata: Invalid value: {"labels":5}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string',
    ],
  ],
  [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a/b', labels: { 'a b': 'c' } } },
    ['open.metadata.name: Invalid value: "a/b": may not contain', 'open.metadata.labels: Invalid'],
  ],
])('the metadata of an object within an object is judged as any: %j', (value, told) => {
  const causes = validateAgainst({ open: value }, undefined, root);
  expect(causes.map(({ field, message }) => `${field}: ${message}`)).toEqual(
    told.map((text) => expect.stringContaining(text)),
  );
});
