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
import { name, names, object, text } from './random-manifests.case.ts';
import { type ManifestFile, partsOf, readManifestFile } from './routing/manifest-file.ts';
import { checkFile } from './rules/check.ts';
import { packIds } from './rules/packs/pack-rule.ts';
import { defaultSettings, type Settings } from './settings.ts';

const settings: Settings = { ...defaultSettings, packs: packIds };
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

  it('does not depend on which file was read first', () => {
    const boats = (type: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: boats.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: Boat, plural: boats}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: ${type}}}}}}}}]\n`;
    const service = (own: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: ${own}}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n`;
    const files: [string, string][] = [
      ['/w/boats.yaml', boats('integer')],
      ['/w/more-boats.yaml', boats('string')],
      ['/w/services.yaml', service('web')],
      ['/w/more-services.yaml', service('shop')],
      [
        '/w/users.yaml',
        'apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: boat}\nspec: {size: big}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: main, image: "web:1"}]}\n',
      ],
    ];
    const [there, back] = [new Session(), new Session()];
    for (const [where, own] of files) there.set(where, own);
    for (const [where, own] of files.toReversed()) back.set(where, own);
    const problems = (of: Session) =>
      new Map(of.found() as [string, unknown][]).get('/w/users.yaml');
    expect(problems(there)).toEqual(problems(back));
    expect(JSON.stringify(problems(there))).toContain('Service \\"shop\\" sends requests here');
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
