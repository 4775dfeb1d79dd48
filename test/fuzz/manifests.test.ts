/**
 * The language server on whatever stands in a file while it is written: any text, any position, any
 * question. Nothing throws, everything is answered in time, and what is underlined is in the text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Position } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf } from '../../language-server/language-server.case.ts';
import { codeActionsAt, fixAllKind } from '../../language-server/providers/code-actions.ts';
import { codeLensesOf } from '../../language-server/providers/code-lens.ts';
import { completionsAt } from '../../language-server/providers/completion.ts';
import { diagnosticsOf } from '../../language-server/providers/diagnostics.ts';
import { formattingOf } from '../../language-server/providers/formatting.ts';
import { hierarchyAt, neededBy, needs } from '../../language-server/providers/hierarchy.ts';
import { hoverAt } from '../../language-server/providers/hover.ts';
import { inlayHintsOf } from '../../language-server/providers/inlay-hints.ts';
import { linksOf } from '../../language-server/providers/links.ts';
import { namesFrom } from '../../language-server/providers/names.ts';
import { definitionAt, referencesAt } from '../../language-server/providers/navigation.ts';
import { type OpenFile, openFile } from '../../language-server/providers/open-file.ts';
import { renameAt, renameRangeAt } from '../../language-server/providers/rename.ts';
import { foldingOf, selectionAt } from '../../language-server/providers/selection.ts';
import { signatureAt } from '../../language-server/providers/signature.ts';
import { symbolsOf } from '../../language-server/providers/symbols.ts';
import { packIds } from '../../language-server/rules/packs/pack-rule.ts';
import { defaultSettings } from '../../language-server/settings.ts';
import { fuzz, fuzzTimeout, mutatedText } from './support/mutations.ts';

/** For all questions about one text at one position, of processor time. */
const longestMs = 1000;
const settings = { ...defaultSettings, packs: packIds };
const root = join(import.meta.dirname, '../..');

/** Texts by the path that says what they are for. */
function textsBelow(folder: string, place: string): [path: string, text: string][] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ya?ml|json|manifest)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path.replace(join(root, folder), place), readFileSync(path, 'utf8')]);
}

const examples = textsBelow('examples', '/w');
const others = [
  ...textsBelow('test/client/chart', '/w/chart'),
  ...textsBelow('test/language/corpus/kustomize', '/w/kustomize'),
  ...textsBelow('test/language/corpus/style', '/w/style'),
];
const json = examples.slice(0, 3).map(([path, text]): [string, string] => {
  const { manifest } = openFile(TextDocument.create(`file://${path}`, 'yaml', 1, text));
  const items = manifest.resources.map(({ value }) => value);
  const list = { apiVersion: 'v1', kind: 'List', items };
  return [path.replace(/ya?ml$/, 'json'), JSON.stringify(list, undefined, 2)];
});

/** A workspace that has the examples, and the chart that templates belong to. */
const checker = checkerOf(Object.fromEntries([...examples, ...others]));

/** Asks everything there is to ask; gives the milliseconds of processor time that it took. */
async function askAll(path: string, text: string, offset: number): Promise<number> {
  const begun = process.cpuUsage();
  const uri = `file://${path}`;
  const document = TextDocument.create(uri, path.endsWith('json') ? 'json' : 'yaml', 1, text);
  const file = openFile(document, undefined, (each) => checker.schemaOf(each));
  checker.index(uri, text, () => file.manifest);
  const position = document.positionAt(offset);
  const whole = { start: document.positionAt(0), end: document.positionAt(text.length) };
  const context = checker.contextFor(uri, settings);
  if (context !== undefined) {
    for (const { range } of diagnosticsOf(file, context)) {
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      expect(start).toBeLessThanOrEqual(end);
      expect(document.positionAt(end)).toEqual(range.end);
    }
    codeActionsAt(file, { start: position, end: position }, context);
    codeActionsAt(file, whole, context, { only: [fixAllKind] });
  }
  askAt(file, position);
  symbolsOf(file);
  foldingOf(file);
  codeLensesOf(file, checker.cluster);
  linksOf(file, checker.findFile);
  inlayHintsOf(file, whole, checker.catalog);
  await formattingOf(file, { tabSize: 2, insertSpaces: true });
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function askAt(file: OpenFile, position: Position): void {
  const { workspace, catalog } = checker;
  completionsAt(file, position, catalog, namesFrom(checker));
  hoverAt(file, position, checker);
  definitionAt(file, position, workspace);
  referencesAt(file, position, workspace, true);
  renameRangeAt(file, position, workspace);
  renameAt(file, position, 'other', workspace);
  signatureAt(file, position, catalog);
  selectionAt(file, position);
  for (const item of hierarchyAt(file, position, workspace)) {
    needs(item, workspace);
    neededBy(item, workspace);
  }
}

/** Of the characters of the examples, one in so many is the last of a text that is tried. */
const everyCharacter = Number(process.env.SKIFF_PREFIX_STEP ?? 149);

describe('manifests', { timeout: fuzzTimeout }, () => {
  it('of the examples, cut off where somebody may still be typing', async () => {
    for (const [path, text] of [...examples, ...json]) {
      const step = path.endsWith('json') ? everyCharacter * 5 : everyCharacter;
      for (let end = 0; end <= text.length; end += step) {
        const took = await askAll(path, text.slice(0, end), end);
        expect(took, `${path} up to ${end}`).toBeLessThan(longestMs);
      }
    }
  });

  const all = [...examples, ...others, ...json];
  it.each([
    ['and their like, changed anywhere', all],
    ['of charts and kustomizations', others.filter(([path]) => !path.includes('/style/'))],
  ])('%s', async (_name, texts) => {
    const changed = fc
      .constantFrom(...texts)
      .chain(([path, text]) =>
        fc.tuple(fc.constant(path), mutatedText([text.slice(0, 6000)]), fc.nat()),
      );
    await fuzz(changed, async ([path, text, at]) => {
      expect(await askAll(path, text, at % (text.length + 1))).toBeLessThan(longestMs);
    });
  });
});
