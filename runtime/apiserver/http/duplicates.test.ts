import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeYaml } from './body.ts';
import { duplicateMembers, hasDuplicates } from './duplicates.ts';

describe('members that are there twice', () => {
  it('are found with their path', () => {
    const text = '{"spec":{"a":1,"a":2,"list":[{"x":"{\\"y\\":1}"},{"b":1,"b":2}]},"spec":{}}';
    expect(duplicateMembers(text)).toEqual(['spec.a', 'spec.list[1].b', 'spec']);
  });

  it('are not seen where a name comes again elsewhere', () => {
    expect(duplicateMembers('[{"a":1},{"a":[1,{"a":2}]}]')).toEqual([]);
    expect(duplicateMembers('{"a":"a","b":"\\"a"}')).toEqual([]);
  });

  it('are suspected only where they are', () => {
    const has = (text: string) => hasDuplicates(text, JSON.parse(text));
    expect(has('{"a":{"x":1,"y":[{}]},"a":1}')).toBe(true);
    expect(has('{"a" : [ {"b":1 , "b"\n:2} ] }')).toBe(true);
    expect(has('{"a":"\\\\","b":"\\":","c":"a:\\\\\\""}')).toBe(false);
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        expect(has(JSON.stringify(value, undefined, indent))).toBe(false);
      }),
    );
  });

  it('are found in YAML too', () => {
    const { value, duplicates } = decodeYaml('a: 1\nb:\n- c: 1\n  c: 2\na: 3\n');
    expect(duplicates).toEqual(['b[0].c', 'a']);
    expect(value).toEqual({ a: 3, b: [{ c: 2 }] });
  });
});

describe('YAML', () => {
  it('reads plain words as Kubernetes does', () => {
    const { value } = decodeYaml('on: yes\nmode: 0777\ntime: 12:30:45\nday: 2024-01-02\n');
    expect(value).toEqual({ true: true, mode: 511, time: '12:30:45', day: '2024-01-02' });
  });
});
