/** Manifests in JSON: completed with quotes and commas, explained, linked and put right as in YAML. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, reportOf } from '../language-server.case.ts';
import { defaultSettings } from '../settings.ts';
import { codeActionsAt } from './code-actions.ts';
import { completionsAt } from './completion.ts';
import { hoverAt } from './hover.ts';
import { jsonContextAt } from './json-context.ts';
import { namesFrom } from './names.ts';
import { definitionAt } from './navigation.ts';
import { openFile } from './open-file.ts';
import { renameAt, renameRangeAt } from './rename.ts';
import { selectionAt } from './selection.ts';
import { manifestSnippets } from './snippets.ts';
import { symbolsOf } from './symbols.ts';

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

/** The text after the fix of that title; the whole file is asked about. */
function fixed(text: string, title: string, only?: string[]): string {
  const document = TextDocument.create(`file://${path}`, 'json', 1, text);
  const context = checker.contextFor(document.uri, defaultSettings);
  if (context === undefined) throw new Error('not checked');
  const range = { start: document.positionAt(0), end: document.positionAt(text.length) };
  const actions = codeActionsAt(openFile(document), range, context, { only });
  const action = actions.find((each) => each.title.startsWith(title));
  const edits = action?.edit?.changes?.[document.uri];
  if (edits === undefined) throw new Error(`only ${actions.map((each) => each.title).join(' | ')}`);
  const after = TextDocument.applyEdits(document, edits);
  expect(() => JSON.parse(after)).not.toThrow();
  return after;
}

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    },
  },
};

