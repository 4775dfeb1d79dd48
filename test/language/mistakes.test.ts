/** Mistakes are found, and where they were made. */
import { describe, expect, it } from 'vitest';
import { readManifestFile } from '../../language-server/routing/manifest-file.ts';
import { splitParts } from '../../language-server/routing/parts.ts';
import { checkFile } from '../../language-server/rules/check.ts';
import { defaultSettings } from '../../language-server/settings.ts';
import { corpusFiles } from './support/corpus.ts';
import { checkerJudge } from './support/judges.ts';
import { type Mistake, mistakes } from './support/mistakes.ts';

/** Documents of the corpus, each by itself; none of kinds that nobody knows, and no lists. */
const documents = [...corpusFiles('kinds'), ...corpusFiles('style')]
  .filter(([path]) => path.endsWith('.yaml') && !path.endsWith('operators.yaml'))
  .flatMap(([, text]) => splitParts(text).map((part) => part.text))
  .filter((text) => !/^kind: \w*List$/m.test(text));

const judge = checkerJudge(corpusFiles('kinds').values());
const context = judge.checker.contextFor('file:///corpus/judged.yaml', defaultSettings);

interface Tried {
  readonly tried: number;
  /** What was not found at all. */
  readonly missed: string[];
  /** What was found, but not where the mistake is. */
  readonly misplaced: string[];
}

function tryOut(mistake: Mistake): Tried {
  const result = { tried: 0, missed: [] as string[], misplaced: [] as string[] };
  for (const document of documents) {
    if (mistake.among?.test(document) === false) continue;
    const at = document.search(mistake.find);
    if (at < 0) continue;
    const { find, put } = mistake;
    const text =
      typeof put === 'string' ? document.replace(find, put) : document.replace(find, put);
    if (text === document) continue;
    result.tried += 1;
    const title = document.replace(/\s+/g, ' ').slice(0, 90);
    const errors = errorsIn(text);
    if (errors.length === 0) result.missed.push(title);
    else if (mistake.elsewhere !== true) {
      // The value of the field on the line, or the field itself.
      const [start, end] = lineAt(text, at);
      const here = errors.some((error) => error.start < end && error.end > start);
      if (!here)
        result.misplaced.push(`${title}: ${errors.map((each) => each.message).join('; ')}`);
    }
  }
  return result;
}

function errorsIn(text: string) {
  if (context === undefined) throw new Error('nothing is checked');
  const { cross: _, ...alone } = context;
  return checkFile(readManifestFile(text), alone).filter(({ severity }) => severity === 'error');
}

function lineAt(text: string, offset: number): [number, number] {
  const end = text.indexOf('\n', offset);
  return [text.lastIndexOf('\n', offset - 1) + 1, end < 0 ? text.length : end];
}

describe('mistakes', () => {
  const totals = { tried: 0, missed: 0 };

  it.each(mistakes)('$name', (mistake) => {
    const { tried, missed, misplaced } = tryOut(mistake);
    totals.tried += tried;
    totals.missed += missed.length;
    expect(tried).toBeGreaterThan(0);
    expect(missed).toEqual([]);
    expect(misplaced).toEqual([]);
  });

  it('are counted', () => {
    const { tried, missed } = totals;
    console.log(`mistakes: ${mistakes.length} kinds, made ${tried} times, missed ${missed}`);
    expect(mistakes.length).toBeGreaterThan(90);
  });
});
