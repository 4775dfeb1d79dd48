/** Every way from one object to another, there and back. */
import { describe, expect, it } from 'vitest';
import type { Location } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, deployment, open } from '../language-server.case.ts';
import { hierarchyAt, neededBy, needs } from './hierarchy.ts';
import { definitionAt, referencesAt } from './navigation.ts';
import { renameAt } from './rename.ts';

const files: Record<string, string> = {
  '/w/deployment.yaml':
    deployment.replace(
      'image: web:1\n',
      `image: web:1
          env:
            - {name: A, valueFrom: {configMapKeyRef: {name: settings, key: port}}}
          volumeMounts:
            - {name: data, mountPath: /data}
          livenessProbe:
            tcpSocket: {port: http}
`,
    ) + '      volumes:\n        - {name: data, emptyDir: {}}\n      serviceAccountName: robot\n',
  '/w/service.yaml': `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: main, port: 80, targetPort: http}]
`,
  '/w/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
`,
  '/w/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  port: "80"\n',
  '/w/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n',
  '/w/role.yaml':
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader}\nrules: []\n',
  '/w/binding.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: default}]
`,
  '/w/hpa.yaml': `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
`,
  '/w/budget.yaml': `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
`,
  '/w/owned.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: owned
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: "1"}]
`,
  '/w/crd.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`,
  '/w/boat.yaml': 'apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: ark}\n',
};
const { workspace } = checkerOf(files);

/** The position after `before` in the file, in the middle of what follows. */
function at(path: string, before: string) {
  const text = files[path] ?? '';
  const offset = text.indexOf(before) + before.length + 1;
  if (!text.includes(before)) throw new Error(`no ${before} in ${path}`);
  const file = open(text, path);
  return { file, position: file.document.positionAt(offset) };
}

/** `service.yaml:web`, the file and the text that a place stands for. */
function shown(places: readonly Location[]): string[] {
  return places
    .map(({ uri, range }) => {
      const path = new URL(uri).pathname;
      const document = TextDocument.create(uri, 'yaml', 1, files[path] ?? '');
      return `${path.slice(3)}:${document.getText(range).split('\n')[0]}`;
    })
    .sort();
}

const goTo = (path: string, before: string) => {
  const { file, position } = at(path, before);
  return shown(definitionAt(file, position, workspace));
};
const find = (path: string, before: string) => {
  const { file, position } = at(path, before);
  return shown(referencesAt(file, position, workspace, false));
};

describe('definition', () => {
  it.each([
    ['a Service’s selector', '/w/service.yaml', 'selector: {app: ', ['deployment.yaml:web']],
    [
      'a selector of a workload',
      '/w/deployment.yaml',
      'matchLabels:\n      app: ',
      ['deployment.yaml:web'],
    ],
    ['a key of a ConfigMap', '/w/deployment.yaml', 'key: ', ['config.yaml:port']],
    ['a ConfigMap', '/w/deployment.yaml', 'configMapKeyRef: {name: ', ['config.yaml:settings']],
    ['a service account', '/w/deployment.yaml', 'serviceAccountName: ', ['account.yaml:robot']],
    ['an Ingress’s Service', '/w/ingress.yaml', 'service: {name: ', ['service.yaml:web']],
    ['an Ingress’s port', '/w/ingress.yaml', 'number: ', ['service.yaml:80']],
    ['a Service’s target port', '/w/service.yaml', 'targetPort: ', ['deployment.yaml:http']],
    ['a binding’s role', '/w/binding.yaml', 'kind: Role, name: ', ['role.yaml:reader']],
    [
      'a binding’s subject',
      '/w/binding.yaml',
      'kind: ServiceAccount, name: ',
      ['account.yaml:robot'],
    ],
    ['an autoscaler’s target', '/w/hpa.yaml', 'kind: Deployment, name: ', ['deployment.yaml:web']],
    ['a budget’s selector', '/w/budget.yaml', 'matchLabels: {app: ', ['deployment.yaml:web']],
    ['an owner', '/w/owned.yaml', 'kind: Deployment, name: ', ['deployment.yaml:web']],
    ['a custom kind', '/w/boat.yaml', 'kind: ', ['crd.yaml:boats.example.com']],
    [
      'a mounted volume',
      '/w/deployment.yaml',
      'volumeMounts:\n            - {name: ',
      ['deployment.yaml:data'],
    ],
    ['a probed port', '/w/deployment.yaml', 'tcpSocket: {port: ', ['deployment.yaml:http']],
  ])('of %s', (_, path, before, expected) => expect(goTo(path, before)).toEqual(expected));
});

