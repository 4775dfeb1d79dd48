/**
 * Helm 3 and Helm 4 themselves against a cluster: the life of a chart with definitions, hooks, look-ups
 * and objects that are waited for. Steps build on each other, so they run in order.
 */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Deployment, Secret } from '../../runtime/api/types.ts';
import { root, type TestCluster, testCluster } from '../support/cluster.ts';
import { type Helm, hasHelm, helmFor, helms } from '../support/helm.ts';

const chart = `${root}/test/client/chart`;
const release = 'shop';

let cluster: TestCluster;
beforeAll(async () => {
  if (!hasHelm) return;
  cluster = await testCluster('helm');
  const up = await cluster.up();
  expect(up.code, up.stderr).toBe(0);
});
afterAll(() => cluster?.remove());

interface Revision {
  revision: number;
  status: string;
  description: string;
}

describe.skipIf(!hasHelm).each(helms)('Helm $version', { timeout: 120_000 }, ({ path, major }) => {
  const namespace = `helm-${major}`;
  const inNamespace = ['-n', namespace];
  let helm: Helm;
  beforeAll(() => {
    helm = helmFor(path, cluster, namespace);
  });

  const upgrade = (...args: string[]) => ['upgrade', release, chart, ...args];
  const history = async () =>
    JSON.parse(await helm.ok('history', release, '-o', 'json')) as Revision[];
  const web = () => cluster.json<Deployment>('get', 'deployment', `${release}-web`, ...inNamespace);
  const password = async () =>
    (await cluster.json<Secret>('get', 'secret', `${release}-password`, ...inNamespace)).data;

  it('installs: definitions, hooks in their order, then everything, and waits', async () => {
    const said = await helm.ok(
      ...['install', release, chart, '--create-namespace', '--wait', '--wait-for-jobs'],
    );
    expect(said).toContain('STATUS: deployed');
    expect(said).toContain('shop says hello in revision 1.');
    expect((await web()).status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
    const widget = await cluster.json<KubeObject>('get', 'widget', release, ...inNamespace);
    expect(widget).toMatchObject({ spec: { size: 3, colour: 'red' } });
    const words = await cluster.json<KubeObject>('get', 'cm', `${release}-words`, ...inNamespace);
    expect(words).toMatchObject({ data: { policies: 'true' } });
    // The one before succeeded and was removed as its policy says, the one after stays.
    const jobs = await cluster.kubectl('get', 'jobs', '-o', 'name', ...inNamespace);
    expect(jobs.trim()).toBe(`job.batch/${release}-post-install`);
  });

  it('keeps the release in a Secret of its own type', async () => {
    const selector = `owner=helm,status=deployed,name=${release}`;
    const { items } = await cluster.json<{ items: Secret[] }>(
      ...(['get', 'secrets', '-l', selector, ...inNamespace] as const),
    );
    expect(items.map(({ metadata, type }) => [metadata.name, type])).toEqual([
      [`sh.helm.release.v1.${release}.v1`, 'helm.sh/release.v1'],
    ]);
    const data = Buffer.from(items[0]?.data?.release ?? '', 'base64').toString();
    const kept = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()) as KubeObject;
    expect(kept).toMatchObject({ name: release, namespace, version: 1 });
  });

  it('shows the release with its objects', async () => {
    // Helm 4 always shows them.
    const flags = major === 3 ? ['--show-resources'] : [];
    const status = await helm.ok('status', release, ...flags);
    expect(status).toMatch(
      /==> v1\/Deployment\nNAME +READY +UP-TO-DATE +AVAILABLE +AGE\nshop-web +2\/2/,
    );
    expect(await helm.ok('list')).toMatch(/^shop\s+helm-\d\s+1\s.*deployed\s+shop-1\.0\.0/m);
    expect(await helm.ok('get', 'manifest', release)).toContain('kind: Widget');
  });

  it('upgrades what is its own, and leaves what others have set', async () => {
    const before = await password();
    const deployment = `deployment/${release}-web`;
    await cluster.kubectl('annotate', deployment, 'mine=yes', ...inNamespace);
    await cluster.kubectl('set', 'env', deployment, 'EXTRA=1', ...inNamespace);
    await helm.ok(...upgrade('--set', 'sidecar=true,greeting=bye', '--wait'));
    const { metadata, spec } = await web();
    expect(metadata.annotations).toMatchObject({ mine: 'yes' });
    const [first, second] = spec.template.spec?.containers ?? [];
    expect(first?.env?.map(({ name }) => name)).toEqual(['GREETING', 'PASSWORD', 'EXTRA']);
    expect(first?.ports?.map(({ name }) => name)).toEqual(['http', 'admin']);
    expect(second?.name).toBe('sidecar');
    // Looked up, not made anew.
    expect(await password()).toEqual(before);
  });

  it('meets a change of its own fields', async () => {
    await cluster.kubectl('scale', `deployment/${release}-web`, '--replicas=5', ...inNamespace);
    const change = upgrade('--set', 'replicas=1');
    if (major === 3) {
      // The three-way patch takes the field back without a word.
      await helm.ok(...change);
    } else {
      const refused = await helm.run(...change);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
      );
      await helm.ok(...change, '--force-conflicts');
    }
    expect((await web()).spec.replicas).toBe(1);
    // What the values no longer ask for is gone.
    expect((await web()).spec.template.spec?.containers.map(({ name }) => name)).toEqual(['web']);
  });

  it('rolls an upgrade back that does not become ready', async () => {
    const rollBack = major === 3 ? '--atomic' : '--rollback-on-failure';
    const failed = await helm.run(...upgrade('--set', 'broken=true', rollBack, '--timeout', '5s'));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('has been rolled back due to');
    const revisions = await history();
    expect(revisions.at(-2)).toMatchObject({ status: 'failed' });
    expect(revisions.at(-1)?.description).toMatch(/^Rollback to \d$/);
    expect((await web()).spec.template.spec?.containers[0]?.readinessProbe).toBeUndefined();
  });

  it('stops at a hook that fails', async () => {
    const failed = await helm.run(...upgrade('--set', 'hookFails=true'));
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('pre-upgrade hooks failed');
    expect(failed.stderr).toMatch(/BackoffLimitExceeded|Failed/);
    expect((await history()).at(-1)).toMatchObject({ status: 'failed' });
  });

  it('rolls back by hand', async () => {
    await helm.ok('rollback', release, '1', '--wait');
    expect((await history()).at(-1)).toMatchObject({
      status: 'deployed',
      description: 'Rollback to 1',
    });
    expect((await web()).spec.replicas).toBe(2);
  });

  it('runs the tests of the chart', async () => {
    const said = await helm.ok('test', release, '--logs');
    expect(said).toMatch(/Phase:\s+Succeeded/);
    expect(said).toContain('all is hello');
  });

  it('tries out on the server without changing anything', async () => {
    const before = await web();
    const kept = await password();
    const said = await helm.ok(...upgrade('--set', 'replicas=7', '--dry-run=server'));
    expect(said).toContain('replicas: 7');
    // Only the server can be asked what is there.
    expect(said).toContain(`password: ${kept?.password}`);
    expect(await web()).toEqual(before);
  });

  it('says what is wrong in the words of the server', async () => {
    const refused = await helm.run(...upgrade('--set', 'replicas=abc'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/replicas/);
    const negative = await helm.run(...upgrade('--set', 'replicas=-1'));
    expect(negative.stderr).toContain(
      'Deployment.apps "shop-web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it('does not take what belongs to others, unless told to', async () => {
    await cluster.kubectl('create', 'configmap', 'other-words', ...inNamespace);
    const refused = await helm.run('install', 'other', chart);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `ConfigMap "other-words" in namespace "${namespace}" exists and cannot be imported into the current release`,
    );
    await helm.ok('install', 'other', chart, '--take-ownership', '--wait');
    await helm.ok('uninstall', 'other', '--wait');
  });

  it('uninstalls: dependents first where asked, and keeps what is to be kept', async () => {
    const said = await helm.ok('uninstall', release, '--wait', '--cascade', 'foreground');
    expect(said).toContain('[ConfigMap] shop-kept');
    const kinds = 'deployments,replicasets,services,secrets,serviceaccounts,ingresses,widgets';
    const left = await cluster.kubectl('get', kinds, '-o', 'name', ...inNamespace);
    expect(left.trim()).toBe('serviceaccount/default');
    await cluster.kubectl('get', 'configmap', 'shop-kept', ...inNamespace);
    // Definitions outlive the releases that brought them.
    await cluster.kubectl('get', 'crd', 'widgets.shop.example.com');
    expect((await helm.run('status', release)).stderr).toMatch(/release: not found/);
  });
});
