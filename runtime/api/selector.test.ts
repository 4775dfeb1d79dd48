import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatFieldSelector,
  formatLabelSelector,
  labelSelectorOf,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from './selector.ts';

const labels = { app: 'web', 'example.com/tier': 'front', size: '3', empty: '' };

describe('label selectors', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app=db', false],
    ['app!=db', true],
    ['missing!=x', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['app notin (db),example.com/tier=front', true],
    ['missing notin (a)', true],
    ['missing in (a)', false],
    ['empty=', true],
    ['empty in (,a)', true],
    ['empty=,app=web', true],
    ['size>2', true],
    ['size<3', false],
    ['app>2', false],
    ['in in (a)', false],
    ['in', false],
    ['notin=x', false],
  ])('%s matches: %s', (text, expected) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(expected);
  });

  it.each([
    '=a',
    'a=b,',
    'a in b',
    'a in (b',
    'a,,b',
    '!',
    'a=b c',
    'a b',
    'a>x',
    'a=b=c',
    '-a=b',
    ',',
  ])('%j is none', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(SelectorError);
  });

  it.each([
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['=', "found '=', expected: !, identifier, or 'end of string'"],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['a in (b,-)', 'unable to parse requirement: values[0][a]: Invalid value: "-": a valid label'],
    ['a/b/c', 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must'],
  ])('%j is refused as %j', (text, why) => {
    expect(() => parseLabelSelector(text)).toThrow(why);
  });

  it('an absent selector object matches nothing, an empty one everything', () => {
    expect(matchesLabels(labelSelectorOf(undefined), labels)).toBe(false);
    expect(matchesLabels(labelSelectorOf({}), undefined)).toBe(true);
  });

  it('an object asks for its labels and its expressions', () => {
    const selector = labelSelectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'size', operator: 'In', values: ['3', '4'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
    expect(matchesLabels(selector, labels)).toBe(true);
    expect(formatLabelSelector(selector)).toBe('app=web,!old,size in (3,4)');
  });

  it('does not find labels on the prototype', () => {
    expect(matchesLabels(parseLabelSelector('toString'), {})).toBe(false);
  });

  it('refuses an operator that it does not know', () => {
    const object = { matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] };
    expect(() => labelSelectorOf(object)).toThrow('"Like" is not a valid label selector operator');
  });

  const word = fc.stringMatching(/^[a-z0-9]([-a-z0-9_.]{0,8}[a-z0-9])?$/);
  const requirement = fc.oneof(
    fc.tuple(word, word).map(([key, value]) => `${key}=${value}`),
    fc.tuple(word, word).map(([key, value]) => `${key}!=${value}`),
    fc
      .tuple(word, fc.array(word, { minLength: 1, maxLength: 3 }))
      .map(([key, values]) => `${key} in (${values.join(',')})`),
    word.map((key) => `!${key}`),
  );

  it('what is written reads back as the same', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (parts) => {
        const written = formatLabelSelector(parseLabelSelector(parts.join(',')));
        expect(formatLabelSelector(parseLabelSelector(written))).toBe(written);
      }),
    );
  });

  it('selects what each of its requirements selects, worked out one by one', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const value: fc.Arbitrary<string> = fc.constantFrom('', '1', '2', '30', 'x');
    type Judge = (labels: Record<string, string>) => boolean;
    const rule = (text: string, judge: Judge) => ({ text, judge });
    const rules = fc.oneof(
      fc
        .tuple(key, value, fc.constantFrom('=', '=='))
        .map(([k, v, sign]) => rule(`${k}${sign}${v}`, (labels) => labels[k] === v)),
      fc.tuple(key, value).map(([k, v]) => rule(`${k} != ${v}`, (labels) => labels[k] !== v)),
      key.map((k) => rule(k, (labels) => labels[k] !== undefined)),
      key.map((k) => rule(`!${k}`, (labels) => labels[k] === undefined)),
      fc
        .tuple(key, fc.array(value, { minLength: 1, maxLength: 3 }))
        .map(([k, all]) =>
          rule(
            `${k} in (${all.join(',')})`,
            (labels) => labels[k] !== undefined && all.includes(labels[k]),
          ),
        ),
      fc
        .tuple(key, fc.array(value, { minLength: 1, maxLength: 3 }))
        .map(([k, all]) =>
          rule(
            `${k} notin (${all.join(', ')})`,
            (labels) => labels[k] === undefined || !all.includes(labels[k]),
          ),
        ),
      fc
        .tuple(key, fc.constantFrom('>', '<'), fc.integer({ min: -5, max: 40 }))
        .map(([k, sign, n]) =>
          rule(`${k}${sign}${n}`, (labels) => {
            if (!/^-?\d+$/.test(labels[k] ?? '')) return false;
            return sign === '>' ? Number(labels[k]) > n : Number(labels[k]) < n;
          }),
        ),
    );
    const labels = fc.dictionary(key, value, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 3 }), labels, (all, some) => {
        const text = all.map((each) => each.text).join(',');
        const wanted = all.every(({ judge }) => judge(some));
        expect(matchesLabels(parseLabelSelector(text), some), text).toBe(wanted);
        const again = parseLabelSelector(formatLabelSelector(parseLabelSelector(text)));
        expect(matchesLabels(again, some), text).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it('throws nothing but SelectorError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!(), <>in-./') }), (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
    );
  });
});

describe('field selectors', () => {
  const pod: Record<string, string> = { 'metadata.name': 'a,b', 'status.phase': 'Running' };

  it('reads, matches and writes back', () => {
    const selector = parseFieldSelector('metadata.name=a\\,b,status.phase!=Pending');
    expect(selector).toEqual([
      { field: 'metadata.name', operator: '=', value: 'a,b' },
      { field: 'status.phase', operator: '!=', value: 'Pending' },
    ]);
    expect(matchesFields(selector, (field) => pod[field] ?? '')).toBe(true);
    expect(formatFieldSelector(selector)).toBe('metadata.name=a\\,b,status.phase!=Pending');
  });

  it('takes == for = and an empty value', () => {
    expect(parseFieldSelector('spec.nodeName==')).toEqual([
      { field: 'spec.nodeName', operator: '=', value: '' },
    ]);
    expect(parseFieldSelector('')).toEqual([]);
  });

  it.each(['metadata.name', 'a=\\q'])('%j is none', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(SelectorError);
  });
});
