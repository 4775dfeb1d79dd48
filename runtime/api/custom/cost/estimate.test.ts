import { describe, expect, it } from 'vitest';
import type { CustomSchema } from '../definition.ts';
import { ruleEnvironment } from '../rule-check.ts';
import { declaredOf } from './declared.ts';
import { costOf } from './estimate.ts';

function cost(rule: string, schema: CustomSchema): number {
  const root = declaredOf(schema);
  if (root === undefined) throw new Error('a schema that rules do not see');
  return costOf(ruleEnvironment().compile(rule), root);
}

const ofText = (maxLength?: number): CustomSchema => ({ type: 'string', maxLength });
const of = (type: CustomSchema['type'], format?: string): CustomSchema => ({ type, format });
const intOrString: CustomSchema = { 'x-kubernetes-int-or-string': true };
const list = (items: CustomSchema, maxItems?: number): CustomSchema => {
  return { type: 'array', items, maxItems };
};
const map = (additionalProperties: CustomSchema, maxProperties?: number): CustomSchema => {
  return { type: 'object', additionalProperties, maxProperties };
};
const object = (
  properties: Record<string, CustomSchema>,
  required: string[] = [],
): CustomSchema => {
  return { type: 'object', properties, required };
};
const named = object({ required: ofText(), optional: ofText() }, ['required']);

/** What the original says of these: `without` limits, and with a limit of `at` on all that may have one. */
type Case = [
  rule: string,
  schema: (at?: number) => CustomSchema,
  without: number,
  at: number,
  limited: number,
];

const cases: readonly Case[] = [
  ['self.all(x, true)', (n) => list(of('number'), n), 4718591, 10, 32],
  ['self.all(x, true)', (n) => list(ofText(), n), 3145727, 20, 62],
  ['self.all(x, true)', (n) => list(of('boolean'), n), 1887437, 5, 17],
  ['self.all(x, true)', (n) => list(list(of('number')), n), 3145727, 100, 302],
  ['self.all(x, true)', (n) => list(intOrString, n), 4718591, 10, 32],
  ['self.all(x, true)', (n) => list(of('string', 'duration'), n), 2359295, 5, 17],
  ['self.all(x, true)', (n) => list(of('string', 'date'), n), 725936, 15, 47],
  ['self.all(x, true)', (n) => list(of('string', 'date-time'), n), 428963, 25, 77],
  [
    'self.all(x, true)',
    (n) => list(object({ required: ofText() }, ['required']), n),
    555128,
    50,
    152,
  ],
  ['self.all(x, true)', (n) => map(of('number'), n), 1348169, 10, 32],
  ['self.all(x, true)', (n) => map(ofText(), n), 1179647, 3, 11],
  ['self.all(x, true)', (n) => map(of('boolean'), n), 943718, 100, 302],
  ['self.all(x, true)', (n) => map(named, n), 428963, 20, 62],
  ['self.all(x, true)', (n) => map(of('string', 'date-time'), n), 349526, 25, 77],
  ["self.contains('test')", ofText, 314574, 10, 5],
  ["self.startsWith('test')", ofText, 2, 15, 2],
  ['size(self + "hello") > size("hello")', ofText, 314578, 4, 7],
  ['self[1] == 0.0', (n) => list(of('number'), n), 2, 5000, 2],
  ['self[1] == self[1]', (n) => list(ofText(), n), 314577, 8, 314577],
  ['self.all(x, self.all(y, true))', (n) => list(of('number'), n ?? 100), 30502, 10, 352],
  [
    'self.all(x, self.all(y, self.all(z, true)))',
    (n) => list(of('number'), n ?? 9),
    2639,
    10,
    3552,
  ],
  ['self.matches("x")', ofText, 314574, 50, 22],
  ['"".matches("(((((((((())))))))))[0-9]")', ofText, 7, 10, 7],
  ['self.matches("")', ofText, 1, 100, 1],
  ['self.all(x, x.contains(self[x]))', (n) => map(ofText(n), n), 2752507, 10, 72],
  ['self["x"] == 0.0', (n) => map(of('number'), n), 2, 0, 2],
  ['self == "x"', ofText, 2, 0, 1],
  ['self == b"x"', (n) => ({ ...ofText(n), format: 'byte' }), 2, 0, 1],
  ['self.all(x, x == 0.0)', (n) => list(of('number'), n), 6291454, 3 * 1024 * 2048, 25165826],
  ['self.all(x, x["y"].required == "z")', (n) => list(map(named, n), n), 7340027, 10, 72],
  ['self[0] == 5', (n) => list(intOrString, n), 3, 10, 3],
  ['self[0] == null', (n) => list(named, n), 2, 422, 2],
  ['self[0][0] == -1.0', (n) => list(list(of('number')), n), 3, 51, 3],
  ['self.all(x, x.y == 25.2)', (n) => list(map(of('number')), n), 6291452, 12, 74],
  ['self[0].x > 2.0', (n) => list(map(of('number')), n), 4, 3000, 4],
  ['self[0].getHours() == 2', (n) => list(of('string', 'duration'), n), 4, 525, 4],
  ['self[2].getMinutes() == 45', (n) => list(of('string', 'date-time'), n), 4, 99, 4],
  ["self.find('[0-9]+') == ''", ofText, 629147, 10, 11],
  ["self.join(' ') == 'aa bb'", (n) => list(ofText(n), n), 329853068905, 10, 43],
  ['self.isSorted() == true', (n) => list(ofText(n), n), 329854432052, 10, 52],
  [
    "self.str.replace(self.before, self.after) == 'does not matter'",
    (n) => object({ str: ofText(n), before: ofText(2), after: ofText(4) }),
    ...([629154, 4, 12] as const),
  ],
  [
    'self.str.split(self.separator) == []',
    (n) => object({ str: ofText(n), separator: ofText(n) }),
    ...([629160, 10, 22] as const),
  ],
  ["self.lowerAscii() == 'lower!'", ofText, 314575, 10, 6],
  ['oldSelf.size() == self.size()', (n) => map(of('integer'), n), 5, 10, 5],
  ['self["a"] == self["b"]', (n) => map(of('string', 'date-time'), n), 8, 7, 8],
  ['self["c"] == self["d"]', (n) => map(of('string', 'duration'), n), 8, 42, 8],
  ["self.contains('A')", (n) => ({ ...ofText(n), enum: ['A', 'LongValue'] }), 2, 1000, 401],
];

describe('the cost of a rule', () => {
  it.each(cases)('%s', (rule, schema, without, at, limited) => {
    expect([cost(rule, schema()), cost(rule, schema(at))]).toEqual([without, limited]);
  });
});
