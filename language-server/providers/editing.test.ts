/** Selecting, folding, links and the values that the server fills in. */
import { describe, expect, it } from 'vitest';
import type { SelectionRange } from 'vscode-languageserver';
import { atCursor, checkerOf, deployment, open } from '../language-server.case.ts';
import { inlayHintsOf } from './inlay-hints.ts';
import { linksOf } from './links.ts';
import { foldingOf, selectionAt } from './selection.ts';

describe('selection', () => {
  it('grows from the word to the file', () => {
    const { file, position } = atCursor(
      `a: 1\n---\n${deployment.replace('image: web', 'image: w|eb')}`,
    );
    const texts: string[] = [];
    let at: SelectionRange | undefined = selectionAt(file, position);
    for (; at !== undefined; at = at.parent) texts.push(file.document.getText(at.range));
    expect(texts.slice(0, 3)).toEqual([
      'web:1',
      'image: web:1',
      expect.stringMatching(/^name: web\n/),
    ]);
    expect(texts.slice(0, -1).every((text, index) => texts[index + 1]?.includes(text))).toBe(true);
    expect(texts.at(-1)).toBe(file.document.getText());
    expect(texts.at(-2)).toMatch(/^---\napiVersion/);
  });

  it('is the word alone where nothing else is', () => {
    const { file, position } = atCursor('|');
    expect(selectionAt(file, position).range.start).toEqual(position);
  });
});

describe('folding', () => {
  it('has documents, fields and comments', () => {
    const text = `# one\n# two\na: 1\n---\ndata:\n  file: |\n    x\n    y\n  b: c\nlist: [1, 2]\n`;
    const folds = foldingOf(open(text)).map(({ startLine, endLine, kind }) => [
      startLine,
      endLine,
      kind,
    ]);
    expect(folds).toEqual([
      [0, 1, 'comment'],
      [3, 9, 'region'],
      [4, 8, undefined],
      [5, 7, undefined],
    ]);
  });
});

describe('folding of objects', () => {
  it('leaves the line that says what each is', () => {
    const text =
      'apiVersion: v1\nkind: Secret\ntype: Opaque\n---\napiVersion: v1\nkind: Pod\nspec: {}\n';
    expect(foldingOf(open(text)).map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [1, 2],
      [5, 6],
    ]);
  });
});

describe('links', () => {
  it('lead from a kustomization to what it names, and nowhere else', () => {
    const text = `resources:
  - deployment.yaml
  - ../base
  - gone.yaml
  - https://example.com/x.yaml
patches:
  - path: patch.yaml
configMapGenerator:
  - name: a
    files: [app.conf, key=other.conf]
`;
    const files = ['deployment.yaml', 'patch.yaml', 'app.conf', 'other.conf'];
    const { findFile } = checkerOf({
      '/w/base/kustomization.yaml': 'kind: Kustomization\n',
      ...Object.fromEntries(files.map((name) => [`/w/app/${name}`, ''])),
    });
    const links = linksOf(open(text, '/w/app/kustomization.yaml'), findFile);
    expect(links.map(({ target }) => target)).toEqual([
      'file:///w/app/deployment.yaml',
      'file:///w/base/kustomization.yaml',
      'file:///w/app/patch.yaml',
      'file:///w/app/app.conf',
      'file:///w/app/other.conf',
    ]);
    expect(linksOf(open(text), findFile)).toEqual([]);
  });

  it('go from a chart to those of folders that it depends on', () => {
    const { findFile } = checkerOf({ '/w/common/Chart.yaml': '', '/w/app/Chart.yaml': '' });
    const text =
      'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n  - {name: common, version: 1.x, repository: "file://../common"}\n  - {name: gone, version: 1.x, repository: file://../gone/}\n  - {name: redis, version: 1.x, repository: https://charts.example.com}\n';
    const links = linksOf(open(text, '/w/app/Chart.yaml'), findFile);
    expect(links.map(({ target }) => target)).toEqual(['file:///w/common/Chart.yaml']);
  });
});

describe('inlay hints', () => {
  it('say what the server fills in, where it goes', () => {
    const file = open(deployment);
    const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const hints = inlayHintsOf(file, whole, checkerOf().catalog);
    const lines = deployment.split('\n');
    const shown = hints.map(({ position, label }) => {
      expect(position.character).toBe(lines[position.line]?.length);
      return [lines[position.line]?.trim(), label];
    });
    expect(shown).toContainEqual(['spec:', expect.stringContaining('replicas: 1')]);
    expect(shown).toContainEqual([
      '- name: web',
      expect.stringContaining('imagePullPolicy: IfNotPresent'),
    ]);
    expect(shown).toContainEqual(['- name: http', 'protocol: TCP']);
  });

  it('are short, and leave out what nothing is filled in for', () => {
    const ports = 'ports:\n    - name: http\n';
    const file = open(`apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ${ports}`);
    const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const hints = inlayHintsOf(file, whole, checkerOf().catalog);
    expect(hints.map(({ label }) => label)).toEqual([
      'sessionAffinity: None, type: ClusterIP, …',
      'protocol: TCP',
    ]);
  });

  it('stay within what is looked at', () => {
    const top = { start: { line: 0, character: 0 }, end: { line: 4, character: 5 } };
    const hints = inlayHintsOf(open(deployment), top, checkerOf().catalog);
    expect(hints.map(({ position }) => position.line)).toEqual([4]);
  });
});
