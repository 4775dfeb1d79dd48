import { describe, expect, it } from 'vitest';
import { type CompletionItem, CompletionTriggerKind } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { atCursor, checkerOf, deployment, reportOf } from '../language-server.case.ts';
import { finish } from '../slices.ts';
import { completionsAt, completionsInSteps } from './completion.ts';
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

  it('offers rules where a comment silences them', () => {
    expect(accept(`${pod}spec: {} # skiff-ignore cluster-admin, late|`, 'latest-tag')).toBe(
      `${pod}spec: {} # skiff-ignore cluster-admin, latest-tag`,
    );
    expect(labels(complete('# skiff-ignore-file |'))).toContain('unknown-field');
    expect(complete(`${pod}# skiff-ignore latest-tag -- be|`)).toEqual([]);
  });

  it('offers nothing in comments and block text', () => {
    expect(complete(`${pod}# |`)).toEqual([]);
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  file: |\n';
    const { catalog } = checkerOf();
    const marked = atCursor(`${config.replace('|', '>')}    text ¦`.replace('¦', '|'));
    expect(completionsAt(marked.file, marked.position, catalog)).toEqual([]);
  });
});

describe('workloads', () => {
  const web = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n';

  it('are begun with all that they need; labels are typed once', () => {
    const text = accept(`${web}|`, 'spec');
    expect(text.split('\n').slice(4).join('\n')).toBe(`spec:
  selector:
    matchLabels:
      app: \${1:web}
  template:
    metadata:
      labels:
        app: \${1:web}
    spec:
      containers:
        - name: \${2}
          image: \${3}`);
  });

  it('keep the labels that they have, as texts', () => {
    const labelled = web.replace('  name: web\n', '  name: web\n  labels: { release: "2" }\n');
    expect(accept(`${labelled}|`, 'spec')).toContain(`      release: \${1:"2"}\n  template:`);
  });

  it('are told what the pods of a Job need', () => {
    const job = 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\n';
    const text = accept(`${job}|`, 'spec');
    expect(text).toContain(
      `    spec:\n      restartPolicy: \${1|OnFailure,Never|}\n      containers:`,
    );
  });

  it('are offered the labels that stand elsewhere in them, before those that are recommended', () => {
    const items = complete(`${web}  labels:\n    |\n`);
    expect(
      [...items].sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1))[0],
    ).toEqual(expect.objectContaining({ label: 'app', detail: 'web · the name' }));
  });

  it('are not offered what the server alone says', () => {
    expect(labels(complete(`${web}  |`))).not.toContain('managedFields');
  });
});

