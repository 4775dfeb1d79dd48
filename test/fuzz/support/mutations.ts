/** Changes of bytes as fast-check draws and shrinks them: what a fuzzer does to a good input. */
import fc from 'fast-check';

interface Edit {
  readonly how: 'flip' | 'cut' | 'repeat' | 'insert' | 'end';
  /** Taken modulo the length. */
  readonly at: number;
  readonly length: number;
  readonly times: number;
  readonly what: string;
}

/** Pieces that decoders trip over, whatever they decode. */
const pieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '/',
    '(',
    ')',
    '!',
    '%',
    '&',
    '*',
    '<<: ',
    '- ',
    '? ',
  ],
  ...['null', 'true', '-0', '1e999', '-1', '99999999999999999999', '0.1', '1e-400', 'NaN', '0x10'],
  ...[
    '"__proto__":{"x":1},',
    '"constructor":',
    '"toString":"a"',
    '\\u0000',
    '\\ud800',
    '\u{1f600}',
  ],
  ...[
    '\0',
    '\r\n',
    '\n',
    '\t',
    ' ',
    '\xff\xff\xff\xff',
    '\x80\x00',
    '~1',
    '~0',
    '..',
    '$patch',
    '$setElementOrder/x',
  ],
  ...[
    'a in (b)',
    '!a',
    'a!=b',
    '==',
    '||',
    '&&',
    'self.',
    'matches("(a+)+$")',
    '.all(x, x)',
    '!!binary x',
    '&a [*a]',
  ],
];

const edit: fc.Arbitrary<Edit> = fc.record({
  how: fc.constantFrom('flip', 'cut', 'repeat', 'insert', 'insert', 'end'),
  at: fc.nat(1 << 20),
  length: fc.integer({ min: 1, max: 40 }),
  times: fc.integer({ min: 1, max: 50 }),
  what: fc.constantFrom(...pieces),
});

/** One of the seeds with up to eight changes. */
export function mutated(seeds: readonly (string | Buffer)[]): fc.Arbitrary<Buffer> {
  const bytes = seeds.map((seed) => Buffer.from(seed as string, 'utf8'));
  return fc
    .tuple(fc.constantFrom(...bytes), fc.array(edit, { maxLength: 8 }))
    .map(([seed, edits]) => edits.reduce(change, seed));
}

export const mutatedText = (seeds: readonly string[]): fc.Arbitrary<string> =>
  mutated(seeds).map((bytes) => bytes.toString());

function change(bytes: Buffer, { how, at, length, times, what }: Edit): Buffer {
  const from = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, part, after] = [
    bytes.subarray(0, from),
    bytes.subarray(from, from + length),
    bytes.subarray(from + length),
  ];
  switch (how) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      if (bytes.length > 0) flipped[from] = (flipped[from] ?? 0) ^ (1 << (length % 8));
      return flipped;
    }
    case 'cut':
      return Buffer.concat([before, after]);
    case 'repeat':
      return Buffer.concat([before, ...Array.from({ length: times }, () => part), after]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(what, 'latin1'), part, after]);
    case 'end':
      return before;
  }
}

/** `npm run fuzz` sets how long each decoder is worked on; within `npm test` it is a few hundred inputs. */
const seconds = Number(process.env.SKIFF_FUZZ_SECONDS ?? 0);

/** Hands over one input after the other; a failure names its seed and the smallest input found. */
export async function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void> | void,
  runs = 100,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputs, async (input) => check(input)),
    seconds > 0
      ? { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000 }
      : { numRuns: runs },
  );
}

export const fuzzTimeout = seconds * 1000 + 60_000;
