/** Text that is broken, or made to hurt: an answer, in bounded time, and never an exception. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readManifestFile } from '../../language-server/routing/manifest-file.ts';
import { checkFile } from '../../language-server/rules/check.ts';
import { defaultSettings } from '../../language-server/settings.ts';
import { corpusFiles } from './support/corpus.ts';
import { checkerJudge } from './support/judges.ts';

const corpus = corpusFiles();
const { checker } = checkerJudge(corpusFiles('kinds').values());
const uri = 'file:///corpus/hostile.yaml';

/** Checks the text, references to other files included; gives the processor's milliseconds. */
function cost(text: string): number {
  const begun = process.cpuUsage();
  checker.index(uri, text);
  const context = checker.contextFor(uri, defaultSettings);
  if (context === undefined) throw new Error('nothing is checked');
  for (const { start, end } of checkFile(readManifestFile(text), context)) {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(text.length);
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n';
const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n';
const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');
const bomb = lines(12, (level) => {
  const below =
    level === 0
      ? '"lol"'
      : Array(10)
          .fill(`*a${level - 1}`)
          .join(', ');
  return `  l${level}: &a${level} [${below}]\n`;
});

const hostile: Readonly<Record<string, string>> = {
  'a line of a million characters': `${head}  a: ${'x'.repeat(1_000_000)}\n`,
  'a key of a million characters': `${head}  ${'x'.repeat(1_000_000)}: a\n`,
  'ten thousand unknown fields': pod + lines(10_000, (index) => `  f${index}: 1\n`),
  'ten thousand keys': head + lines(10_000, (index) => `  k${index}: v\n`),
  'brackets within brackets': `${pod}  containers: ${'['.repeat(5_000)}`,
  'braces within braces': `${pod}  containers: ${'{a: '.repeat(5_000)}`,
  'maps within maps': pod + lines(500, (level) => `${'  '.repeat(level + 1)}a:\n`),
  'lists within lists': `${pod}  containers: ${'- '.repeat(3_000)}a\n`,
  'a bomb of aliases': pod + bomb,
  'a bomb of merges': `${pod}  a0: &a0 {x: 1}\n${lines(30, (level) => `  a${level + 1}: &a${level + 1} {<<: [*a${level}, *a${level}], y${level}: 1}\n`)}`,
  'an alias to itself': `${pod}  containers: &a [*a]\n`,
  'a merge of itself': `${pod}  a: &a {<<: *a}\n`,
  'ten thousand documents': lines(10_000, (index) => `---\n# ${index}\n`),
  'a thousand objects': lines(
    1_000,
    (index) => `---\n${pod.replace('name: a', `name: a${index}`)}`,
  ),
  'tabs alone': `${pod}${'\t'.repeat(20_000)}`,
  'quotes alone': `${head}  a: ${'"'.repeat(20_001)}`,
  'backslashes in quotes': `${head}  a: "${'\\'.repeat(20_001)}`,
  'anchors alone': `${head}${lines(10_000, (index) => `  a${index}: &a${index} x\n`)}`,
  'aliases alone': `${head}  a: &a x\n${lines(10_000, (index) => `  a${index}: *a\n`)}`,
  'JSON without an end of line': JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 'x'.repeat(80)])),
  }),
  'comments alone': '# apiVersion: v1\n'.repeat(20_000),
  'colons alone': `${head}  ${': '.repeat(10_000)}`,
  'question marks alone': `${head}${'? '.repeat(3_000)}`,
  'an open block of text': `${head}  a: |\n${'    x\n'.repeat(20_000)}`,
  'a repeated pattern': `${pod}  nodeName: ${'a-'.repeat(50_000)}!\n`,
  'labels that are long': `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${'a.'.repeat(50_000)}\n  labels: {${'a'.repeat(50_000)}: ${'-a'.repeat(50_000)}}\n`,
};
/** Of processor time a document, several times what the worst takes on a slow machine. */
const mostMs = 12_000;

describe('text that is made to hurt', () => {
  it.each(Object.entries(hostile))('%s', { timeout: 60_000 }, (_, text) => {
    expect(cost(text)).toBeLessThan(mostMs);
  });
});

describe('text that is broken', () => {
  it('cut off at every character', { timeout: 60_000 }, () => {
    for (const path of ['style/stream.manifest', 'kustomize/base/deployment.yaml']) {
      const text = corpus.get(path) ?? '';
      for (let end = 0; end <= text.length; end++) cost(text.slice(0, end));
    }
    const odd = corpus.get('style/oddities.yaml') ?? '';
    for (let end = 0; end <= odd.length; end += 7) cost(odd.slice(0, end));
  });

  it('with a piece of it elsewhere, or gone', { timeout: 60_000 }, () => {
    const texts = [...corpus.values()].map((text) => text.slice(0, 4_000));
    const piece = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(40), fc.nat());
    fc.assert(
      fc.property(piece, ([text, from, length, to]) => {
        const start = from % (text.length + 1);
        const cut = text.slice(start, start + length);
        const rest = text.slice(0, start) + text.slice(start + length);
        const at = to % (rest.length + 1);
        cost(rest);
        cost(rest.slice(0, at) + cut + rest.slice(at));
      }),
      { numRuns: Number(process.env.HOSTILE_RUNS ?? 150) },
    );
  });

  it('of any bytes', { timeout: 60_000 }, () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each).toString());
    fc.assert(
      fc.property(
        bytes,
        (text) => void [text, `${pod}${text}`, `{"apiVersion":"v1",${text}`].map(cost),
      ),
      { numRuns: Number(process.env.HOSTILE_RUNS ?? 150) },
    );
  });
});
