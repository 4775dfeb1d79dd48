import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment, Pod, ReplicaSet } from '../../api/types.ts';
import { deployments, replicaSets } from '../../client/resources.ts';
import { findCondition } from '../kit/conditions.ts';
import { runReplicaSets } from '../replicaset/replicaset.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runDeployments } from './deployment.ts';
import { revisionAnnotation } from './revisions.ts';

function web(spec: object = {}, image = 'web:1'): unknown {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: template(image),
      ...spec,
    },
  };
}

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image }] },
});

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runDeployments(bench.context);
  runReplicaSets(bench.context);
});
afterEach(() => bench.stop());

const deployment = () => bench.fake.find<Deployment>(deployments, 'web', 'default')!;
const sets = () => bench.fake.all<ReplicaSet>(replicaSets);
const setOf = (image: string) =>
  sets().find((set) => set.spec.template?.spec?.containers[0]?.image === image);
const imagesOf = (pods: Pod[]) => pods.map((pod) => pod.spec.containers[0]?.image).sort();
const progressing = () => findCondition(deployment().status?.conditions, 'Progressing');
const complete = () => {
  const { status, metadata, spec } = deployment();
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === spec.replicas &&
    status?.replicas === spec.replicas &&
    status?.availableReplicas === spec.replicas
  );
};
const setImage = (image: string) =>
  bench.patch(deployments, 'web', { spec: { template: template(image) } });

