import { describe, expect, it } from 'vitest';
import { DiagnosticTag } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkerOf, deployment, open, reportOf } from '../language-server.case.ts';
import { codeActionsAt } from '../providers/code-actions.ts';
import { diagnosticsOf } from '../providers/diagnostics.ts';
import { defaultSettings } from '../settings.ts';

function inPod(lines: string, metadata = ''): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web
${metadata}spec:
${lines}  containers:
    - name: web
      image: web:1
`;
}

/** The text after the fix of the first problem whose message has these words. */
function fixed(text: string, words: string): string {
  const file = open(text);
  const context = checkerOf().contextFor(file.document.uri, defaultSettings);
  if (context === undefined) throw new Error('not checked');
  const problem = diagnosticsOf(file, context).find(({ message }) =>
    message.toString().includes(words),
  );
  if (problem === undefined) throw new Error(`no problem: ${words}`);
  const actions = codeActionsAt(file, problem.range, context, { only: ['quickfix'] });
  const edits = actions.find(({ isPreferred }) => isPreferred)?.edit?.changes?.[file.document.uri];
  if (edits === undefined) throw new Error('no fix');
  return TextDocument.applyEdits(file.document, edits);
}

describe('what is deprecated', () => {
  it('is struck through: kinds, fields, annotations, labels', () => {
    const endpoints = 'apiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\n';
    expect(reportOf(endpoints)).toEqual([
      'warning deprecated-api "v1" v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    ]);
    const old = inPod(
      '  nodeSelector: {beta.kubernetes.io/os: linux}\n',
      '  annotations:\n    scheduler.alpha.kubernetes.io/critical-pod: ""\n',
    );
    expect(reportOf(old)).toEqual([
      'warning deprecated-api "scheduler.alpha.kubernetes.io/critical-pod" metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'warning deprecated-api "beta.kubernetes.io/os" spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
    const context = checkerOf().contextFor('file:///w/test.yaml', defaultSettings);
    const tags = context && diagnosticsOf(open(old), context).map((each) => each.tags);
    expect(tags).toEqual([[DiagnosticTag.Deprecated], [DiagnosticTag.Deprecated]]);
  });

  it('is said of custom versions in the words of their definition', () => {
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1beta1, served: true, storage: false, deprecated: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1alpha1, served: true, storage: false, deprecated: true, deprecationWarning: use v1, schema: {openAPIV3Schema: {type: object}}}
`;
    const boat = (version: string) =>
      reportOf(`apiVersion: example.com/${version}\nkind: Boat\nmetadata: {name: a}\n`, {
        '/w/crd.yaml': definition,
      });
    expect(boat('v1')).toEqual([]);
    expect(boat('v1beta1')).toEqual([
      'warning deprecated-api "example.com/v1beta1" example.com/v1beta1 Boat is deprecated',
    ]);
    expect(boat('v1alpha1')).toEqual(['warning deprecated-api "example.com/v1alpha1" use v1']);
  });

  it('is replaced by its successor', () => {
    const selector = (label: string) => inPod(`  nodeSelector:\n    ${label}: linux\n`);
    expect(fixed(selector('beta.kubernetes.io/os'), 'nodeSelector')).toBe(
      selector('kubernetes.io/os'),
    );
    const spread = (key: string) =>
      inPod(
        `  topologySpreadConstraints:\n    - {maxSkew: 1, topologyKey: ${key}, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}\n`,
      );
    expect(fixed(spread('failure-domain.beta.kubernetes.io/zone'), 'topologyKey')).toBe(
      spread('topology.kubernetes.io/zone'),
    );
    const ingress = (metadata: string, spec: string) =>
      `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n${metadata}spec:\n  defaultBackend: {service: {name: web, port: {number: 80}}}\n${spec}`;
    const annotated = '  annotations:\n    a: b\n    kubernetes.io/ingress.class: nginx\n';
    expect(fixed(ingress(annotated, ''), 'ingress.class')).toBe(
      ingress('  annotations:\n    a: b\n', '  ingressClassName: nginx\n'),
    );
    const alone = '  annotations:\n    kubernetes.io/ingress.class: nginx\n';
    expect(fixed(ingress(alone, ''), 'ingress.class')).toBe(
      ingress('', '  ingressClassName: nginx\n'),
    );
  });
});

describe('what the server would warn of', () => {
  it('is shown where it is, and can be put right', () => {
    const env = (lines: string) =>
      deployment.replace('image: web:1\n', `image: web:1\n          env:\n${lines}`);
    const first = '            - name: A\n              value: "1"\n';
    const second = '            - name: A\n              value: "2"\n';
    expect(reportOf(env(first + second))).toEqual([
      'warning server-warning "name" spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
    expect(fixed(env(first + second), 'hides')).toBe(env(second));
    const memory = (amount: string) =>
      deployment.replace(
        'image: web:1\n',
        `image: web:1\n          resources: {limits: {memory: ${amount}}}\n`,
      );
    expect(fixed(memory('100m'), 'fractional')).toBe(memory('100Mi'));
  });

  it('is said of the object as it is written', () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/tls\nstringData:\n  tls.crt: none\n  tls.key: none\n';
    expect(reportOf(secret)).toEqual([
      'warning server-warning "none" tls: failed to find any PEM data in certificate input',
    ]);
  });

  it('is not said of what has not the shape of its kind, and of patches', () => {
    const text = inPod('  nodeSelector: [beta.kubernetes.io/os]\n  hostAliases: {ip: 1}\n');
    expect(reportOf(text).filter((line) => !line.startsWith('error'))).toEqual([]);
    const nameless = inPod('  imagePullSecrets: [{}]\n');
    expect(reportOf(nameless)).toHaveLength(1);
    const kustomization = { '/w/kustomization.yaml': 'patches: [{path: test.yaml}]\n' };
    expect(reportOf(nameless, kustomization)).toEqual([]);
  });
});
