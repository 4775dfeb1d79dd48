import { describe, expect, it } from 'vitest';
import { cleanSchema } from './schema-clean.ts';

describe('a schema that is being written', () => {
  it('keeps what is one', () => {
    const schema = {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'array', items: { type: 'string', enum: ['x'] } } },
      'x-kubernetes-preserve-unknown-fields': true,
    };
    expect(cleanSchema(schema)).toEqual(schema);
  });

  it('leaves out what is none, but not the field', () => {
    const schema = {
      type: 'objct',
      required: 'a',
      properties: { a: null, b: { type: 'string', maxLength: '5', items: null } },
      anyOf: [null, { required: ['b'] }],
      $ref: 1,
    };
    expect(cleanSchema(schema)).toEqual({
      properties: { a: {}, b: { type: 'string' } },
      anyOf: [{ required: ['b'] }],
    });
    expect(cleanSchema(null)).toBeUndefined();
  });
});