describe('fixes in JSON', () => {
  it('keep the quotes of names and texts', () => {
    const wrong = { ...service, spec: { typ: 'ClusterIP', ports: [{ port: 80 }] } };
    expect(JSON.parse(fixed(asJson(wrong), 'Change to "type"'))).toEqual({
      ...service,
      spec: { type: 'ClusterIP', ports: [{ port: 80 }] },
    });
    const kind = asJson({ ...service, kind: 'Servce' });
    expect(fixed(kind, 'Change to "Service"')).toBe(asJson(service));
    const number = asJson({ ...service, spec: { ports: [{ port: '80' }] } });
    expect(fixed(number, 'Remove the quotes')).toContain('"port": 80\n');
    const text = asJson({ ...service, metadata: { name: 'web', labels: { a: true } } });
    expect(fixed(text, 'Put in quotes')).toContain('"a": "true"');
    expect(fixed(text, 'Fix what leaves no doubt', ['source.fixAll'])).toContain('"a": "true"');
  });

  it('add what is missing on a line of its own', () => {
    const { selector: _, ...spec } = deployment.spec;
    expect(fixed(asJson({ ...deployment, spec }), 'Select the pods')).toBe(
      asJson({ ...deployment, spec: { ...spec, selector: deployment.spec.selector } }),
    );
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: {} };
    const containers = [{ name: '', image: '' }];
    const restarting = { ...pod, spec: { restartPolicy: 'Never' } };
    expect(fixed(asJson(restarting), 'Add "containers"')).toBe(
      asJson({ ...pod, spec: { restartPolicy: 'Never', containers } }),
    );
    expect(JSON.parse(fixed(JSON.stringify(pod), 'Add "containers"'))).toEqual({
      ...pod,
      spec: { containers },
    });
    const { apiVersion, ...rest } = service;
    expect(JSON.parse(fixed(asJson(rest), 'Add apiVersion'))).toEqual({ ...rest, apiVersion });
  });

  it('replace what is deprecated', () => {
    const old = { 'beta.kubernetes.io/os': 'linux' };
    const pod = (nodeSelector: object) =>
      asJson({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: { nodeSelector, containers: [{ name: 'a', image: 'a:1' }] },
      });
    expect(fixed(pod(old), 'Change to kubernetes.io/os')).toBe(
      pod({ 'kubernetes.io/os': 'linux' }),
    );
    const annotations = { a: 'b', 'kubernetes.io/ingress.class': 'nginx' };
    const ingress = (metadata: object, spec: object) =>
      asJson({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'a', ...metadata },
        spec,
      });
    const backend = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } };
    expect(fixed(ingress({ annotations }, backend), 'Say it in spec.ingressClassName')).toBe(
      ingress({ annotations: { a: 'b' } }, { ...backend, ingressClassName: 'nginx' }),
    );
  });

  it('migrate with the structure, as JSON', () => {
    const paths = [{ path: '/', backend: { serviceName: 'web', servicePort: 80 } }];
    const ingress = asJson({
      apiVersion: 'networking.k8s.io/v1beta1',
      kind: 'Ingress',
      metadata: { name: 'a' },
      spec: { rules: [{ host: 'a.example.com', http: { paths } }] },
    });
    expect(fixed(ingress, 'Change to networking.k8s.io/v1, with')).toBe(
      asJson({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'a' },
        spec: {
          rules: [
            {
              host: 'a.example.com',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'ImplementationSpecific',
                    backend: { service: { name: 'web', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      }),
    );
  });

  it('put a missing object into a file of JSON, and not into this one', () => {
    const envFrom = [{ configMapRef: { name: 'nope' } }];
    const containers = [{ name: 'a', image: 'a:1', envFrom }];
    const text = asJson({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers },
    });
    const document = TextDocument.create(`file://${path}`, 'json', 1, text);
    const context = checker.contextFor(document.uri, defaultSettings);
    if (context === undefined) throw new Error('not checked');
    const at = document.positionAt(text.indexOf('nope'));
    const range = { start: at, end: at };
    const newFile = (name: string) => `file:///w/${name}`;
    const actions = codeActionsAt(openFile(document), range, context, { newFile });
    expect(actions.map(({ title }) => title)).toContain(
      'Create ConfigMap "nope" in nope-configmap.json',
    );
    expect(actions.map(({ title }) => title).join()).not.toContain('in this file');
  });
});

describe('the rest in JSON', () => {
  const text = asJson(deployment);
  const document = TextDocument.create(`file://${path}`, 'json', 1, text);
  const file = openFile(document);
  const all = checkerOf({
    '/w/a.json': text,
    '/w/service.json': asJson({ ...service, spec: { selector: { app: 'web' } } }),
  });
  const positionOf = (words: string) => document.positionAt(text.indexOf(words) + 1);

  it('is explained, outlined, folded and selected', () => {
    const hover = hoverAt(file, positionOf('"image"'), all);
    expect(JSON.stringify(hover?.contents)).toContain('image');
    expect(symbolsOf(file)).toMatchObject([{ name: 'Deployment web' }]);
    expect(JSON.stringify(symbolsOf(file))).toContain('containers');
    expect(selectionAt(file, positionOf('web:1')).parent).toBeDefined();
  });

  it('leads from one object to the other, and is renamed within its quotes', () => {
    const other = asJson({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 2,
      },
    });
    const { workspace } = checkerOf({ '/w/a.json': text, '/w/b.json': other });
    const scaler = TextDocument.create('file:///w/b.json', 'json', 1, other);
    const at = scaler.positionAt(other.lastIndexOf('"web"') + 1);
    expect(definitionAt(openFile(scaler), at, workspace)).toMatchObject([
      { uri: 'file:///w/a.json' },
    ]);
    const changes = renameAt(openFile(scaler), at, 'shop', workspace)?.changes ?? {};
    for (const [uri, edits] of Object.entries(changes)) {
      const before = uri === scaler.uri ? scaler : document;
      const after = TextDocument.applyEdits(before, edits);
      expect(JSON.parse(after)).toBeDefined();
      expect(after).toContain('"shop"');
    }
    expect(Object.keys(changes)).toHaveLength(2);
    const range = renameRangeAt(openFile(scaler), at, workspace);
    expect(range && scaler.getText(range)).toBe('web');
  });
});
