import { describe, expect, it } from 'vitest';
import type { Schema } from '../schema.ts';
import { CelEnvironment } from './environment.ts';
import { infer } from './infer.ts';
import { type CelType, optionalOf, schemaType, typeName } from './types.ts';

const tree: { schema: Schema } = { schema: {} };
const text: Schema = { type: 'string' };
const self: Schema = {
  type: 'object',
  properties: {
    name: text,
    count: { type: 'integer' },
    ratio: { type: 'number' },
    on: { type: 'boolean' },
    since: { type: 'string', format: 'date-time' },
    port: { 'x-kubernetes-int-or-string': true },
    names: { type: 'array', items: text },
    labels: { type: 'object', additionalProperties: text },
    ports: {
      type: 'array',
      items: { type: 'object', properties: { number: { type: 'integer' }, 'odd-name': text } },
    },
    tree: { $ref: 'tree' },
  },
};
tree.schema = { type: 'object', properties: { kids: { type: 'array', items: { $ref: 'tree' } } } };

const environment = new CelEnvironment({ self: 'dyn', oldSelf: 'dyn' });
const selfType = schemaType(self, (schema) => (schema.$ref === undefined ? schema : tree.schema));
const variables: Record<string, CelType> = { self: selfType, oldSelf: optionalOf(selfType) };

function inferred(source: string) {
  return infer(environment.compile(source), variables);
}

describe('the type of an expression', () => {
  it.each([
    ['self.names', 'list(string)'],
    ['self.labels', 'map(string, string)'],
    ['self.ports.map(p, p.number)', 'list(int)'],
    ['self.ports.filter(p, p.number > 1)[0].odd__dash__name', 'string'],
    ['self.labels.transformMap(key, value, value.size())', 'map(string, int)'],
    ['self.labels.map(key, key)', 'list(string)'],
    ['self.names.transformList(at, name, at)', 'list(int)'],
    ['self.tree.kids[0].kids.map(kid, kid.kids.size())', 'list(int)'],
    ['oldSelf.?count', 'optional_type(int)'],
    ['oldSelf.count.orValue(1)', 'int'],
    ['self[?"labels"]', 'optional_type(dyn)'],
    ['self.?name.optMap(name, name.size())', 'optional_type(int)'],
    ['cel.bind(n, self.names, n.size() + 1)', 'int'],
    ['self.since - self.since', 'duration'],
    ['self.on ? self.name : "a"', 'string'],
    ['self.on ? self.port : "a"', 'dyn'],
    ['[1, dyn(self.name)]', 'list(dyn)'],
    ['[?oldSelf.?name, "a"]', 'list(string)'],
    ['{"a": self.count}', 'map(string, int)'],
    ['self.names + self.names', 'list(string)'],
    ['self.port + 1', 'int'],
    ['string(self.port).split(",")', 'list(string)'],
    ['sets.contains(self.names, ["a"]) && "a" in self.names', 'bool'],
    ['type(self.port) == int', 'bool'],
  ])('%s: %s', (source, type) => {
    const found = inferred(source);
    expect(found.problem).toBeUndefined();
    expect(typeName(found.type)).toBe(type);
  });
});

describe('what does not fit', () => {
  it.each([
    ['self.nme', 5, "undefined field 'nme'"],
    ['has(self.ports[0].nmber)', 18, "undefined field 'nmber'"],
    ['self.ports.exists(p, p.nmber > 1)', 23, "undefined field 'nmber'"],
    ['self.tree.kids[0].kdis', 18, "undefined field 'kdis'"],
    ['self.name.first', 10, "type 'string' does not support field selection"],
    ['self.names.first', 11, "type 'list(string)' does not support field selection"],
    ['self.name.all(n, true)', 5, "expression of type 'string' cannot be range of a comprehension"],
    ['self.name == 1', 11, "'_==_' applied to '(string, int)'"],
    ['self == true', 6, "'_==_' applied to '(object, bool)'"],
    ['self.names != self.name', 12, "'_!=_' applied to '(list(string), string)'"],
    ['self.labels == self.names', 13, "'_==_' applied to '(map(string, string), list(string))'"],
    ['self.since > self.name', 12, "'_>_' applied to '(timestamp, string)'"],
    ['self.count == self.ratio', 12, "'_==_' applied to '(int, double)'"],
    ['self.count + self.ratio', 12, "'_+_' applied to '(int, double)'"],
    ['self.ports.map(p, p.number)[0] == "1"', 32, "'_==_' applied to '(int, string)'"],
    ['oldSelf.name == self.count', 14, "'_==_' applied to '(optional_type(string), int)'"],
    ['(self.on && self.on) == self.name', 22, "'_==_' applied to '(bool, string)'"],
    ['quantity(self.name).sign() == self.name', 28, "'_==_' applied to '(int, string)'"],
    ['self.name . nme', 11, "type 'string' does not support field selection"],
    ['self.count.matches("a")', 19, "'matches' applied to 'int.(string)'"],
    ['self.count.startsWith("a")', 22, "'startsWith' applied to 'int.(string)'"],
    ['self.ports.map(p, p.number).join(",")', 33, "'join' applied to 'list(int).(string)'"],
    ['Object{name: "a", size: self.siz}.x', 29, "undefined field 'siz'"],
  ])('%s', (source, column, words) => {
    const { problem } = inferred(source);
    expect(problem).toContain(`ERROR: <input>:1:${column}: `);
    expect(problem).toContain(words);
  });

  it('says nothing of what may be of any shape', () => {
    for (const source of [
      'self.port == 1 && self.port.startsWith("a")',
      'self.count < self.ratio && 1 <= 2.0',
      'self == oldSelf.value() && self.tree == null && self.labels == {}',
      'self.names == [self.port] && self.ports[0] != self.ports[1]',
      'dyn(self.name).first == 1',
      '[1, dyn("a")].all(x, x == "a")',
      '(self.on ? self.port : "a") == 1',
      'self.names.map(n, [n, dyn(1)]).all(pair, pair[1] == 1)',
    ]) {
      expect(inferred(source).problem, source).toBeUndefined();
    }
  });
});
