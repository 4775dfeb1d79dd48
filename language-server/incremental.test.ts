/**
 * What is kept from one check to the next is what a fresh server would find, whatever happens to the
 * files: typed in, made, removed, renamed, in any order, with and without a cluster.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaDirectory } from '../runtime/api/schema-bundle.case.ts';
import { Checker } from './checker.ts';
import { memoryFiles } from './language-server.case.ts';
import type { ClusterUpdate } from './protocol/messages.ts';
import { type ManifestFile, partsOf, readManifestFile } from './routing/manifest-file.ts';
import { checkFile } from './rules/check.ts';
import { packIds } from './rules/packs/pack-rule.ts';
import { defaultSettings, type Settings } from './settings.ts';

const settings: Settings = { ...defaultSettings, packs: packIds };
const names = ['frontend', 'frontent', 'backend'];
const name = fc.constantFrom(...names);
const namespace = fc.constantFrom('', '', 'shop', 'strict');
const meta = (of: string, where: string, more = '') =>
  `metadata: {name: ${of}${where === '' ? '' : `, namespace: ${where}`}${more}}\n`;

/** One object, small enough that changes to it meet what others say of it. */
const object = fc.oneof(
  fc
    .tuple(name, namespace, name, name, fc.constantFrom('http', 'admin'), fc.constantFrom('a', 'b'))
    .map(
      ([own, where, app, config, port, key]) =>
        `apiVersion: apps/v1\nkind: Deployment\n${meta(own, where)}spec:\n  replicas: 2\n  selector: {matchLabels: {app: ${app}}}\n  template:\n    metadata: {labels: {app: ${app}}}\n    spec:\n      serviceAccountName: ${config}\n      containers:\n        - name: main\n          image: web:1\n          ports: [{name: ${port}, containerPort: 80}]\n          env: [{name: A, valueFrom: {configMapKeyRef: {name: ${config}, key: ${key}}}}]\n`,
    ),
  fc
    .tuple(name, namespace, name, fc.constantFrom('http', 'admin', '80'))
    .map(
      ([own, where, app, port]) =>
        `apiVersion: v1\nkind: Service\n${meta(own, where)}spec: {selector: {app: ${app}}, ports: [{name: http, port: 80, targetPort: ${port}}]}\n`,
    ),
  fc
    .tuple(name, namespace, fc.constantFrom('a', 'b'))
    .map(
      ([own, where, key]) =>
        `apiVersion: v1\nkind: ConfigMap\n${meta(own, where)}data: {${key}: x}\n`,
    ),
  fc
    .tuple(name, namespace, name, fc.constantFrom('name: http', 'number: 80', 'name: x'))
    .map(
      ([own, where, service, port]) =>
        `apiVersion: networking.k8s.io/v1\nkind: Ingress\n${meta(own, where)}spec: {defaultBackend: {service: {name: ${service}, port: {${port}}}}}\n`,
    ),
  fc
    .tuple(name, namespace)
    .map(
      ([target, where]) =>
        `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n${meta('scale', where)}spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}}\n`,
    ),
  fc
    .tuple(name, namespace)
    .map(
      ([app, where]) =>
        `apiVersion: policy/v1\nkind: PodDisruptionBudget\n${meta('budget', where)}spec: {minAvailable: 2, selector: {matchLabels: {app: ${app}}}}\n`,
    ),
  fc
    .constantFrom('baseline', 'restricted', 'privileged')
    .map(
      (level) =>
        `apiVersion: v1\nkind: Namespace\n${meta('strict', '', `, labels: {pod-security.kubernetes.io/enforce: ${level}}`)}`,
    ),
  fc
    .tuple(name, namespace)
    .map(([own, where]) => `apiVersion: v1\nkind: ServiceAccount\n${meta(own, where)}`),
  fc
    .constantFrom('string', 'integer')
    .map(
      (type) =>
        `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: Boat, plural: boats}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: ${type}}}}}}}}]\n`,
    ),
  fc
    .constantFrom('big', '3')
    .map(
      (size) =>
        `apiVersion: example.com/v1\nkind: Boat\n${meta('boat', '')}spec: {size: ${size}}\n`,
    ),
  fc
    .constantFrom(...names)
    .map(
      (own) =>
        `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator: [{name: ${own}}]\n`,
    ),
);
const text = fc
  .array(object, { minLength: 1, maxLength: 4 })
  .map((objects) => objects.join('---\n'));
const path = fc.constantFrom('/w/a.yaml', '/w/b.yaml', '/w/c.yaml', '/w/d/kustomization.yaml');

