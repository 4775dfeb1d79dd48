import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControllerRevision, DaemonSet } from '../../api/types.ts';
import { controllerRevisions, daemonSets, nodes } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runDaemonSets } from './daemonset.ts';
import { targetNode } from './placement.ts';

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runDaemonSets(bench.context);
});
afterEach(() => bench.stop());

const node = (name: string, spec: object = {}, labels: object = {}) =>
  bench.fake.put({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec } as never);
const template = (image: string, spec: object = {}) => ({
  metadata: { labels: { app: 'agent' } },
  spec: { containers: [{ name: 'agent', image }], ...spec },
});
const agent = (podSpec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'agent' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    template: template('agent:1', podSpec),
  },
});
const places = () => bench.pods().map(targetNode).sort();
const status = () => bench.fake.find<DaemonSet>(daemonSets, 'agent', 'default')?.status;

describe('a DaemonSet', () => {
  it('has a pod on each node that fits, also on new ones', async () => {
    node('a');
    node('b');
    node('tainted', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] });
    bench.runNodes();
    await bench.create(agent());
    await bench.until(() => status()?.numberReady === 2);
    expect(places()).toEqual(['a', 'b']);
    node('c');
    await bench.until(() => places().length === 3);
    bench.fake.put({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'tainted' },
      spec: {},
    } as never);
    await bench.until(() => status()?.desiredNumberScheduled === 4 && status()?.numberReady === 4);
    expect(bench.logged).toEqual([]);
  });

  it('keeps its template as a patch, in the very bytes that clients compare it with', async () => {
    node('a');
    bench.runNodes();
    await bench.create(agent());
    await bench.until(() => status()?.numberReady === 1);
    const [revision] = bench.fake.all<ControllerRevision>(controllerRevisions);
    const hash = revision?.metadata.labels?.['controller-revision-hash'];
    expect(revision?.metadata.name).toBe(`agent-${hash}`);
    expect(revision?.metadata.labels).toEqual({ app: 'agent', 'controller-revision-hash': hash });
    expect(bench.pods()[0]?.metadata.labels?.['controller-revision-hash']).toBe(hash);
    expect(JSON.stringify(revision?.data)).toBe(
      '{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"app":"agent"}},"spec":{"containers":[{"image":"agent:1","name":"agent"}]}}}}',
    );
  });

  it('follows its node selector when labels change', async () => {
    node('a', {}, { disk: 'ssd' });
    node('b');
    bench.runNodes();
    await bench.create(agent({ nodeSelector: { disk: 'ssd' } }));
    await bench.until(() => status()?.numberReady === 1);
    expect(places()).toEqual(['a']);
    await bench.fake.patch({ ...nodes, name: 'a' }, 'merge', {
      metadata: { labels: { disk: null } },
    });
    await bench.until(() => places().length === 0);
  });

  it('renews its pods one after the other', async () => {
    for (const name of ['a', 'b', 'c']) node(name);
    bench.runNodes();
    await bench.create(agent());
    await bench.until(() => status()?.numberAvailable === 3);
    await bench.patch(daemonSets, 'agent', { spec: { template: template('agent:2') } });
    let fewest = 3;
    await bench.until(() => {
      fewest = Math.min(
        fewest,
        bench.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined).length,
      );
      return status()?.updatedNumberScheduled === 3 && status()?.numberAvailable === 3;
    });
    expect(fewest).toBeGreaterThanOrEqual(2);
  });
});