describe('values', () => {
  it('of several lines are put below the key', () => {
    const text = accept(`${pod}spec:\n  containers:\n    - env: |\n`, '- EnvVar');
    // The editor indents them as the line is.
    expect(text).toBe(`${pod}spec:\n  containers:\n    - env:\n    - name: \${1}\n`);
    expect(labels(complete(`${pod}  annotations: |`))).toEqual([]);
  });

  it('keep the quotes that are there, and are found behind them', () => {
    const quoted = `${pod}spec:\n  restartPolicy: "|"\n`;
    expect(accept(quoted, 'Never')).toContain('restartPolicy: "Never"\n');
    const item = complete(quoted).find(({ label }) => label === 'Never');
    expect(item?.filterText).toBe('"Never"');
  });

  it('of lists begin the list', () => {
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n';
    expect(accept(`${role}rules:\n  - verbs: |`, 'get')).toContain('verbs: [get]');
  });

  it('right behind the colon come with a space, unless Enter may be next', () => {
    const tight = 'apiVersion: v1\nkind:|';
    expect(accept(tight, 'Pod')).toContain('kind: Pod');
    const { file, position } = atCursor(tight);
    const { catalog } = checkerOf({});
    const asked = { triggerKind: CompletionTriggerKind.TriggerCharacter, triggerCharacter: ':' };
    expect(finish(completionsInSteps(file, position, catalog, undefined, asked))).toEqual([]);
  });

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
    expect(accept('kind: Depl|\nspec: {}\n', 'Deployment')).toBe(
      'apiVersion: apps/v1\nkind: Deployment\nspec: {}\n',
    );
    expect(labels(complete('apiVersion: batch/v1\nkind: |'))).toEqual(['CronJob', 'Job']);
    expect(labels(complete('apiVersion: |\nkind: CronJob\n'))).toEqual(['batch/v1']);
  });

  it('offers all of an object with its kind where there is nothing else of it', () => {
    const bodyOf = (marked: string, kind: string) => {
      const item = complete(marked).find(({ label }) => label === kind);
      return item?.command?.arguments?.[0] as string | undefined;
    };
    const web = manifestSnippets.find(({ kind }) => kind === 'Deployment')?.body;
    expect(web).toContain('containers:');
    expect(bodyOf('kind: |', 'Deployment')).toBe(web);
    expect(bodyOf(`${pod}---\napiVersion: apps/v1\nkind: De|\n`, 'Deployment')).toBe(web);
    expect(bodyOf('kind: |\n---\n', 'Lease')).toMatch(
      /^apiVersion: coordination.k8s.io\/v1\nkind: Lease\nmetadata:\n {2}name: \$\{1:lease\}\n$/,
    );
    // One that is typed out stays as it is: Enter then changes nothing, and begins a line.
    expect(accept('kind: |', 'Deployment')).toBe('kind: Deployment');
    for (const other of [
      'kind: |\nmetadata:\n  name: a\n',
      'metadata: {name: a}\nkind: |\n',
      'apiVersion: v1\nkind: List\nitems:\n  - kind: |\n',
    ]) {
      expect(bodyOf(other, 'Deployment')).toBeUndefined();
    }
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

/** `kind` of the v1 group or as `group/version Kind`, then the lines of the object. */
function objectOf(kind: string, lines: string): string {
  const [apiVersion, name] = kind.includes(' ') ? kind.split(' ') : ['v1', kind];
  return `apiVersion: ${apiVersion}\nkind: ${name}\nmetadata: {name: a}\n${lines}`;
}

describe('what no schema lists', () => {
  const role = 'rbac.authorization.k8s.io/v1 Role';
  const container =
    'spec:\n  containers:\n    - name: web\n      ports: [{name: http, containerPort: 80}]\n';
  it.each([
    ['verbs', role, 'rules:\n  - verbs:\n      - |', 'watch'],
    ['verbs within brackets', role, 'rules:\n  - verbs: [get, |]', 'watch'],
    [
      'resources of a group',
      role,
      'rules:\n  - apiGroups: [apps]\n    resources: [|]',
      'deployments/scale',
    ],
    ['API groups', role, 'rules:\n  - apiGroups:\n      - |', 'apps'],
    [
      'kinds to scale',
      'autoscaling/v2 HorizontalPodAutoscaler',
      'spec:\n  scaleTargetRef:\n    kind: |',
      'Deployment',
    ],
    [
      'ports of the container for a probe',
      'Pod',
      `${container}      livenessProbe:\n        httpGet:\n          port: |`,
      'http',
    ],
    [
      'capabilities',
      'Pod',
      `${container}      securityContext:\n        capabilities:\n          drop:\n            - |`,
      'ALL',
    ],
    [
      'resources to request',
      'Pod',
      `${container}      resources:\n        requests:\n          |`,
      'memory',
    ],
    [
      'fields of the downward API',
      'Pod',
      `${container}      env:\n        - name: A\n          valueFrom:\n            fieldRef:\n              fieldPath: |`,
      'status.podIP',
    ],
    ['labels of nodes', 'Pod', 'spec:\n  nodeSelector:\n    |', 'kubernetes.io/arch'],
    [
      'topologies',
      'Pod',
      'spec:\n  topologySpreadConstraints:\n    - topologyKey: |',
      'kubernetes.io/hostname',
    ],
    ['types of secrets', 'Secret', 'type: |', 'kubernetes.io/tls'],
    ['times', 'batch/v1 CronJob', 'spec:\n  schedule: |', '"0 3 * * *"'],
  ])('offers %s', (_, kind, lines, label) => {
    expect(labels(complete(objectOf(kind, lines)))).toContain(label);
  });

  it('offers recommended labels', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    |';
    expect(accept(text, 'app.kubernetes.io/name')).toContain(
      'labels:\n    app.kubernetes.io/name: ',
    );
  });

  it('offers labels of pods wherever pods are selected', () => {
    const others = { '/w/d.yaml': deployment };
    const policy =
      'spec:\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n              |';
    expect(
      labels(complete(objectOf('networking.k8s.io/v1 NetworkPolicy', policy), others)),
    ).toEqual(['app']);
    const spread = deployment.replace(
      '      containers:',
      '      topologySpreadConstraints:\n        - labelSelector:\n            matchLabels:\n              |\n      containers:',
    );
    expect(labels(complete(spread))).toEqual(['app']);
  });

  it('has the ports of pods for a Service, by name and number', () => {
    const text = objectOf(
      'Service',
      'spec:\n  selector: {app: web}\n  ports:\n    - targetPort: |',
    );
    expect(labels(complete(text, { '/w/d.yaml': deployment }))).toEqual(['http', '80']);
  });
});

describe('names of other objects', () => {
  const others = (kind: string, extra = '') => ({
    '/w/other.yaml': `${objectOf(kind, '').replace('{name: a}', '{name: other}')}${extra}`,
  });
  const pods = 'spec:\n  containers:\n    - name: a\n';
  it.each([
    ['Namespace', 'ConfigMap', 'metadata:\n  namespace: |'],
    ['ServiceAccount', 'Pod', 'spec:\n  serviceAccountName: |'],
    [
      'PersistentVolumeClaim',
      'Pod',
      'spec:\n  volumes:\n    - name: a\n      persistentVolumeClaim:\n        claimName: |',
    ],
    ['Secret', 'Pod', `${pods}      envFrom:\n        - secretRef:\n            name: |`],
    ['Secret', 'Pod', 'spec:\n  imagePullSecrets:\n    - name: |'],
    ['ConfigMap', 'Pod', 'spec:\n  volumes:\n    - name: a\n      configMap: {name: |}'],
    ['scheduling.k8s.io/v1 PriorityClass', 'Pod', 'spec:\n  priorityClassName: |'],
    ['storage.k8s.io/v1 StorageClass', 'PersistentVolumeClaim', 'spec:\n  storageClassName: |'],
    [
      'Service',
      'networking.k8s.io/v1 Ingress',
      'spec:\n  defaultBackend:\n    service:\n      name: |',
    ],
    [
      'networking.k8s.io/v1 IngressClass',
      'networking.k8s.io/v1 Ingress',
      'spec:\n  ingressClassName: |',
    ],
    [
      'rbac.authorization.k8s.io/v1 Role',
      'rbac.authorization.k8s.io/v1 RoleBinding',
      'roleRef:\n  kind: Role\n  name: |',
    ],
    [
      'ServiceAccount',
      'rbac.authorization.k8s.io/v1 RoleBinding',
      'subjects:\n  - kind: ServiceAccount\n    name: |',
    ],
  ])('%s in a %s', (kind, user, lines) => {
    const text = lines.startsWith('metadata')
      ? `apiVersion: v1\nkind: ${user}\n${lines}`
      : objectOf(user, lines);
    expect(labels(complete(text, others(kind)))).toEqual(['other']);
  });

  it('namespaces that other objects are in', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: |';
    const shop = {
      '/w/a.yaml': objectOf('Secret', '').replace('{name: a}', '{name: a, namespace: shop}'),
    };
    expect(labels(complete(text, shop))).toEqual(['shop']);
  });

  it('keys of a Secret', () => {
    const text = objectOf(
      'Pod',
      `${pods}      env:\n        - {name: A, valueFrom: {secretKeyRef: {name: other, key: |}}}`,
    );
    expect(
      labels(complete(text, others('Secret', 'stringData: {user: a, password: b}\n'))),
    ).toEqual(['user', 'password']);
  });
});

