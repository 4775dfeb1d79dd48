import { describe, expect, it } from 'vitest';
import type { CustomSchema } from './definition.ts';
import { checkRules } from './rules.ts';

const schema: CustomSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': [
        { rule: 'self.low <= self.high', message: 'low must not be above high' },
        { rule: '!has(self.name) || self.name == oldSelf.name', message: 'name is immutable' },
        {
          rule: 'self.ports.all(p, p.number > 0)',
          messageExpression: '"ports must be positive, got " + string(self.ports[0].number)',
        },
        { rule: 'self.ports.map(p, p.number).sum() < 100' },
        {
          rule: 'self.odd__dash__name != "no"',
          fieldPath: '.odd-name',
          reason: 'FieldValueForbidden',
        },
      ],
      properties: {
        low: { type: 'integer' },
        high: { type: 'integer' },
        name: { type: 'string' },
        'odd-name': { type: 'string' },
        ports: {
          type: 'array',
          items: { type: 'object', properties: { number: { type: 'integer' } } },
        },
      },
    },
  },
};

function check(spec: object, previous?: object) {
  const whole = (part: object) => ({
    spec: { low: 1, high: 2, ports: [{ number: 1 }], 'odd-name': 'yes', ...part },
  });
  return checkRules(whole(spec), previous === undefined ? undefined : whole(previous), schema);
}

describe('rules', () => {
  it('hold for what is as it should be', () => {
    expect(check({})).toEqual([]);
  });

  it('say what is wrong, and where', () => {
    expect(check({ low: 3 })).toEqual([
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "object": low must not be above high',
        field: 'spec',
      },
    ]);
    expect(check({ 'odd-name': 'no' })).toMatchObject([
      { reason: 'FieldValueForbidden', field: 'spec.odd-name' },
    ]);
    expect(check({ ports: [{ number: 0 }] })[0]?.message).toBe(
      'Invalid value: "object": ports must be positive, got 0',
    );
    expect(check({ ports: [{ number: 99 }, { number: 1 }] })[0]?.message).toBe(
      'Invalid value: "object": failed rule: self.ports.map(p, p.number).sum() < 100',
    );
  });

  it('compare with what was there before, where there was something', () => {
    expect(check({ name: 'a' })).toEqual([]);
    expect(check({ name: 'a' }, { name: 'a' })).toEqual([]);
    expect(check({ name: 'b' }, { name: 'a' })).toMatchObject([
      { message: 'Invalid value: "object": name is immutable', field: 'spec' },
    ]);
  });

  it('refuse what they cannot judge', () => {
    const broken = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.' }] } as const;
    expect(checkRules({}, undefined, broken)[0]?.message).toMatch(
      /Syntax error.* evaluating rule: self\.$/s,
    );
  });

  it('are cut off when they go on too long', () => {
    const endless = {
      type: 'array',
      items: { type: 'integer' },
      'x-kubernetes-validations': [
        { rule: 'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))' },
        { rule: 'self.size() < 5' },
      ],
    } as const;
    const list = Array.from({ length: 1000 }, (_, index) => index);
    expect(checkRules(list, undefined, endless)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: '<nil>',
        message: `Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${endless['x-kubernetes-validations'][0].rule}`,
      },
    ]);
  });

  it('may look for what was there before', () => {
    const once = {
      type: 'string',
      'x-kubernetes-validations': [
        {
          rule: 'oldSelf.orValue("") != "done"',
          optionalOldSelf: true,
          reason: 'FieldValueForbidden',
          message: 'it is done',
        },
      ],
    } as const;
    expect(checkRules('a', undefined, once)).toEqual([]);
    expect(checkRules('b', 'done', once)).toEqual([
      { reason: 'FieldValueForbidden', message: 'Forbidden: it is done', field: '<nil>' },
    ]);
  });
});