describe('a new Deployment', () => {
  it('makes a ReplicaSet of revision 1 with the hash label, and becomes complete', async () => {
    bench.runNodes();
    await bench.create(web());
    await bench.fake.until(complete);

    const [set] = sets();
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(set?.metadata.annotations).toMatchObject({
      [revisionAnnotation]: '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    expect(deployment().metadata.annotations?.[revisionAnnotation]).toBe('1');
    await bench.fake.until(() => progressing()?.reason === 'NewReplicaSetAvailable');
    expect(progressing()?.message).toBe(
      `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
    );
    const available = findCondition(deployment().status?.conditions, 'Available');
    expect(available).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
    expect(bench.eventLines()).toContain(
      `ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 3`,
    );
    expect(bench.logged).toEqual([]);
  });

  it('replaces pods that are deleted', async () => {
    bench.runNodes();
    await bench.create(web());
    await bench.fake.until(complete);
    const [pod] = bench.pods();
    bench.fake.drop({ group: '', version: 'v1', resource: 'pods' }, pod!.metadata.name, 'default');
    await bench.fake.until(() => bench.pods().length === 3);
    await bench.fake.until(complete);
    expect(bench.pods().some((other) => other.metadata.uid === pod?.metadata.uid)).toBe(false);
  });
});

describe('a rolling update', () => {
  it('goes one pod at a time and is never short of available pods', async () => {
    const mayBeReady = new Set<string>(['web:1']);
    bench.runNodes({ ready: (pod) => mayBeReady.has(pod.spec.containers[0]?.image ?? '') });
    await bench.create(web());
    await bench.fake.until(complete);

    await setImage('web:2');
    await bench.fake.until(() => bench.pods().length === 4);
    expect(imagesOf(bench.pods())).toEqual(['web:1', 'web:1', 'web:1', 'web:2']);
    await bench.fake.until(() => progressing()?.reason === 'ReplicaSetUpdated');

    // The new pod comes up: one old one may go, the next new one comes.
    const waiting = () => bench.pods().find((pod) => pod.status?.conditions === undefined)!;
    for (const left of [2, 1, 0]) {
      await bench.fake.until(() => waiting() !== undefined);
      await bench.makeReady(waiting());
      await bench.fake.until(
        () => imagesOf(bench.pods()).filter((image) => image === 'web:1').length === left,
      );
      const ready = bench.pods().filter((pod) => pod.status?.conditions !== undefined);
      expect(ready.length).toBeGreaterThanOrEqual(3);
    }
    await bench.fake.until(complete);
    expect(deployment().metadata.annotations?.[revisionAnnotation]).toBe('2');
    expect(setOf('web:1')?.spec.replicas).toBe(0);
  });

  it('can be undone: the old ReplicaSet comes back under a new revision', async () => {
    bench.runNodes();
    await bench.create(web());
    await bench.fake.until(complete);
    const first = setOf('web:1')?.metadata.name;
    await setImage('web:2');
    await bench.fake.until(() => complete() && setOf('web:1')?.spec.replicas === 0);

    await setImage('web:1');
    await bench.fake.until(() => complete() && setOf('web:2')?.spec.replicas === 0);
    expect(sets()).toHaveLength(2);
    expect(setOf('web:1')?.metadata.name).toBe(first);
    expect(setOf('web:1')?.metadata.annotations).toMatchObject({
      [revisionAnnotation]: '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    await bench.fake.until(() => deployment().metadata.annotations?.[revisionAnnotation] === '3');
  });

  it('goes on from the revision of a ReplicaSet it takes over, however large', async () => {
    bench.runNodes();
    const labels = { app: 'web', old: 'yes' };
    await bench.create({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'old',
        namespace: 'default',
        labels,
        annotations: { [revisionAnnotation]: '3546343826724305832' },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'old:1' }] } },
      },
    });
    await bench.create(web());
    await bench.fake.until(
      () => deployment().metadata.annotations?.[revisionAnnotation] === '3546343826724305833',
    );
    await bench.fake.until(complete);
    expect(setOf('web:1')?.metadata.annotations?.[revisionAnnotation]).toBe('3546343826724305833');
  });

  it('rolls over to a third template before the second is done', async () => {
    bench.runNodes({ ready: (pod) => pod.spec.containers[0]?.image !== 'web:2' });
    await bench.create(web());
    await bench.fake.until(complete);
    await setImage('web:2');
    await bench.fake.until(() => imagesOf(bench.pods()).includes('web:2'));
    await setImage('web:3');
    await bench.fake.until(complete);
    expect(imagesOf(bench.pods())).toEqual(['web:3', 'web:3', 'web:3']);
  });

  it('says when it stands still for longer than the deadline', async () => {
    bench.runNodes({ ready: (pod) => pod.spec.containers[0]?.image === 'web:1' });
    await bench.create(web({ progressDeadlineSeconds: 60 }));
    await bench.fake.until(complete);
    await setImage('web:broken');
    await bench.fake.until(() => progressing()?.reason === 'ReplicaSetUpdated');
    await bench.clock.advance(70_000);
    await bench.fake.until(() => progressing()?.reason === 'ProgressDeadlineExceeded');
    expect(progressing()?.status).toBe('False');
    expect(progressing()?.message).toMatch(
      /^ReplicaSet "web-[a-z0-9]+" has timed out progressing\.$/,
    );
  });

  it('keeps as many old ReplicaSets as the history limit says', async () => {
    bench.runNodes();
    await bench.create(web({ revisionHistoryLimit: 1 }));
    await bench.fake.until(complete);
    for (const image of ['web:2', 'web:3']) {
      await setImage(image);
      await bench.fake.until(() => complete() && setOf(image) !== undefined);
    }
    await bench.fake.until(() => sets().length === 2);
    expect(setOf('web:1')).toBeUndefined();
  });
});

describe('other ways to change', () => {
  it('scales without a new revision', async () => {
    bench.runNodes();
    await bench.create(web());
    await bench.fake.until(complete);
    await bench.patch(deployments, 'web', { spec: { replicas: 5 } });
    await bench.fake.until(() => bench.pods().length === 5 && complete());
    await bench.patch(deployments, 'web', { spec: { replicas: 1 } });
    await bench.fake.until(() => bench.pods().length === 1 && complete());
    expect(sets()).toHaveLength(1);
    expect(bench.eventLines().at(-1) !== undefined).toBe(true);
    expect(bench.eventLines().join('\n')).toContain('from 5 to 1');
  });

  it('does nothing but note the pause while paused, then rolls out', async () => {
    bench.runNodes();
    await bench.create(web());
    await bench.fake.until(complete);
    await bench.patch(deployments, 'web', { spec: { paused: true, template: template('web:2') } });
    await bench.fake.until(() => progressing()?.reason === 'DeploymentPaused');
    expect(sets()).toHaveLength(1);
    await bench.patch(deployments, 'web', { spec: { paused: false } });
    await bench.fake.until(() => imagesOf(bench.pods()).every((image) => image === 'web:2'));
  });

  it('Recreate: no pod of two revisions at once', async () => {
    let mixed = false;
    bench.runNodes();
    await bench.create(web({ strategy: { type: 'Recreate' } }));
    await bench.fake.until(complete);
    await setImage('web:2');
    await bench.fake.until(() => {
      mixed ||= new Set(imagesOf(bench.pods())).size > 1;
      return complete() && imagesOf(bench.pods()).includes('web:2');
    });
    expect(mixed).toBe(false);
  });
});
