import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../api/clock.ts';
import type { core, Pod } from '../../api/types.ts';
import { createInformers } from '../../client/informer.ts';
import { at, pods } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { podOf } from '../testing/fixtures.ts';
import { createStatusWriter, type StatusWriter } from './writer.ts';

const said: core.PodStatus = {
  phase: 'Running',
  podIP: '10.244.0.5',
  conditions: [
    { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
};

describe('what the kubelet said of a pod', () => {
  let clock: VirtualClock;
  let client: FakeClient;
  let writer: StatusWriter;
  let abort: AbortController;
  const informer = () => createInformers(client, clock, abort.signal).for<Pod>(pods);

  beforeEach(async () => {
    clock = new VirtualClock();
    client = new FakeClient({ clock, objects: [podOf('web', {})] });
    abort = new AbortController();
    writer = createStatusWriter({
      client,
      clock,
      signal: abort.signal,
      onError: (error) => expect.fail(String(error)),
    });
    const cache = informer();
    cache.subscribe({ updated: (pod) => writer.observed(pod) });
    await cache.synced;
    writer.write(pod(), said);
    await writer.written('uid-web');
    await clock.advance(60_000);
  });
  afterEach(() => abort.abort());

  const pod = () => client.find<Pod>(pods, 'web', 'default') as Pod;
  const ready = () => pod().status?.conditions?.find(({ type }) => type === 'Ready');
  const patches = () => client.writes().filter(({ verb }) => verb === 'patch').length;
  const contradict = (status: object) =>
    client.patch(at(pods, 'web', 'default', 'status'), 'strategic', { status });
  const notReady = {
    conditions: [{ type: 'Ready', status: 'False', reason: 'NodeLost', message: 'silent' }],
  };

  it('is said once, and not again while nobody contradicts', async () => {
    expect(patches()).toBe(1);
    await contradict({ conditions: [{ type: 'example.com/theirs', status: 'False' }] });
    await clock.advance(3_600_000);
    expect(patches()).toBe(2);
  });

  it('is said again when somebody else has written over it', async () => {
    await contradict(notReady);
    await clock.advance(2_000);
    expect(ready()).toEqual(expect.objectContaining({ status: 'True' }));
    expect(ready()?.reason ?? undefined).toBeUndefined();
    await clock.advance(3_600_000);
    expect(patches()).toBe(3);
  });

  it('is said ever more seldom to somebody who does not give in', async () => {
    informer().subscribe({
      updated: ({ status }) => {
        if (status?.conditions?.some(({ type, status: s }) => type === 'Ready' && s === 'True'))
          void contradict(notReady);
      },
    });
    await contradict(notReady);
    const count: number[] = [];
    for (const ms of [10_000, 60_000, 530_000, 3_000_000]) {
      await clock.advance(ms);
      // Half of the patches are theirs.
      count.push(Math.floor((patches() - 1) / 2));
    }
    expect(count[0]).toBe(1);
    expect(count[1]).toBeLessThanOrEqual(3);
    expect(count[2]).toBeLessThanOrEqual(7);
    // From then on, once in five minutes.
    expect((count[3] ?? 0) - (count[2] ?? 0)).toBeGreaterThanOrEqual(9);
    expect((count[3] ?? 0) - (count[2] ?? 0)).toBeLessThanOrEqual(11);
  });

  it('is not argued about once the pod has ended or is to go', async () => {
    await contradict({ phase: 'Failed', ...notReady });
    await clock.advance(3_600_000);
    expect(pod().status?.phase).toBe('Failed');
    expect(patches()).toBe(2);
  });
});
