/** Files that a kustomization takes in are judged as they will be built; patches as parts of objects. */
import { describe, expect, it } from 'vitest';
import { checkerOf, deployment, open, reportOf } from '../language-server.case.ts';
import { completionsAt } from '../providers/completion.ts';
import { namesFrom } from '../providers/names.ts';
import { definitionAt } from '../providers/navigation.ts';

const unlabelled = deployment
  .replace('  selector:\n    matchLabels:\n      app: web\n', '')
  .replace('    metadata:\n      labels:\n        app: web\n', '');
const errors = (text: string, others: Record<string, string>, path?: string) =>
  reportOf(text, others, path).filter((line) => line.startsWith('error'));

describe('labels of a kustomization', () => {
  const common = 'resources: [test.yaml]\ncommonLabels: {app: web}\n';

  it('are in the selectors and pods of what it takes in', () => {
    expect(errors(unlabelled, {})).not.toEqual([]);
    expect(errors(unlabelled, { '/w/kustomization.yaml': common })).toEqual([]);
    const labels = (more: string) =>
      `resources: [./test.yaml]\nlabels:\n  - pairs: {app: web}\n${more}`;
    for (const [more, count] of [
      ['    includeSelectors: true\n', 0],
      ['    includeTemplates: true\n', 1],
      ['', 1],
    ] as const) {
      const others = { '/w/kustomization.yaml': labels(more) };
      expect(errors(unlabelled, others).length).toBe(count);
    }
  });

  it('come from overlays of overlays, and from components', () => {
    const base = { '/w/base/kustomization.yml': 'resources: [deployment.yaml]\n' };
    const path = '/w/base/deployment.yaml';
    expect(errors(unlabelled, base, path)).not.toEqual([]);
    const overlay = (more: string) => ({ '/w/prod/kustomization.yaml': more, ...base });
    const through = overlay('resources:\n  - ../base\ncommonLabels: {app: web}\n');
    expect(errors(unlabelled, through, path)).toEqual([]);
    const component = {
      ...overlay('resources: [../base/]\ncomponents: [../labels]\n'),
      '/w/labels/kustomization.yaml': 'kind: Component\ncommonLabels: {app: web}\n',
    };
    expect(errors(unlabelled, component, path)).toEqual([]);
    const inTurn = overlay('resources: [../base]\n');
    const circle = {
      ...inTurn,
      '/w/base/kustomization.yml': 'resources: [deployment.yaml, ../prod]\n',
    };
    expect(errors(unlabelled, circle, path)).not.toEqual([]);
  });

  it('are not there once nobody takes the file in', () => {
    const away = { '/w/kustomization.yaml': 'resources: [other.yaml]\ncommonLabels: {app: web}\n' };
    expect(errors(unlabelled, away)).not.toEqual([]);
  });

  it('need not be said by the pods that a Service selects', () => {
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web, env: prod}\n  ports: [{port: 80, targetPort: nope}]\n';
    const files = (more: string) => ({
      '/w/deployment.yaml': deployment,
      '/w/kustomization.yaml': `resources: [test.yaml, deployment.yaml]\n${more}`,
    });
    expect(reportOf(service, files(''))).toEqual([
      expect.stringContaining('No pods in this workspace'),
    ]);
    // What the pods have is compared all the same.
    expect(reportOf(service, files('commonLabels: {env: prod}\n'))).toEqual([
      expect.stringContaining('"nope"'),
    ]);
    expect(reportOf(service, files('commonLabels: {env: test}\n'))).toEqual([
      expect.stringContaining('No pods in this workspace'),
    ]);
  });

  it('do not hide what is wrong besides', () => {
    const text = unlabelled.replace(
      'image: web:1',
      'image: web:1\n          imagePullPolicy: Sometimes',
    );
    expect(errors(text, { '/w/kustomization.yaml': common })).toEqual([
      expect.stringContaining('Sometimes'),
    ]);
  });
});

