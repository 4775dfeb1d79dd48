import { describe, expect, it } from 'vitest';
import { deployment, problemsIn, reportOf } from '../language-server.case.ts';

describe('structure', () => {
  it('finds nothing wrong with a good file', () => {
    expect(reportOf(deployment)).toEqual([]);
  });

  it('underlines a wrong field and names the nearest right one', () => {
    expect(reportOf(deployment.replace('containerPort', 'containerport'))).toEqual([
      'error unknown-field "containerport" Unknown field "containerport" in ' +
        'spec.template.spec.containers[0].ports[0]; did you mean "containerPort"?',
    ]);
  });

  it('says where a field belongs that stands in the wrong place', () => {
    const [problem] = problemsIn(deployment.replace('spec:\n', 'spec:\n  containers: []\n'));
    expect(problem?.message).toBe(
      'Unknown field "containers" in spec; it belongs in spec.template.spec',
    );
  });

  it('says to put a number in quotes where a string is wanted', () => {
    const text = deployment.replace(
      'image: web:1',
      'image: web:1\n          env: [{name: A, value: yes}]',
    );
    const [problem] = problemsIn(text);
    expect(problem?.message).toBe(
      'value must be a string, and YAML reads yes as a boolean; put it in quotes: "yes"',
    );
    expect(problem?.fix?.edits).toEqual([
      { start: problem?.start, end: problem?.end, text: '"yes"' },
    ]);
  });

  it('says once what is wrong with a field, not what follows from it for those around', () => {
    const of = (text: string) =>
      reportOf(text).map((line) => line.split(' ').slice(0, 2).join(' '));
    const template = deployment.lastIndexOf('app: web');
    const unquoted = `${deployment.slice(0, template)}app: 1.0${deployment.slice(template + 8)}`;
    expect(of(unquoted)).toEqual(['error wrong-type']);
    const ingress =
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n';
    expect(of(`${ingress}  defaultbackend: {service: {name: web, port: {number: 80}}}\n`)).toEqual([
      'error unknown-field',
    ]);
    const port = '  defaultBackend: {service: {name: web, port: {numbr: 80}}}\n';
    expect(of(ingress + port)).toEqual(['hint dangling-reference', 'error unknown-field']);
  });

  it('finds apiVersion and kind that are misspelled, those of lists, too', () => {
    const messages = (text: string) => problemsIn(text).map(({ message }) => message);
    const meant = (word: string) => [expect.stringContaining(`did you mean "${word}"?`)];
    expect(messages('apiVersion: v1\nknid: Secret\nmetadata: {name: a}\n')).toEqual(meant('kind'));
    expect(messages('aipVersion: v1\nkind: Secret\nmetadata: {name: a}\n')).toEqual(
      meant('apiVersion'),
    );
    const items = 'items: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]\n';
    expect(messages(`apiVersion: v1\nkind: List\n${items}`)).toEqual([]);
    expect(messages(`apiVersion: v1\nkidn: List\n${items}`)).toEqual(meant('kind'));
    expect(messages(`apiVersoin: v1\nkind: List\n${items}`)).toEqual(meant('apiVersion'));
    expect(messages(`kind: SecretList\n${items}`)).toEqual([
      'Missing field "apiVersion": for a SecretList it is v1',
    ]);
    expect(messages(`apiVersion: apps/v1\nkind: List\n${items}`)).toEqual([
      expect.stringContaining('Unknown kind "List" in apps/v1'),
    ]);
  });

  it('checks each object of a file by its own kind', () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {replicas: 1}\n';
    expect(reportOf(`${deployment}---\n${service}`).map((line) => line.split(' ')[1])).toContain(
      'unknown-field',
    );
    const unknown = 'apiVersion: example.com/v1\nkind: Thing\nspec: {any: 1}\n';
    expect(reportOf(`${unknown}---\n${deployment}`)).toEqual([]);
  });

  it('looks into Lists', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {nam: x}\n';
    expect(reportOf(list)).toEqual([
      'error unknown-field "nam" Unknown field "nam" in metadata; did you mean "name"?',
    ]);
  });

  it('takes an empty string for a choice that is not made', () => {
    expect(
      reportOf(deployment.replace('image: web:1', 'image: web:1\n          imagePullPolicy: ""')),
    ).toEqual([]);
  });
});