describe('references', () => {
  it.each([
    ['a Service', '/w/service.yaml', 'metadata: {name: ', ['ingress.yaml:web']],
    [
      'a Deployment',
      '/w/deployment.yaml',
      'metadata:\n  name: ',
      ['hpa.yaml:web', 'owned.yaml:web'],
    ],
    [
      'a service account',
      '/w/account.yaml',
      'name: ',
      ['binding.yaml:robot', 'deployment.yaml:robot'],
    ],
    ['a role', '/w/role.yaml', 'metadata: {name: ', ['binding.yaml:reader']],
    ['a definition', '/w/crd.yaml', 'metadata: {name: ', ['boat.yaml:ark']],
    [
      'labels of pods',
      '/w/deployment.yaml',
      'labels:\n        app: ',
      ['budget.yaml:web', 'service.yaml:web'],
    ],
    ['a key', '/w/config.yaml', 'data:\n  ', ['deployment.yaml:port']],
    ['a volume', '/w/deployment.yaml', 'volumes:\n        - {name: ', ['deployment.yaml:data']],
    [
      'a port of a container',
      '/w/deployment.yaml',
      'ports:\n            - name: ',
      ['deployment.yaml:http', 'service.yaml:http'],
    ],
    ['a port of a Service', '/w/service.yaml', 'port: ', ['ingress.yaml:80']],
  ])('to %s', (_, path, before, expected) => expect(find(path, before)).toEqual(expected));
});

describe('rename', () => {
  const renamed = (path: string, before: string) => {
    const { file, position } = at(path, before);
    const changes = renameAt(file, position, 'new', workspace)?.changes ?? {};
    return Object.entries(changes)
      .flatMap(([uri, edits]) => shown(edits.map(({ range }) => ({ uri, range }))))
      .sort();
  };
  it.each([
    ['an object', '/w/service.yaml', 'metadata: {name: ', ['ingress.yaml:web', 'service.yaml:web']],
    [
      'an object where it is named',
      '/w/ingress.yaml',
      'service: {name: ',
      ['ingress.yaml:web', 'service.yaml:web'],
    ],
    ['a key', '/w/config.yaml', 'data:\n  ', ['config.yaml:port', 'deployment.yaml:port']],
    [
      'a key where it is named',
      '/w/deployment.yaml',
      'key: ',
      ['config.yaml:port', 'deployment.yaml:port'],
    ],
    [
      'a volume',
      '/w/deployment.yaml',
      'volumes:\n        - {name: ',
      ['deployment.yaml:data', 'deployment.yaml:data'],
    ],
    [
      'a port',
      '/w/deployment.yaml',
      'ports:\n            - name: ',
      ['deployment.yaml:http', 'deployment.yaml:http', 'service.yaml:http'],
    ],
  ])('of %s', (_, path, before, expected) => expect(renamed(path, before)).toEqual(expected));

  it('changes no port by number, and nothing that only looks alike', () => {
    expect(renamed('/w/ingress.yaml', 'number: ')).toEqual([]);
    expect(renamed('/w/service.yaml', 'selector: {app: ')).toEqual([]);
  });
});

describe('the chain of objects', () => {
  const itemAt = (path: string, before: string) => {
    const { file, position } = at(path, before);
    const [item] = hierarchyAt(file, position, workspace);
    if (item === undefined) throw new Error('nothing there');
    return item;
  };

  it('begins at what is named under the cursor, or at what the cursor is in', () => {
    expect(itemAt('/w/ingress.yaml', 'service: {name: ').name).toBe('Service web');
    expect(itemAt('/w/ingress.yaml', 'defaultB').name).toBe('Ingress web');
  });

  it('leads to what an object needs, over names and selectors', () => {
    const names = (path: string, before: string) =>
      needs(itemAt(path, before), workspace).map(({ to }) => to.name);
    expect(names('/w/ingress.yaml', 'defaultB')).toEqual(['Service web']);
    expect(names('/w/service.yaml', 'metad')).toEqual(['Deployment web']);
    expect(names('/w/deployment.yaml', 'metadata:\n  na')).toEqual(
      expect.arrayContaining(['ConfigMap settings', 'ServiceAccount robot']),
    );
  });

  it('leads to what needs an object', () => {
    const names = (path: string, before: string) =>
      neededBy(itemAt(path, before), workspace)
        .map(({ from }) => from.name)
        .sort();
    expect(names('/w/config.yaml', 'metad')).toEqual(['Deployment web']);
    expect(names('/w/deployment.yaml', 'metad')).toEqual([
      'ConfigMap owned',
      'HorizontalPodAutoscaler web',
      'PodDisruptionBudget web',
      'Service web',
    ]);
    const [call] = neededBy(itemAt('/w/service.yaml', 'metad'), workspace);
    expect(shown([{ uri: call?.from.uri ?? '', range: call?.fromRanges[0] ?? none }])).toEqual([
      'ingress.yaml:web',
    ]);
  });
});

const none = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
