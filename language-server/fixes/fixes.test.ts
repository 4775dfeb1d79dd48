import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, deployment, open, reportOf } from '../language-server.case.ts';
import { codeActionsAt, fixAllKind } from '../providers/code-actions.ts';
import { manifestSnippets } from '../providers/snippets.ts';
import { defaultSettings } from '../settings.ts';

/** The text after the first fix whose title begins so, for a cursor at `¦` or at a problem. */
function fixed(marked: string, title: string, only?: string[]): string {
  const offset = Math.max(0, marked.indexOf('¦'));
  const text = marked.replace('¦', '');
  const checker = checkerOf({ '/w/test.yaml': text });
  const file = open(text);
  const context = checker.contextFor(file.document.uri, defaultSettings);
  if (context === undefined) throw new Error('not checked');
  const position = file.document.positionAt(offset);
  const range = marked.includes('¦')
    ? { start: position, end: position }
    : { start: position, end: file.document.positionAt(text.length) };
  const actions = codeActionsAt(file, range, context, { only });
  const action = actions.find((each) => each.title.startsWith(title));
  const edits = action?.edit?.changes?.[file.document.uri];
  if (edits === undefined) throw new Error(`only ${actions.map((each) => each.title).join(' | ')}`);
  return TextDocument.applyEdits(file.document, edits);
}

/** Errors only: what a migrated object must not have. */
function errorsIn(text: string): string[] {
  return reportOf(text).filter((line) => line.startsWith('error'));
}