describe('order and layout', () => {
  const sorted = (marked: string) =>
    labels(complete(marked).sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1)));

  it('is that in which people write', () => {
    expect(sorted(`${pod}spec:\n  containers:\n    - |`).slice(0, 6)).toEqual([
      ...['name', 'image', 'imagePullPolicy', 'command', 'args', 'workingDir'],
    ]);
    expect(sorted('apiVersion: v1\nkind: Pod\nmetadata:\n  |').slice(0, 4)).toEqual([
      ...['name', 'namespace', 'labels', 'annotations'],
    ]);
    expect(sorted('apiVersion: apps/v1\nkind: Deployment\nspec:\n  |').slice(0, 4)).toEqual([
      ...['selector', 'template', 'replicas', 'strategy'],
    ]);
  });

  it('has what is deprecated last, struck through', () => {
    const items = complete(`${pod}spec:\n  |`);
    expect(sorted(`${pod}spec:\n  |`).at(-1)).toBe('serviceAccount');
    expect(items.find(({ label }) => label === 'serviceAccount')?.tags).toEqual([1]);
  });

  it('stays on the line within braces', () => {
    const text = `${pod}spec: {|}\n`;
    expect(accept(text, 'containers')).toBe(`${pod}spec: {containers: [\${1}]}\n`);
    expect(accept(`${pod}spec: {restartPolicy: Al|}\n`, 'Always')).toBe(
      `${pod}spec: {restartPolicy: Always}\n`,
    );
    expect(complete(`${pod}# {|}`)).toEqual([]);
  });
});

describe('whole objects', () => {
  it('are there for every workload', () => {
    const wanted = [
      'Deployment',
      'StatefulSet',
      'DaemonSet',
      'ReplicaSet',
      'ReplicationController',
      'Job',
      'CronJob',
      'Pod',
    ];
    expect(labels(complete('|'))).toEqual(expect.arrayContaining(wanted));
    for (const { body } of manifestSnippets) expect(body).toMatch(/\$\{1:/);
  });

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
