/** Whatever is in the file, nothing throws: while someone types, it is broken most of the time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenTexts } from './broken-text.case.ts';
import { checkerOf, deployment, open } from './language-server.case.ts';
import { codeActionsAt } from './providers/code-actions.ts';
import { codeLensesOf } from './providers/code-lens.ts';
import { completionsAt } from './providers/completion.ts';
import { diagnosticsOf } from './providers/diagnostics.ts';
import { hierarchyAt, neededBy, needs } from './providers/hierarchy.ts';
import { hoverAt } from './providers/hover.ts';
import { namesFrom } from './providers/names.ts';
import { definitionAt, referencesAt } from './providers/navigation.ts';
import { renameAt } from './providers/rename.ts';
import { signatureAt } from './providers/signature.ts';
import { manifestSnippets } from './providers/snippets.ts';
import { symbolsOf } from './providers/symbols.ts';
import { packIds } from './rules/packs/pack-rule.ts';
import { defaultSettings } from './settings.ts';

const seeds = [
  deployment,
  `${deployment}---\n${deployment}`,
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }] }),
  'apiVersion: v1\nkind: Pod\nmetadata: &m\n  name: a\nspec:\n  <<: *m\n  containers: *m\n',
  ...manifestSnippets.map(({ body }) => body.replace(/\$\{\d:([^}]*)\}/g, '$1')),
];
const splinters = [
  '\t',
  '\r\n',
  '\n',
  '---\n',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '<<: *a',
  '"',
  "'",
  '|\n',
  '>-\n',
  '#',
  '? ',
  '!!binary ',
  '!x ',
  '%YAML 1.2\n',
  '\uFEFF',
  '\u0000',
  'null',
  '~',
  '{{ .x }}',
  '__proto__: 1\n',
  'constructor',
  '0x',
  '.inf',
  '-',
  '  ',
  'kind: Service\n',
  'spec:\n',
];

const mutated = brokenTexts(seeds, splinters, { minLength: 1, maxLength: 6 });

describe('any text', () => {
  const checker = checkerOf();
  const everything = (text: string, offset: number): void => {
    const file = open(text);
    const { uri } = file.document;
    checker.index(uri, text);
    const context = checker.contextFor(uri, { ...defaultSettings, packs: packIds });
    if (context === undefined) throw new Error('not checked');
    const position = file.document.positionAt(offset % (text.length + 1));
    const range = { start: position, end: position };
    for (const { range: at } of diagnosticsOf(file, context)) {
      expect(file.document.offsetAt(at.end)).toBeGreaterThanOrEqual(
        file.document.offsetAt(at.start),
      );
    }
    hoverAt(file, position, checker);
    completionsAt(file, position, checker.catalog, namesFrom(checker));
    definitionAt(file, position, checker.workspace);
    referencesAt(file, position, checker.workspace, true);
    codeActionsAt(file, range, context);
    codeLensesOf(file);
    renameAt(file, position, 'other', checker.workspace);
    symbolsOf(file);
    signatureAt(file, position, checker.catalog);
    for (const item of hierarchyAt(file, position, checker.workspace)) {
      needs(item, checker.workspace);
      neededBy(item, checker.workspace);
    }
  };

  it('broken manifests', () => {
    fc.assert(fc.property(mutated, fc.nat(), everything), { numRuns: 300 });
  }, 60_000);

  it('no manifests at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.nat(), everything), { numRuns: 200 });
  }, 60_000);
});
