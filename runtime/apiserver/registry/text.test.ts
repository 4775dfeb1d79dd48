import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { shareText, textOfObject } from './text.ts';

const json = fc.jsonValue({ maxDepth: 3 });
const fields = fc.dictionary(fc.string(), json);

it('is the JSON that the object has', () => {
  const entries = fc.array(fc.record({ manager: fc.string(), fieldsV1: fields }));
  const objects = fc.record({
    apiVersion: fc.string(),
    metadata: fc.record({ name: fc.string(), managedFields: entries }, { requiredKeys: [] }),
    spec: fc.option(json, { nil: undefined }),
  });
  fc.assert(
    fc.property(objects, fields, (object, others) => {
      const whole = { ...others, ...object } as unknown as UnknownObject;
      expect(JSON.parse(textOfObject(whole))).toEqual(JSON.parse(JSON.stringify(whole)));
    }),
  );
});

it('has shared parts of the fields of managers as they are', () => {
  const shared = { 'f:containers': { '.': {} } };
  shareText(shared);
  const entry = { manager: 'one', fieldsV1: { 'f:spec': shared, 'f:status': {} } };
  const object = { metadata: { name: 'web', managedFields: [entry, entry] } };
  const text = textOfObject(object as unknown as UnknownObject);
  expect(text).toBe(JSON.stringify(object));
  expect(Object.isFrozen(shared['f:containers'])).toBe(true);
});
