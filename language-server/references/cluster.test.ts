/** What the connected cluster adds: names, proofs, live states, kinds. */
import { describe, expect, it } from 'vitest';
import { atCursor, checkerOf, deployment, open } from '../language-server.case.ts';
import type { LiveKind } from '../protocol/messages.ts';
import { codeLensesOf } from '../providers/code-lens.ts';
import { completionsAt } from '../providers/completion.ts';
import { hoverAt } from '../providers/hover.ts';
import { namesFrom } from '../providers/names.ts';
import { checkFile } from '../rules/check.ts';
import { defaultSettings } from '../settings.ts';

const objects: LiveKind[] = [
  { group: '', kind: 'Namespace', objects: [{ name: 'default' }, { name: 'shop' }] },
  {
    group: '',
    kind: 'ConfigMap',
    objects: [
      { name: 'settings', namespace: 'default', keys: ['port', 'host'], status: '2 keys' },
      { name: 'elsewhere', namespace: 'shop', keys: [] },
    ],
  },
  { group: '', kind: 'Secret', objects: [] },
  { group: 'storage.k8s.io', kind: 'StorageClass', objects: [{ name: 'standard' }] },
  {
    group: 'apps',
    kind: 'Deployment',
    objects: [
      { name: 'web', namespace: 'default', status: '2 of 3 ready', podLabels: { app: 'web' } },
    ],
  },
];

function connected(text: string) {
  const checker = checkerOf({ '/w/test.yaml': text });
  checker.updateCluster({ context: 'test', namespace: 'default', objects, images: ['web:dev'] });
  return checker;
}

function report(text: string): string[] {
  const context = connected(text).contextFor('file:///w/test.yaml', defaultSettings);
  if (context === undefined) throw new Error('not checked');
  return checkFile(open(text).manifest, context).map(
    ({ severity, message }) => `${severity} ${message}`,
  );
}

function completions(marked: string): string[] {
  const { file, position, text } = atCursor(marked);
  const checker = connected(text);
  return completionsAt(file, position, checker.catalog, namesFrom(checker)).map(
    ({ label }) => label,
  );
}

function hover(marked: string): string {
  const { file, position, text } = atCursor(marked);
  const contents = hoverAt(file, position, connected(text))?.contents;
  return typeof contents === 'object' && 'value' in contents ? contents.value : '';
}

const env = (kind: string, name: string, key: string) =>
  deployment.replace(
    'image: web:1',
    `image: web:1
          env:
            - name: A
              valueFrom:
                ${kind}KeyRef:
                  name: ${name}
                  key: ${key}`,
  );

describe('diagnostics', () => {
  it('are errors where the cluster proves them', () => {
    expect(report(env('configMap', 'setings', 'port'))).toEqual([
      'error No ConfigMap "setings" in this workspace or in "test"; did you mean "settings"?',
    ]);
    expect(report(env('secret', 'login', 'password'))).toEqual([
      'error No Secret "login" in this workspace or in "test"',
    ]);
    expect(report(env('configMap', 'settings', 'prt'))).toEqual([
      'error ConfigMap "settings" has no key "prt"; it has "port", "host"',
    ]);
  });

  it('are none for what is there, in its own namespace', () => {
    expect(report(env('configMap', 'settings', 'port'))).toEqual([]);
    const inShop = env('configMap', 'elsewhere', 'x').replace(
      '  name: web\n',
      '  name: web\n  namespace: shop\n',
    );
    expect(report(inShop)).toEqual(['error ConfigMap "elsewhere" has no key "x"; it has no keys']);
  });

  it('prove nothing of a namespace that is yet to be made', () => {
    const later = env('secret', 'login', 'x').replace(
      '  name: web\n',
      '  name: web\n  namespace: later\n',
    );
    expect(report(later)).toEqual([
      'error No Namespace "later" in this workspace or in "test"',
      'hint No Secret "login" in this workspace',
    ]);
  });

  it('forget the cluster when it is left', () => {
    const text = env('secret', 'login', 'password');
    const checker = connected(text);
    checker.updateCluster({ context: undefined });
    const context = checker.contextFor('file:///w/test.yaml', defaultSettings);
    const [only] = context === undefined ? [] : checkFile(open(text).manifest, context);
    expect(only?.severity).toBe('hint');
  });
});

describe('completion', () => {
  it('has names and keys of live objects', () => {
    expect(completions(env('configMap', '|', 'x'))).toEqual(['settings']);
    expect(completions(env('configMap', 'settings', '|'))).toEqual(['port', 'host']);
    expect(completions('apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: |\n')).toEqual([
      'default',
      'shop',
    ]);
    const claim =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec:\n  storageClassName: |\n';
    expect(completions(claim)).toEqual(['standard']);
    expect(completions(deployment.replace('image: web:1', 'image: |'))).toContain('web:dev');
  });

  it('has labels of pods for a selector, and what a mount can name', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector:\n    ';
    expect(completions(`${service}|`)).toEqual(['app']);
    expect(completions(`${service}app: |`)).toEqual(['web']);
    const mount = deployment.replace(
      'ports:',
      'volumeMounts:\n            - name: |\n          ports:',
    );
    expect(
      completions(`${mount}      volumes:\n        - name: data\n          emptyDir: {}\n`),
    ).toEqual(['data']);
  });

  it('has ports by name', () => {
    const text = `${deployment}---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports:\n    - name: http\n      port: 80\n      targetPort: |`;
    expect(completions(text)).toEqual(['http', '80']);
    const ingress = `${text.replace('|', 'http')}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec:\n  defaultBackend:\n    service:\n      name: web\n      port:\n        `;
    expect(completions(`${ingress}name: |`)).toEqual(['http']);
    expect(completions(`${ingress}number: |`)).toEqual(['80']);
  });
});

