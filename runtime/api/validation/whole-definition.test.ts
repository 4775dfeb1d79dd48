import { expect, test } from 'vitest';
import { asOfDefinition } from './whole-definition.ts';

const schema = (type: string) => ({ openAPIV3Schema: { type } });
const cause = (field: string, message = 'no') =>
  ({ reason: 'FieldValueInvalid', message, field }) as const;
const fields = (versions: object[], ...given: string[]) =>
  asOfDefinition(
    given.map((field) => cause(field)),
    versions,
  ).map(({ field }) => field);

const [first, second] = ['spec.versions[0]', 'spec.versions[1]'];

test('names what all versions have alike as a part of the definition, once', () => {
  const one = [`${first}.schema.openAPIV3Schema.type`];
  expect(fields([{ schema: schema('x') }], ...one)).toEqual([
    'spec.validation.openAPIV3Schema.type',
  ]);
  const both = [...one, `${second}.schema.openAPIV3Schema.type`];
  expect(fields([{ schema: schema('x') }, { schema: schema('x') }], ...both)).toEqual([
    'spec.validation.openAPIV3Schema.type',
  ]);
  const scale = `${first}.subresources.scale.specReplicasPath`;
  const column = `${first}.additionalPrinterColumns[2].name`;
  const parts = { subresources: { scale: {} }, additionalPrinterColumns: [{}, {}, {}] };
  expect(fields([parts], scale, column)).toEqual([
    'spec.subresources.scale.specReplicasPath',
    'spec.additionalPrinterColumns[2].name',
  ]);
});

test('names what they have apart by its version, and what none of them has', () => {
  const both = [first, second].map((at) => `${at}.schema.openAPIV3Schema.type`);
  expect(fields([{ schema: schema('x') }, { schema: schema('y') }], ...both)).toEqual(both);
  expect(fields([{ schema: schema('x') }, {}], ...both)).toEqual(both);
  const missing = `${first}.schema.openAPIV3Schema`;
  expect(fields([{}], missing, `${first}.name`)).toEqual([missing, `${first}.name`]);
  const required = cause(missing, 'Required value: schemas are required');
  expect(asOfDefinition([required], [{ schema: {} }])).toEqual([required]);
});