const change = fc.oneof(
  fc.record({ do: fc.constant('write' as const), path, text }),
  fc.record({ do: fc.constant('add' as const), path, text: object, atTop: fc.boolean() }),
  fc.record({ do: fc.constant('cut' as const), path, which: fc.nat(3) }),
  fc.record({
    do: fc.constant('type' as const),
    path,
    from: name,
    to: fc.oneof(name, fc.constant('fronted')),
  }),
  fc.record({ do: fc.constant('remove' as const), path }),
  fc.record({ do: fc.constant('rename' as const), path, to: path }),
  fc.record({ do: fc.constant('cluster' as const), has: fc.subarray(names), on: fc.boolean() }),
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

/** A server that goes on, and what its files hold. */
class Session {
  readonly files = new Map<string, string>();
  readonly checker = new Checker(schemaDirectory(), memoryFiles({}));
  readonly #manifests = new Map<string, ManifestFile>();
  cluster: ClusterUpdate = { context: undefined };

  set(where: string, to: string | undefined): void {
    if (to === undefined) {
      this.files.delete(where);
      this.#manifests.delete(where);
      this.checker.forget(`file://${where}`);
      return;
    }
    const before = this.#manifests.get(where);
    const manifest = readManifestFile(to, before && partsOf(before));
    this.files.set(where, to);
    this.#manifests.set(where, manifest);
    this.checker.index(`file://${where}`, to, () => manifest);
  }

  tell(update: ClusterUpdate): void {
    this.cluster = update;
    this.checker.updateCluster(update);
  }

  found(): unknown {
    return [...this.#manifests].map(([where, manifest]) => [
      where,
      problemsOf(this.checker, where, manifest),
    ]);
  }

  /** What a server finds that has just been started on the same files. */
  foundAfresh(): unknown {
    const checker = new Checker(schemaDirectory(), memoryFiles({}));
    for (const [where, own] of this.files) checker.index(`file://${where}`, own);
    checker.updateCluster(this.cluster);
    return [...this.files].map(([where, own]) => [
      where,
      problemsOf(checker, where, readManifestFile(own)),
    ]);
  }
}

function problemsOf(checker: Checker, where: string, manifest: ManifestFile): unknown {
  const context = checker.contextFor(`file://${where}`, settings);
  if (context === undefined) return [];
  return checkFile(manifest, context).map(({ makeFix, ...problem }) => ({
    ...problem,
    made: makeFix?.(),
  }));
}

function apply(session: Session, step: Change): void {
  if (step.do === 'cluster') {
    const objects = ['ConfigMap', 'ServiceAccount', 'Deployment'].map((kind) => ({
      group: '',
      kind,
      objects: step.has.map((each) => ({ name: each, namespace: 'default', keys: ['a'] })),
    }));
    session.tell(
      step.on ? { context: 'test', namespace: 'default', objects } : { context: undefined },
    );
    return;
  }
  const before = session.files.get(step.path);
  if (step.do === 'write') session.set(step.path, step.text);
  else if (before === undefined) return;
  else if (step.do === 'remove') session.set(step.path, undefined);
  else if (step.do === 'add') {
    const parts = step.atTop ? [step.text, before] : [before, step.text];
    session.set(step.path, parts.join('---\n'));
  } else if (step.do === 'cut') {
    const parts = before.split('---\n');
    session.set(step.path, parts.filter((_, at) => at !== step.which).join('---\n'));
  } else if (step.do === 'type') {
    session.set(step.path, before.replace(`name: ${step.from}`, `name: ${step.to}`));
  } else {
    session.set(step.path, undefined);
    session.set(step.to, before);
  }
}

describe('what is kept from one check to the next', () => {
  it('is what a fresh server finds', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 2, maxLength: 16 }), (steps) => {
        const session = new Session();
        for (const step of steps) {
          apply(session, step);
          // Checked each time, so that there is something to keep.
          session.found();
        }
        expect(session.found()).toEqual(session.foundAfresh());
      }),
      { numRuns: Number(process.env.INCREMENTAL_RUNS ?? 60) },
    );
  });

  it('is judged anew only where it matters', () => {
    const session = new Session();
    const config = (own: string, key: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${own}}\ndata: {${key}: x}\n`;
    const user = (own: string, of: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${own}}\nspec:\n  containers: [{name: a, image: "a:1", envFrom: [{configMapRef: {name: ${of}}}]}]\n`;
    session.set('/w/one.yaml', config('one', 'a'));
    session.set('/w/two.yaml', config('two', 'a'));
    session.set('/w/users.yaml', [user('p', 'one'), user('q', 'two')].join('---\n'));
    session.found();
    const { lookups } = session.checker;
    let judged = 0;
    const record = lookups.record.bind(lookups);
    lookups.record = (work) => {
      judged += 1;
      return record(work);
    };
    session.found();
    expect(judged).toBe(0);
    session.set('/w/one.yaml', config('one', 'b'));
    session.found();
    // The pod that names it, by cross-checks and by rules that look around; and the ConfigMap itself.
    const afterOne = judged;
    expect(afterOne).toBeGreaterThan(0);
    expect(afterOne).toBeLessThanOrEqual(4);
  });
});
