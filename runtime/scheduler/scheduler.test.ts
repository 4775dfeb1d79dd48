import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { apiError } from '../api/status.ts';
import type { CoreEvent, Pod } from '../api/types.ts';
import { createInformers } from '../client/informer.ts';
import { events, nodes, pods } from '../client/resources.ts';
import { FakeClient } from '../client/testing/fake-client.ts';
import { runScheduler } from './scheduler.ts';
import { node, pod } from './testing/objects.ts';

let clock: VirtualClock;
let fake: FakeClient;
let abort: AbortController;

beforeEach(() => {
  clock = new VirtualClock();
  fake = new FakeClient({ clock });
  abort = new AbortController();
});
afterEach(() => abort.abort());

function start(): void {
  runScheduler({
    client: fake,
    informers: createInformers(fake, clock, abort.signal),
    clock,
    signal: abort.signal,
    random: () => 0,
    log: () => {},
  });
}

const find = (name: string) => fake.find<Pod>(pods, name, 'default');
const conditionOf = (name: string) =>
  find(name)?.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
const eventLines = () => fake.all<CoreEvent>(events).map((e) => `${e.reason}: ${e.message}`);

describe('the scheduler', () => {
  it('binds pods and says so', async () => {
    fake.put(node('a'));
    fake.put(pod('web'));
    start();
    await fake.until(() => find('web')?.spec.nodeName === 'a');
    await fake.until(() => eventLines().length > 0);
    expect(eventLines()).toEqual(['Scheduled: Successfully assigned default/web to a']);
  });

  it('reports a pod that fits nowhere, and places it when room appears', async () => {
    fake.put(node('a', { cpu: '1' }));
    fake.put(pod('big', { cpu: '2' }));
    start();
    await fake.until(() => conditionOf('big') !== undefined);
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    expect(conditionOf('big')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(eventLines()).toContain(`FailedScheduling: ${message}`);
    fake.put(node('b', { cpu: '4' }));
    await clock.advance(1_500);
    await fake.until(() => find('big')?.spec.nodeName === 'b');
  });

  it('lets a pod sleep that no departure can help, so that it comes at once when it can', async () => {
    fake.put(node('a'));
    fake.put(pod('picky', {}, { nodeSelector: { zone: 'z' } }));
    start();
    await fake.until(() => conditionOf('picky') !== undefined);
    for (let i = 0; i < 6; i++) {
      fake.put(pod(`passing-${i}`));
      await fake.until(() => find(`passing-${i}`)?.spec.nodeName === 'a');
      fake.drop(pods, `passing-${i}`, 'default');
      await clock.advance(10_000);
    }
    fake.put(node('b', {}, { labels: { zone: 'z' } }));
    await clock.advance(10);
    await fake.until(() => find('picky')?.spec.nodeName === 'b');
    const failures = fake.all<CoreEvent>(events).filter((e) => e.reason === 'FailedScheduling');
    expect(failures.map(({ count }) => count ?? 1)).toEqual([1]);
  });

  it('never promises the same room twice while bindings are under way', async () => {
    fake.put(node('a', { cpu: '2' }));
    for (let i = 0; i < 5; i++) fake.put(pod(`p${i}`, { cpu: '1' }));
    start();
    await fake.until(() => fake.all<Pod>(pods).filter((p) => p.spec.nodeName).length === 2);
    await fake.until(
      () =>
        fake.all<Pod>(pods).filter((p) => p.status?.conditions?.some((c) => c.status === 'False'))
          .length === 3,
    );
    expect(fake.all<Pod>(pods).filter((p) => p.spec.nodeName)).toHaveLength(2);
  });

  it('takes a failed binding back and tries again', async () => {
    fake.put(node('a', { cpu: '1' }));
    fake.put(pod('web', { cpu: '1' }));
    const heal = fake.fail((action) =>
      action.subresource === 'binding' ? apiError('InternalError', 'disk full') : undefined,
    );
    start();
    await fake.until(() => fake.actions.some((action) => action.subresource === 'binding'));
    heal();
    await clock.advance(2_000);
    await fake.until(() => find('web')?.spec.nodeName === 'a');
  });

  it('serves the most important pod first and preempts for it', async () => {
    fake.put(node('a', { cpu: '1' }));
    const low = pod('low', { cpu: '1' }, { nodeName: 'a', priority: 0 });
    fake.put(low);
    fake.put(pod('vip', { cpu: '1' }, { priority: 1000 }));
    start();
    await fake.until(() => find('low')?.metadata.deletionTimestamp !== undefined);
    expect(find('vip')?.status?.nominatedNodeName).toBe('a');
    fake.put(pod('rival', { cpu: '1' }, { priority: 10 }));
    fake.drop(pods, 'low', 'default');
    await clock.advance(3_000);
    await fake.until(() => find('vip')?.spec.nodeName === 'a');
    expect(find('rival')?.spec.nodeName).toBeUndefined();
  });

  it('leaves pods of other schedulers and gated pods alone', async () => {
    fake.put(node('a'));
    fake.put(pod('other', {}, { schedulerName: 'mine' }));
    fake.put(pod('gated', {}, { schedulingGates: [{ name: 'wait' }] }));
    fake.put(pod('plain'));
    start();
    await fake.until(() => find('plain')?.spec.nodeName === 'a');
    expect(find('other')?.spec.nodeName).toBeUndefined();
    expect(find('gated')?.spec.nodeName).toBeUndefined();
    expect(fake.find(nodes, 'a')).toBeDefined();
  });
});
