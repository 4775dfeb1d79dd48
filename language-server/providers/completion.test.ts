import { describe, expect, it } from 'vitest';
import type { CompletionItem } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { atCursor, checkerOf, reportOf } from '../language-server.case.ts';
import { completionsAt } from './completion.ts';
import { namesFrom } from './names.ts';
import { manifestSnippets } from './snippets.ts';

function complete(marked: string, others: Readonly<Record<string, string>> = {}): CompletionItem[] {
  const { file, position } = atCursor(marked);
  const checker = checkerOf(others);
  return completionsAt(file, position, checker.catalog, namesFrom(checker));
}

const labels = (items: CompletionItem[]) => items.map(({ label }) => label);

/** The text after the item with this label is taken, snippet stops left in. */
function accept(marked: string, label: string): string {
  const { file, text } = atCursor(marked);
  const item = complete(marked).find((each) => each.label === label);
  if (item?.textEdit === undefined || !('range' in item.textEdit)) throw new Error(`no ${label}`);
  const edits = [item.textEdit, ...(item.additionalTextEdits ?? [])];
  return TextDocument.applyEdits(TextDocument.create(file.document.uri, 'yaml', 1, text), edits);
}

const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n';

describe('fields', () => {
  it('offers what the kind has at this place, what it must have first', () => {
    const items = complete(`${pod}spec:\n  |`);
    const sorted = [...items].sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1));
    expect(sorted[0]?.label).toBe('containers');
    expect(labels(items)).toEqual(expect.arrayContaining(['volumes', 'restartPolicy']));
    expect(items.find(({ label }) => label === 'containers')?.detail).toBe(
      'list of Container, required',
    );
  });

  it('leaves out what is there already, and status', () => {
    expect(labels(complete(`${pod}|`))).toEqual(['spec']);
  });

  it.each([
    ['a half-written word', 'spec:\n  contai|'],
    ['an item of a list', 'spec:\n  containers:\n    - |'],
    ['the next line of an item', 'spec:\n  containers:\n    - name: a\n      |'],
    ['a list at its key’s own indent', 'spec:\n  containers:\n  - name: a\n    |'],
    ['a line between others', 'spec:\n  |\n  restartPolicy: Always\n'],
    ['Windows line ends', 'spec:\r\n  |\r\n  restartPolicy: Always\r\n'],
    ['broken text elsewhere', 'spec:\n  |\n  volumes: [}\n'],
  ])('finds its place with %s', (_, text) => {
    expect(labels(complete(pod + text))).toEqual(
      expect.arrayContaining([text.includes('- ') ? 'image' : 'containers']),
    );
  });

  it('looks at the object the cursor is in', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  |\n';
    expect(labels(complete(`${pod}---\n${service}---\n${pod}`))).toContain('clusterIP');
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  spec:\n    |';
    expect(labels(complete(list))).toContain('clusterIP');
  });

  it('puts in the shape with what it must have', () => {
    expect(accept(`${pod}spec:\n  cont|`, 'containers')).toBe(
      `${pod}spec:\n  containers:\n  - name: \${1}\n    image: \${2}`,
    );
  });

  it('replaces a whole word and leaves its value', () => {
    expect(accept(`${pod}spec:\n  rest|Pol: Always\n`, 'restartPolicy')).toBe(
      `${pod}spec:\n  restartPolicy: Always\n`,
    );
  });

  it('offers nothing in comments and block text', () => {
    expect(complete(`${pod}# |`)).toEqual([]);
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  file: |\n';
    const { catalog } = checkerOf();
    const marked = atCursor(`${config.replace('|', '>')}    text ¦`.replace('¦', '|'));
    expect(completionsAt(marked.file, marked.position, catalog)).toEqual([]);
  });
});

describe('values', () => {
  it('offers what an enumeration allows', () => {
    expect(labels(complete(`${pod}spec:\n  restartPolicy: |`))).toEqual([
      'Always',
      'Never',
      'OnFailure',
    ]);
    expect(labels(complete(`${pod}spec:\n  hostNetwork: t|`))).toEqual(['true', 'false']);
  });

  it('offers values as items of a list', () => {
    const claim =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec:\n  accessModes:\n    - |';
    expect(labels(complete(claim))).toContain('ReadWriteOnce');
  });

  it('offers kinds, and brings the apiVersion along', () => {
    expect(accept('kind: Depl|', 'Deployment')).toBe('apiVersion: apps/v1\nkind: Deployment');
    expect(labels(complete('apiVersion: batch/v1\nkind: |'))).toEqual(['CronJob', 'Job']);
    expect(labels(complete('apiVersion: |\nkind: CronJob\n'))).toEqual(['batch/v1']);
  });

  it('offers names and keys from the workspace', () => {
    const others = {
      '/w/c.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {port: "80"}\n',
    };
    const env = `${pod}spec:\n  containers:\n    - name: a\n      env:\n        - name: P\n          valueFrom:\n            configMapKeyRef:\n`;
    expect(labels(complete(`${env}              name: |`, others))).toEqual(['settings']);
    expect(
      labels(complete(`${env}              name: settings\n              key: |`, others)),
    ).toEqual(['port']);
  });
});

describe('whole objects', () => {
  it('are offered in an empty file and after a separator', () => {
    expect(labels(complete('|'))).toEqual(expect.arrayContaining(['apiVersion', 'Deployment']));
    expect(labels(complete(`${pod}---\n|`))).toContain('Service');
  });

  it.each(manifestSnippets)('$kind passes the checks', ({ kind, body }) => {
    const text = body.replace(/\$\{\d:([^}]*)\}/g, '$1');
    expect(reportOf(text).filter((line) => !line.startsWith('hint'))).toEqual([]);
    expect(text).toContain(`kind: ${kind}\n`);
  });
});