describe('kinds', () => {
  it.each([
    ['v1', 'Deployment', 'There is no Deployment in v1; it is in apps/v1'],
    ['apps/v1', 'Deploymnt', 'Unknown kind "Deploymnt" in apps/v1; did you mean "Deployment"?'],
    ['app/v1', 'Deployment', 'There is no Deployment in app/v1; it is in apps/v1'],
    [
      'extensions/v1beta1',
      'Ingress',
      'Ingress in extensions/v1beta1 was removed in Kubernetes 1.22; use networking.k8s.io/v1',
    ],
    ['policy/v1beta1', 'PodSecurityPolicy', /was removed in Kubernetes 1.25$/],
  ])('%s %s', (apiVersion, kind, message) => {
    const [problem] = problemsIn(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`);
    expect(problem?.message).toMatch(message);
  });

  it.each([
    ['monitoring.coreos.com/v1', 'ServiceMonitor'],
    ['argoproj.io/v1alpha1', 'Application'],
    ['serving.knative.dev/v1', 'Service'],
    ['v1', 'Config'],
  ])('leaves %s %s to whom it belongs', (apiVersion, kind) => {
    expect(reportOf(`apiVersion: ${apiVersion}\nkind: ${kind}\nspec: {x: 1}\n`)).toEqual([]);
  });

  it('offers the apiVersion that is missing', () => {
    const [problem] = problemsIn('kind: Deployment\nmetadata: {name: a}\n');
    expect(problem?.message).toBe('Missing field "apiVersion": for a Deployment it is apps/v1');
    expect(problem?.fix?.edits[0]?.text).toBe('apiVersion: apps/v1\n');
  });

  it('learns kinds from CustomResourceDefinitions in the workspace', () => {
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [sails]
              properties: {sails: {type: integer, minimum: 1}}
`;
    const boat = 'apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: a}\nspec: {sail: 2}\n';
    expect(reportOf(boat, { '/w/crd.yaml': crd })).toEqual([
      'error unknown-field "sail" Unknown field "sail" in spec; did you mean "sails"?',
    ]);
    expect(reportOf(crd)).toEqual([]);
  });
});

describe('meaning', () => {
  it('reports what the server would refuse, once', () => {
    expect(reportOf(deployment.replace('name: web\nspec', 'name: Web_1\nspec'))[0]).toMatch(
      /^error invalid-object "Web_1" metadata.name: Invalid value: "Web_1": a lowercase RFC 1123/,
    );
    const quantity = deployment.replace(
      'image: web:1',
      'image: web:1\n          resources: {limits: {memory: 1GB}}',
    );
    expect(reportOf(quantity)).toHaveLength(1);
  });

  it('reports a selector that does not match its template', () => {
    const text = deployment.replace('labels:\n        app: web', 'labels:\n        app: other');
    expect(reportOf(text).join()).toMatch(/`selector` does not match template `labels`/);
  });
});

describe('files', () => {
  it('says nothing of files that are no manifests', () => {
    expect(reportOf('version: 2\nversion: 3\n')).toEqual([]);
    expect(reportOf('{{ broken\n')).toEqual([]);
    expect(
      reportOf(deployment.replace('spec:', 'spce:'), { '/w/Chart.yaml': '' }, '/w/values.yaml'),
    ).toEqual([]);
  });

  it('reports broken YAML in a manifest', () => {
    expect(reportOf(`${deployment}\tx: 1\n`).join()).toMatch(/yaml-syntax/);
    expect(reportOf('apiVersion: v1\nkind: Pod\nmetadata: {name: [\n').join()).toMatch(
      /yaml-syntax/,
    );
  });

  it('takes a kustomize patch for a part', () => {
    const patch =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replica: 2}\n';
    const kustomization = 'resources: [base]\npatches:\n  - path: patch.yaml\n';
    const found = reportOf(patch, { '/w/kustomization.yaml': kustomization }, '/w/patch.yaml');
    expect(found).toEqual([
      'error unknown-field "replica" Unknown field "replica" in spec; did you mean "replicas"?',
    ]);
  });

  it('reports an object that stands twice', () => {
    expect(reportOf(`${deployment}---\n${deployment}`)).toEqual([
      'warning duplicate-object "web" This file already has a Deployment "web" above; the later one replaces it',
    ]);
  });

  it('keeps quiet where the file says so', () => {
    expect(reportOf(deployment.replace('spec:\n', 'spec:\n  foo: 1 # skiff-ignore\n'))).toEqual([]);
    const above = 'spec:\n  # skiff-ignore: unknown-field\n  foo: 1\n';
    expect(reportOf(deployment.replace('spec:\n', above))).toEqual([]);
    const other = 'spec:\n  foo: 1 # skiff-ignore: missing-key\n';
    expect(reportOf(deployment.replace('spec:\n', other))).toHaveLength(1);
  });
});