describe('migration', () => {
  it('of an Ingress gives backends, path types and their structure', () => {
    const text = `# the shop
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata:
  name: shop # by name
spec:
  backend:
    serviceName: fallback
    servicePort: 80
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            backend:
              serviceName: web
              servicePort: http
---
apiVersion: v1
kind: ConfigMap
metadata: {name: untouched}
`;
    const after = fixed(text, 'Change to networking.k8s.io/v1');
    expect(after).toBe(`# the shop
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop # by name
spec:
  defaultBackend:
    service:
      name: fallback
      port:
        number: 80
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            pathType: ImplementationSpecific
            backend:
              service:
                name: web
                port:
                  name: http
---
apiVersion: v1
kind: ConfigMap
metadata: {name: untouched}
`);
    expect(errorsIn(after)).toEqual([]);
  });

  it('of an autoscaler nests its targets', () => {
    const text = `---
apiVersion: autoscaling/v2beta1
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 1
  maxReplicas: 5
  metrics:
  - type: Resource
    resource:
      name: cpu
      targetAverageUtilization: 60
  - type: Pods
    pods:
      metricName: requests
      targetAverageValue: "10"
`;
    const after = fixed(text, 'Change to autoscaling/v2');
    expect(after).toMatch(/^---\napiVersion: autoscaling\/v2\n/);
    expect(after).toContain(`
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: 60
  - type: Pods
    pods:
      metric:
        name: requests
      target:
        type: AverageValue
        averageValue: "10"
`);
    expect(errorsIn(after)).toEqual([]);
  });

  it('of a CustomResourceDefinition moves what all versions shared into each', () => {
    const text = `apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata:
  name: boats.example.com
spec:
  group: example.com
  version: v1
  scope: Namespaced
  names:
    kind: Boat
    plural: boats
  additionalPrinterColumns:
    - name: Length
      type: integer
      JSONPath: .spec.length
  validation:
    openAPIV3Schema:
      properties:
        spec:
          type: object
          properties:
            length:
              type: integer
`;
    const after = fixed(text, 'Change to apiextensions.k8s.io/v1');
    expect(after).toContain(`  versions:
    - schema:
        openAPIV3Schema:
          type: object
          properties:`);
    expect(after).toContain('jsonPath: .spec.length');
    expect(after).not.toContain('validation:');
    expect(errorsIn(after)).toEqual([]);
  });

  it.each(['extensions/v1beta1', 'apps/v1beta1', 'apps/v1beta2'])(
    'of a Deployment in %s says what it selects',
    (apiVersion) => {
      const old = deployment
        .replace('apps/v1', apiVersion)
        .replace('  selector:\n    matchLabels:\n      app: web\n', '');
      expect(fixed(old, 'Change to apps/v1')).toBe(deployment);
    },
  );

  it.each([
    ['batch/v1beta1', 'CronJob', 'batch/v1'],
    ['policy/v1beta1', 'PodDisruptionBudget', 'policy/v1'],
    ['autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'autoscaling/v2'],
    ['extensions/v1beta1', 'NetworkPolicy', 'networking.k8s.io/v1'],
  ])('of %s %s changes the name of the API alone', (from, kind, to) => {
    const text = `apiVersion: ${from}\nkind: ${kind}\nmetadata: {name: a}\n`;
    expect(fixed(text, `Change to ${to}`)).toBe(text.replace(from, to));
    expect(fixed(text, 'Fix what leaves no doubt', ['source.fixAll'])).toBe(text.replace(from, to));
  });

  it('reaches into a List', () => {
    const item = deployment
      .replace('apps/v1', 'apps/v1beta1')
      .replace('  selector:\n    matchLabels:\n      app: web\n', '');
    const lines = item
      .trimEnd()
      .split('\n')
      .map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`));
    const after = fixed(
      `apiVersion: v1\nkind: List\nitems:\n${lines.join('\n')}\n`,
      'Change to apps/v1',
    );
    expect(after).toContain('- apiVersion: apps/v1\n  kind: Deployment');
    expect(after).toContain('    selector:\n      matchLabels:\n        app: web\n');
  });
});

describe('what is missing', () => {
  it('is added to the object, with what it needs in turn', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  restartPolicy: Never\n';
    expect(fixed(text, 'Add "containers"')).toBe(
      `${text.trimEnd()}\n  containers:\n    - name:\n      image:\n`,
    );
    const port =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n    - name: http\n';
    expect(fixed(port, 'Add "port"')).toBe(`${port.trimEnd()}\n      port:\n`);
  });

  it('is created with the keys that are asked of it', () => {
    const text = deployment.replace(
      'image: web:1',
      `image: web:1
          env:
            - name: A
              valueFrom: {secretKeyRef: {name: login, key: password}}`,
    );
    expect(fixed(text, 'Create Secret "login"')).toBe(
      `${text}---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: ""\n`,
    );
  });

  it.each([
    ['ServiceAccount', 'serviceAccountName: robot', ''],
    [
      'PersistentVolumeClaim',
      'volumes: [{name: a, persistentVolumeClaim: {claimName: robot}}]',
      'spec:\n  accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n',
    ],
    [
      'ConfigMap',
      'volumes: [{name: a, configMap: {name: robot, items: [{key: k, path: k}]}}]',
      'data:\n  k: ""\n',
    ],
  ])('is created: %s', (kind, line, body) => {
    const text = deployment.replace('      containers:', `      ${line}\n      containers:`);
    const after = fixed(text, `Create ${kind} "robot"`);
    expect(after).toBe(
      `${text}---\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: robot\n${body}`,
    );
    expect(reportOf(after)).toEqual([]);
  });

  it('is created where an autoscaler or an Ingress asks for it', () => {
    const snippet = (kind: string) =>
      (manifestSnippets.find((each) => each.kind === kind)?.body ?? '').replace(
        /\$\{\d:([^}]*)\}/g,
        '$1',
      );
    const scaled = fixed(snippet('HorizontalPodAutoscaler'), 'Create Deployment "web"');
    expect(reportOf(scaled)).toEqual([]);
    const served = fixed(snippet('Ingress'), 'Create Service "web"');
    expect(served).toContain('  ports:\n    - port: 80\n');
    expect(reportOf(served)).toEqual([]);
  });

  it('is created in a file of its own, where the editor can and none is there', () => {
    const text = deployment.replace(
      'image: web:1',
      'image: web:1\n          envFrom: [{configMapRef: {name: settings}}]',
    );
    const actionsWith = (others: Record<string, string>) => {
      const checker = checkerOf({ '/w/test.yaml': text, ...others });
      const { document } = open(text);
      const context = checker.contextFor(document.uri, defaultSettings);
      if (context === undefined) throw new Error('not checked');
      const start = document.positionAt(text.indexOf('settings'));
      const newFile = (name: string) => checker.newFile(document.uri, name);
      return codeActionsAt(open(text), { start, end: start }, context, { newFile });
    };
    const [found] = actionsWith({}).filter(({ edit }) => edit?.documentChanges !== undefined);
    expect(found?.title).toBe('Create ConfigMap "settings" in settings-configmap.yaml');
    expect(found?.edit?.documentChanges).toMatchObject([
      { kind: 'create', uri: 'file:///w/settings-configmap.yaml' },
      {
        edits: [
          { newText: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: {}\n' },
        ],
      },
    ]);
    const taken = actionsWith({ '/w/settings-configmap.yaml': '' });
    expect(taken.filter(({ edit }) => edit?.documentChanges !== undefined)).toEqual([]);
  });

  it('is added to the ConfigMap of another file', () => {
    const config =
      '# settings\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  port: "80"\n---\n';
    const text = deployment.replace(
      'image: web:1',
      'image: web:1\n          env: [{name: H, valueFrom: {configMapKeyRef: {name: settings, key: hostname}}}]',
    );
    const checker = checkerOf({ '/w/test.yaml': text, '/w/c.yaml': config });
    const { document } = open(text);
    const context = checker.contextFor(document.uri, defaultSettings);
    if (context === undefined) throw new Error('not checked');
    const start = document.positionAt(text.indexOf('hostname'));
    const actions = codeActionsAt(open(text), { start, end: start }, context, {
      workspace: checker.workspace,
    });
    const action = actions.find(
      ({ title }) => title === 'Add key "hostname" to ConfigMap "settings"',
    );
    const edits = action?.edit?.changes?.['file:///w/c.yaml'] ?? [];
    expect(TextDocument.applyEdits(TextDocument.create('x', 'yaml', 1, config), edits)).toBe(
      config.replace('port: "80"', 'port: "80"\n  hostname: ""'),
    );
  });

  it('is offered for a container', () => {
    const at = deployment.replace('image: web:1', 'image: we¦b:1');
    const resources = fixed(at, 'Add resource requests');
    expect(resources).toBe(
      `${deployment}          resources:\n            requests:\n              cpu: 100m\n              memory: 128Mi\n            limits:\n              memory: 128Mi\n`,
    );
    expect(fixed(at, 'Add a readiness probe')).toBe(
      `${deployment}          readinessProbe:\n            httpGet:\n              path: /\n              port: http\n`,
    );
    expect(errorsIn(resources)).toEqual([]);
  });
});

describe('silencing', () => {
  it('puts the names of all rules into one comment', () => {
    const twice = (comment: string) =>
      deployment.replace('  selector:\n', `  replica: 1${comment}\n  selector:\n`);
    const once = fixed(twice(''), 'Ignore unknown-field here');
    expect(once).toBe(twice(' # skiff-ignore unknown-field'));
    const other = twice(' # skiff-ignore latest-tag -- is built here');
    expect(fixed(other, 'Ignore unknown-field here')).toBe(
      twice(' # skiff-ignore latest-tag, unknown-field -- is built here'),
    );
    expect(() => fixed(twice(' # why'), 'Ignore unknown-field here')).toThrow(/^only /);
  });
});

describe('selectors and quotes', () => {
  it('tabs give way to spaces, those in texts stay', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\ndata:\n\ta: "x\ty"\n';
    expect(fixed(text, 'Indent with spaces')).toBe(
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "x\ty"\n',
    );
  });

  it('a workload and its template are made to fit, either way', () => {
    const text = deployment.replace('labels:\n        app: web', 'labels:\n        app: other');
    expect(fixed(text, 'Give the pods the labels')).toBe(deployment);
    expect(fixed(text, 'Select the labels')).toBe(deployment.replaceAll('app: web', 'app: other'));
    const bare = deployment.replace('labels:\n        app: web', 'labels:\n        tier: web');
    expect(fixed(bare, 'Give the pods the labels')).toContain('tier: web\n        app: web\n');
    expect(() => fixed(bare, 'Select the labels')).toThrow(/^only /);
  });

  it('a selector that is missing selects the template', () => {
    const text = deployment.replace('  selector:\n    matchLabels:\n      app: web\n', '');
    const after = fixed(text, 'Select the pods of the template');
    expect(after).toContain('\n  selector:\n    matchLabels:\n      app: web\n');
    expect(reportOf(after)).toEqual([]);
  });

  it('a Service takes over the labels of the pods that it nearly selects', () => {
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: wev}\n  ports: [{port: 80}]\n---\n';
    expect(fixed(service + deployment, 'Select the pods of Deployment "web"')).toBe(
      service.replace('wev', 'web') + deployment,
    );
  });

  it('a boolean where a string belongs is quoted, and all such at once', () => {
    const env = (value: string) =>
      deployment.replace(
        'image: web:1',
        `image: web:1\n          env: [{name: A, value: ${value}}]`,
      );
    expect(fixed(env('yes'), 'Put in quotes')).toBe(env('"yes"'));
    const both = env('yes').replace('containerPort: 80', 'containerPort: "80"');
    expect(fixed(both, 'Fix what leaves no doubt', [fixAllKind])).toBe(env('"yes"'));
  });

  it('what leaves a doubt is not fixed unasked', () => {
    const old = deployment.replace('apps/v1', 'extensions/v1beta1');
    expect(() => fixed(old, 'Fix', [fixAllKind])).toThrow(/^only $/);
    const text = deployment.replace('selector:', 'selectr:');
    expect(() => fixed(text, 'Fix', [fixAllKind])).toThrow(/^only $/);
  });
});