describe('objects that a kustomization makes', () => {
  const kustomization = `resources: [test.yaml]
configMapGenerator:
  - name: settings
    literals: [level=debug, "mode=a=b"]
    files:
      - conf/app.properties
      - hosts=conf/hosts.txt
`;
  const env = (name: string, key: string) =>
    deployment.replace(
      'image: web:1',
      `image: web:1\n          env: [{name: A, valueFrom: {configMapKeyRef: {name: ${name}, key: ${key}}}}]`,
    );
  const others = (text: string) => ({ '/w/kustomization.yaml': text });

  it('are there, with the keys of their literals and files', () => {
    for (const key of ['level', 'mode', 'app.properties', 'hosts']) {
      expect(reportOf(env('settings', key), others(kustomization))).toEqual([]);
    }
    expect(reportOf(env('settings', 'levl'), others(kustomization))).toEqual([
      expect.stringContaining('ConfigMap "settings" has no key "levl"'),
    ]);
    const open = others(`${kustomization}    envs: [more.env]\n`);
    expect(reportOf(env('settings', 'levl'), open)).toEqual([]);
    const secret = others(kustomization.replace('configMap', 'secret'));
    expect(reportOf(env('settings', 'level'), secret)[0]).toContain('No ConfigMap "settings"');
  });

  it('may add keys to what is written', () => {
    const base = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n';
    const files = { '/w/base/c.yaml': base };
    expect(reportOf(env('settings', 'level'), files)).not.toEqual([]);
    const merged = { ...files, ...others(`${kustomization}    behavior: merge\n`) };
    expect(reportOf(env('settings', 'level'), merged)).toEqual([]);
  });

  it('are completed and gone to: the line, or the file that a key is read from', () => {
    const text = env('settings', 'hosts');
    const checker = checkerOf({ '/w/test.yaml': text, ...others(kustomization) });
    const file = open(text);
    const at = (words: string) => file.document.positionAt(text.indexOf(words) + 1);
    const lineOf = (words: string) =>
      kustomization.slice(0, kustomization.indexOf(words)).split('\n').length - 1;
    expect(definitionAt(file, at('settings'), checker.workspace)).toMatchObject([
      { uri: 'file:///w/kustomization.yaml', range: { start: { line: lineOf('settings') } } },
    ]);
    expect(definitionAt(file, at('hosts'), checker.workspace)).toMatchObject([
      { uri: 'file:///w/conf/hosts.txt' },
    ]);
    const literal = open(env('settings', 'level'));
    const onLevel = literal.document.positionAt(text.indexOf('hosts') + 1);
    expect(definitionAt(literal, onLevel, checker.workspace)).toMatchObject([
      { uri: 'file:///w/kustomization.yaml', range: { start: { line: lineOf('level') } } },
    ]);
    const labels = (words: string) =>
      completionsAt(file, at(words), checker.catalog, namesFrom(checker)).map(({ label }) => label);
    expect(labels('settings')).toContain('settings');
    expect(labels('hosts')).toEqual(['level', 'mode', 'app.properties', 'hosts']);
  });
});

describe('patches of a kustomization', () => {
  const head = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n';
  const lists = [
    'patches: [{path: test.yaml}]\n',
    'patchesStrategicMerge: [test.yaml]\n',
    'patches: [{path: ./test.yaml, target: {kind: Deployment}}]\n',
  ];

  it.each(lists)('%s: nothing is missing, and what nobody knows is told', (kustomization) => {
    const others = { '/w/kustomization.yaml': kustomization };
    expect(reportOf(`${head}spec:\n  replicas: 2\n`, others)).toEqual([]);
    expect(reportOf(`${head}spec:\n  replica: 2\n`, others)).toEqual([
      expect.stringContaining('did you mean "replicas"?'),
    ]);
  });

  it('may say how they are to be merged', () => {
    const others = { '/w/kustomization.yaml': lists[0] ?? '' };
    for (const body of [
      '$patch: delete\n',
      'spec: {template: {spec: {containers: [{name: web, $patch: delete}]}}}\n',
      'spec: {strategy: {$retainKeys: [type], type: Recreate}}\n',
      'spec: {template: {spec: {$setElementOrder/containers: [{name: web}]}}}\n',
    ]) {
      expect(reportOf(head + body, others)).toEqual([]);
    }
    expect(reportOf(`${head}$patch: delete\n`)).not.toEqual([]);
  });

  it('may be lists of operations', () => {
    const others = { '/w/kustomization.yaml': lists[2] ?? '' };
    expect(reportOf('- {op: replace, path: /spec/replicas, value: 3}\n', others)).toEqual([]);
    const json = '[{"op": "add", "path": "/metadata/labels/kind", "value": "x"}]';
    expect(reportOf(json, others)).toEqual([]);
  });
});

describe('what kustomize takes although it is called otherwise', () => {
  const said = (text: string) => reportOf(text, {}, '/w/kustomization.yaml');

  it('is no error', () => {
    expect(said('imageTags: [{name: web, newTag: "2"}]\n')).toEqual([]);
    expect(said('nameprefix: a-\n')).toEqual([expect.stringMatching(/^information.*"namePrefix"/)]);
    expect(said('namPrefix: a-\n')).toEqual([expect.stringMatching(/^error.*"namePrefix"/)]);
  });
});
