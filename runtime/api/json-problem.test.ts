import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonProblem } from './json-problem.ts';

// What Go's encoding/json says of these.
test.each([
  ['', 'unexpected end of JSON input'],
  [' {', 'unexpected end of JSON input'],
  ['{"a":"b', 'unexpected end of JSON input'],
  ['x', "invalid character 'x' looking for beginning of value"],
  ['{a', "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"', `invalid character '"' after object key:value pair`],
  ['{"a":,', "invalid character ',' looking for beginning of value"],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['nojson', "invalid character 'o' in literal null (expecting 'u')"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ["'", "invalid character '\\'' looking for beginning of value"],
])('%j', (text, problem) => {
  expect(jsonProblem(text)).toBe(problem);
});

test('reads what JSON.parse reads, and nothing else, to the end', () => {
  const reads = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const cut = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '1', '"', 'x'));
  fc.assert(
    fc.property(cut, ([json, place, put]) => {
      const at = place % (json.length + 1);
      const text = json.slice(0, at) + put + json.slice(at + 1);
      // What is in order comes to its end, as if more were to come.
      if (reads(text)) expect(jsonProblem(text)).toBe('unexpected end of JSON input');
      else expect(jsonProblem(text)).toMatch(/^(invalid character|unexpected end)/);
    }),
    { numRuns: 500 },
  );
  expect(jsonProblem('['.repeat(200_000))).toBe('unexpected end of JSON input');
});
