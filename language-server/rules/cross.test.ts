import { describe, expect, it } from 'vitest';
import { deployment, reportOf } from '../language-server.case.ts';

const service = (selector: string, port = '80') => `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {${selector}}
  ports: [{port: 80, targetPort: ${port}}]
`;
const settings =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {port: "80"}\n';
const withEnv = (ref: string) =>
  deployment.replace(
    'image: web:1',
    `image: web:1\n          env:\n            - name: A\n              valueFrom: {configMapKeyRef: ${ref}}`,
  );

describe('services', () => {
  it('is content with pods that match', () => {
    expect(reportOf(service('app: web', 'http'), { '/w/d.yaml': deployment })).toEqual([]);
  });

  it('warns of a selector that matches nothing, and shows the nearest labels', () => {
    expect(reportOf(service('app: wbe'), { '/w/d.yaml': deployment })).toEqual([
      'warning selector-matches-nothing "wbe" No pods in this workspace have the labels that this ' +
        'Service selects; those of Deployment "web" have app=web',
    ]);
  });

  it('says nothing where there are no pods to compare with', () => {
    expect(reportOf(service('app: wbe'))).toEqual([]);
  });

  it('warns of a port name that the pods do not have', () => {
    expect(reportOf(service('app: web', 'htp'), { '/w/d.yaml': deployment })[0]).toMatch(
      /unknown-port "htp" The selected pods have no port named "htp"; they have http/,
    );
  });

  it('lets a number be that the pods do not list: that is their right', () => {
    const one = `${service('app: web', '8080')}---\n${deployment}`;
    expect(reportOf(one)).toEqual([expect.stringMatching(/^information unknown-port "8080"/)]);
    const two = one.replace('targetPort: 8080}', 'targetPort: 8080, name: a}, {port: 81, name: b}');
    for (const line of reportOf(two)) expect(line).toMatch(/^hint unknown-port/);
  });
});

describe('references', () => {
  it('knows what K3s puts into its own', () => {
    const own = settings.replace('settings', 'coredns');
    const file = (key: string) => `${own}---\n${withEnv(`{name: coredns, key: ${key}}`)}`;
    expect(reportOf(file('NodeHosts'))).toEqual([]);
    expect(reportOf(file('Corefle'))).toHaveLength(1);
  });

  it('warns of a key that a ConfigMap has not', () => {
    const found = reportOf(withEnv('{name: settings, key: prt}'), { '/w/c.yaml': settings });
    expect(found).toEqual([
      'warning missing-key "prt" ConfigMap "settings" has no key "prt"; it has "port"',
    ]);
    expect(reportOf(withEnv('{name: settings, key: port}'), { '/w/c.yaml': settings })).toEqual([]);
  });

  it('hints at a name that is nowhere, warns if a near one is', () => {
    expect(reportOf(withEnv('{name: other, key: a}'))).toEqual([
      'hint dangling-reference "other" No ConfigMap "other" in this workspace',
    ]);
    expect(reportOf(withEnv('{name: setings, key: port}'), { '/w/c.yaml': settings })[0]).toMatch(
      /^warning dangling-reference "setings" .*did you mean "settings"/,
    );
  });

  it('lets optional and generated ones be', () => {
    expect(reportOf(withEnv('{name: other, key: a, optional: true}'))).toEqual([]);
    const kustomization = 'configMapGenerator:\n  - name: other\n';
    const others = { '/w/kustomization.yaml': kustomization };
    expect(reportOf(withEnv('{name: other, key: a}'), others)).toEqual([]);
  });

  it('does not look into other namespaces', () => {
    const elsewhere = settings.replace('{name: settings}', '{name: settings, namespace: b}');
    const here = withEnv('{name: settings, key: nope}').replace(
      'name: web\nspec',
      'name: web\n  namespace: a\nspec',
    );
    expect(reportOf(here, { '/w/c.yaml': elsewhere })[0]).toMatch(/^hint dangling-reference/);
  });

  it('checks an Ingress against the ports of its Service', () => {
    const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  defaultBackend: {service: {name: web, port: {number: 8080}}}
`;
    expect(reportOf(ingress, { '/w/s.yaml': service('app: web') })).toEqual([
      'warning unknown-port "8080" Service "web" has no port 8080; it has 80',
    ]);
  });
});

describe('a namespace that enforces a level', () => {
  const namespace = (level: string) =>
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {pod-security.kubernetes.io/enforce: ${level}}\n`;
  const inShop = deployment.replace('  name: web\nspec', '  name: web\n  namespace: shop\nspec');
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {hostPID: true, containers: [{name: a, image: "a:1"}]}\n';

  it('does not let in what the level forbids', () => {
    expect(reportOf(`${namespace('baseline')}---\n${pod}`)).toEqual([
      'error pod-security-enforced "a" Namespace "shop" enforces baseline:latest, and its pods are refused: host namespaces (hostPID=true)',
    ]);
    expect(reportOf(pod, { '/w/n.yaml': namespace('baseline') })[0]).toMatch(/^warning pod-sec/);
    expect(reportOf(inShop, { '/w/n.yaml': namespace('restricted') })[0]).toMatch(
      /^warning pod-security-enforced "web" .* allowPrivilegeEscalation != false \(container "web"/,
    );
  });

  it('lets in what keeps to it, and all without one', () => {
    expect(reportOf(inShop, { '/w/n.yaml': namespace('baseline') })).toEqual([]);
    expect(reportOf(pod, { '/w/n.yaml': namespace('privileged') })).toEqual([]);
    const twice = { '/w/n.yaml': namespace('baseline'), '/w/m.yaml': namespace('privileged') };
    expect(reportOf(pod, twice)).toEqual([]);
  });
});