describe('a namespace of the cluster that enforces a level', () => {
  it('refuses pods, named or not', () => {
    const pod = (place: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: one${place}}\nspec: {hostPID: true, containers: [{name: a, image: "a:1"}]}\n`;
    const said = (text: string) => {
      const checker = checkerOf({ '/w/test.yaml': text });
      const podSecurity = { 'pod-security.kubernetes.io/enforce': 'baseline' };
      checker.updateCluster({
        context: 'test',
        namespace: 'strict',
        objects: [
          {
            group: '',
            kind: 'Namespace',
            objects: [{ name: 'strict', podSecurity }, { name: 'b' }],
          },
        ],
      });
      const context = checker.contextFor('file:///w/test.yaml', defaultSettings);
      return context === undefined
        ? []
        : checkFile(open(text).manifest, context).map((p) => p.message);
    };
    const refused = [
      expect.stringMatching(/^Namespace "strict" enforces baseline:latest, .*hostPID/),
    ];
    expect(said(pod(''))).toEqual(refused);
    expect(said(pod(', namespace: strict'))).toEqual(refused);
    expect(said(pod(', namespace: b'))).toEqual([]);
  });
});

describe('kinds of which one namespace is known', () => {
  it('prove nothing elsewhere', () => {
    const pod = (place: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: one${place}}\nspec: {containers: [{name: a, image: "a:1"}]}\n`;
    const checker = checkerOf();
    const objects = [{ name: 'one', namespace: 'default', status: 'Running' }];
    checker.updateCluster({
      context: 'test',
      namespace: 'default',
      objects: [{ group: '', kind: 'Pod', within: 'default', objects }],
    });
    const lenses = (text: string) =>
      codeLensesOf(open(text), checker.cluster)
        .slice(3)
        .map(({ command }) => command?.title);
    expect(lenses(pod(''))).toEqual(['$(pulse) Running', 'Logs']);
    expect(lenses(pod(', namespace: default').replace('one', 'two'))).toEqual([
      '$(circle-slash) not in test',
    ]);
    expect(lenses(pod(', namespace: elsewhere'))).toEqual([]);
  });
});

describe('hover and lenses', () => {
  it.each([
    ['apps/v1', 'ReplicaSet', 'replicasets'],
    ['v1', 'ReplicationController', 'replicationcontrollers'],
    ['batch/v1', 'Job', 'jobs'],
    ['v1', 'Pod', 'pods'],
  ])('lead from a %s %s to its state and its logs', (apiVersion, kind, resource) => {
    const checker = checkerOf();
    const live = { name: 'one', namespace: 'default', status: 'fine' };
    const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    const objects = [{ group, kind, within: 'default', objects: [live] }];
    checker.updateCluster({ context: 'test', namespace: 'default', objects });
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: one}\n`;
    const target = { group, version: 'v1', resource, name: 'one', namespace: 'default' };
    expect(codeLensesOf(open(text), checker.cluster).slice(3)).toMatchObject([
      { command: { title: '$(pulse) fine', command: 'skiff.details', arguments: [target] } },
      { command: { title: 'Logs', command: 'skiff.logs', arguments: [target] } },
    ]);
  });

  it('say how live objects fare', () => {
    expect(hover(env('configMap', 'set|tings', 'port'))).toMatch(
      /^\*\*ConfigMap settings\*\* in `test`, namespace `default`\n\n2 keys\n\nKeys: `port`, `host`/,
    );
    expect(hover(env('secret', 'lo|gin', 'x'))).toMatch(/^\*\*Secret login\*\* is not in `test`/);
    const { cluster } = connected(deployment);
    expect(codeLensesOf(open(deployment), cluster).slice(3)).toMatchObject([
      {
        command: {
          title: '$(pulse) 2 of 3 ready',
          command: 'skiff.details',
          arguments: [
            { group: 'apps', resource: 'deployments', name: 'web', namespace: 'default' },
          ],
        },
      },
      { command: { command: 'skiff.logs' } },
    ]);
    const other = deployment.replace('name: web', 'name: other');
    expect(codeLensesOf(open(other), cluster)[3]?.command?.title).toContain('not in test');
  });
});

describe('kinds', () => {
  const boat =
    'apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: a}\nspec: {length: long}\n';
  const kind = (type: 'integer' | 'string') => ({
    group: 'example.com',
    version: 'v1',
    kind: 'Boat',
    plural: 'boats',
    namespaced: true,
    schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { length: { type } } } },
    } as const,
  });
  const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {length: {type: string}}}}}}}]
`;

  it('come from the cluster, and from the workspace before it', () => {
    const checker = checkerOf({ '/w/test.yaml': boat });
    const messages = () => {
      const context = checker.contextFor('file:///w/test.yaml', defaultSettings);
      return context === undefined
        ? []
        : checkFile(open(boat).manifest, context).map((p) => p.message);
    };
    expect(messages()).toEqual([]);
    checker.updateCluster({ context: 'test', customKinds: [kind('integer')] });
    expect(messages()).toEqual(['length: expected an integer, got a string']);
    checker.index('file:///w/crd.yaml', definition);
    expect(messages()).toEqual([]);
    checker.forget('file:///w/crd.yaml');
    expect(messages()).toHaveLength(1);
    checker.updateCluster({ context: undefined });
    expect(messages()).toEqual([]);
  });
});
