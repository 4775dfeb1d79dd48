/** Manifests in JSON: completed with quotes and commas, explained, linked and put right as in YAML. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, reportOf } from '../language-server.case.ts';
import { completionsAt } from './completion.ts';
import { jsonContextAt } from './json-context.ts';
import { namesFrom } from './names.ts';
import { openFile } from './open-file.ts';
import { manifestSnippets } from './snippets.ts';

const path = '/w/a.json';
const settings =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: debug}\n';
const checker = checkerOf({ '/w/config.yaml': settings });
const { catalog } = checker;

function complete(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const document = TextDocument.create(`file://${path}`, 'json', 1, text);
  const items = completionsAt(
    openFile(document),
    document.positionAt(offset),
    catalog,
    namesFrom(checker),
  );
  return { document, items };
}

const labels = (marked: string) => complete(marked).items.map(({ label }) => label);

/** The text after the item with the label was taken, stops included. */
function taken(marked: string, label: string): string {
  const { document, items } = complete(marked);
  const item = items.find((each) => each.label === label);
  if (item?.textEdit === undefined || !('range' in item.textEdit)) {
    throw new Error(`only ${items.map((each) => each.label).join(' ')}`);
  }
  // An editor offers only what begins as the text in the range does.
  const typed = document.getText(item.textEdit.range).replace(/"$/, '');
  expect((item.filterText ?? label).startsWith(typed)).toBe(true);
  return TextDocument.applyEdits(document, [item.textEdit, ...(item.additionalTextEdits ?? [])]);
}

const head = '{\n  "apiVersion": "apps/v1",\n  "kind": "Deployment",\n';
const inSpec = (fields: string) => `${head}  "spec": {${fields}}\n}\n`;
const inContainer = (fields: string) =>
  inSpec(`"template": {"spec": {"containers": [{"name": "a", ${fields}}]}}`);

describe('fields of JSON', () => {
  it('are offered in gaps, within quotes and as bare words, but for those that are there', () => {
    for (const fields of ['|', '"|"', '"repl|"', 're|', '"rep|licas": 1']) {
      expect(labels(inSpec(fields))).toContain('replicas');
    }
    expect(labels(inSpec('"replicas": 1, "|"'))).not.toContain('replicas');
    expect(labels(inSpec('"|", "replicas": 1'))).not.toContain('replicas');
    expect(labels(inSpec('"replicas": 1, "|"'))).toContain('paused');
  });

  it('are written with quotes, and with what they must hold', () => {
    expect(taken(inSpec('"repl|"'), 'replicas')).toBe(inSpec(`"replicas": \${1}`));
    expect(taken(inSpec('"rep|": 2'), 'replicas')).toBe(inSpec('"replicas": 2'));
    expect(taken(inSpec('|'), 'paused')).toBe(inSpec(`"paused": \${1|true,false|}`));
    expect(taken(inSpec('"stra|"'), 'strategy')).toBe(inSpec(`"strategy": {\${1}}`));
    expect(taken(inContainer('"lif|"'), 'lifecycle')).toBe(inContainer(`"lifecycle": {\${1}}`));
    expect(taken(inContainer('"env|"'), 'env')).toBe(
      inContainer(`"env": [\n  {\n    "name": "\${1}"\n  }\n]`),
    );
  });

  it('get the commas that are missing on either side', () => {
    expect(taken(inSpec('"replicas": 1 "pau|"'), 'paused')).toBe(
      inSpec(`"replicas": 1, "paused": \${1|true,false|}`),
    );
    expect(taken(inSpec('"pau|" "replicas": 1'), 'paused')).toBe(
      inSpec(`"paused": \${1|true,false|}, "replicas": 1`),
    );
    expect(taken(inSpec('"replicas": 1, "pau|", "minReadySeconds": 1'), 'paused')).toBe(
      inSpec(`"replicas": 1, "paused": \${1|true,false|}, "minReadySeconds": 1`),
    );
    const lines = (end: string) => `\n    "replicas": 1${end}\n  `;
    expect(taken(inSpec(lines('\n    |')), 'paused')).toBe(
      inSpec(lines(`,\n    "paused": \${1|true,false|}`)),
    );
  });

  it('are found in Lists, and in files that break off', () => {
    const list = (item: string) => `{"kind": "List", "apiVersion": "v1", "items": [{}, ${item}`;
    expect(labels(list('{"apiVersion": "v1", "kind": "Pod", "spec": {"|'))).toContain('containers');
    expect(labels('{"apiVersion": "v1", "kind": "Pod", "spec": {"|')).toContain('containers');
    expect(labels('{"spec": {"|"}, "kind": "Pod", "apiVersion": "v1"}')).toContain('containers');
  });
});

describe('values of JSON', () => {
  it('are quoted if they are texts', () => {
    expect(taken(inContainer('"imagePullPolicy": |'), 'Always')).toBe(
      inContainer('"imagePullPolicy": "Always"'),
    );
    expect(taken(inContainer('"imagePullPolicy": "If|"'), 'IfNotPresent')).toBe(
      inContainer('"imagePullPolicy": "IfNotPresent"'),
    );
    expect(taken(inContainer('"tty": t|'), 'true')).toBe(inContainer('"tty": true'));
    expect(taken(inContainer('"env": [|]'), '{ }')).toBe(
      inContainer(`"env": [{\n  "name": "\${1}"\n}]`),
    );
  });

  it('are names and keys of other objects', () => {
    const key = (name: string, value: string) =>
      inContainer(
        `"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": ${name}, "key": ${value}}}}]`,
      );
    expect(taken(key('"|"', '"level"'), 'settings')).toBe(key('"settings"', '"level"'));
    expect(taken(key('"settings"', '|'), 'level')).toBe(key('"settings"', '"level"'));
  });

  it('are kinds that bring their apiVersion, and versions of the kind', () => {
    expect(taken('{\n  "kind": "Deploy|"\n}', 'Deployment')).toBe(
      '{\n  "apiVersion": "apps/v1",\n  "kind": "Deployment"\n}',
    );
    expect(taken('{"kind": "CronJob", "apiVersion": |}', 'batch/v1')).toBe(
      '{"kind": "CronJob", "apiVersion": "batch/v1"}',
    );
  });
});

describe('an empty object in JSON', () => {
  it('is begun with its first fields', () => {
    expect(labels('{|}')).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(taken('{"ap|"}', 'apiVersion')).toBe(`{"apiVersion": "\${1}"}`);
    expect(labels('{"compilerOptions": {}, "|"}')).toEqual([]);
    for (const { kind } of manifestSnippets) {
      const text = taken('|', kind).replace(/\$\{\d+:((?:\\.|[^}\\])*)\}/g, '$1');
      expect(JSON.parse(text)).toMatchObject({ kind });
      expect(reportOf(text).filter((line) => line.startsWith('error'))).toEqual([]);
    }
    // Numbers stay numbers, whatever is typed in their place.
    expect(taken('|', 'Deployment')).toContain(`"replicas": \${4:2}`);
  });
});

describe('completion in JSON', () => {
  it('answers whatever the text is', () => {
    const text = inContainer('"env": [{"name": "A", "value": "b\\"c"}], "tty": true');
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\n', '"items"', '"kind"', 'tru'),
        fc.nat({ max: text.length }).map((at) => text.slice(at, at + 20)),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(pieces, fc.nat({ max: 500 }), (parts, at) => {
        const broken = parts.join('');
        const cut = Math.min(at, broken.length);
        const context = jsonContextAt(broken, cut);
        expect((context?.start ?? 0) <= (context?.end ?? 0)).toBe(true);
      }),
      { numRuns: 3000, seed: 7 },
    );
  });
});
