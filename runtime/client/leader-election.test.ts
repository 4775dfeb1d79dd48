import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import type { Lease } from '../api/types.ts';
import { runLeaderElection } from './leader-election.ts';
import { at, leases } from './resources.ts';
import { FakeClient } from './testing/fake-client.ts';

let clock: VirtualClock;
let fake: FakeClient;
const stops: AbortController[] = [];
const target = at(leases, 'loop', 'kube-system');

beforeEach(() => {
  clock = new VirtualClock();
  fake = new FakeClient({ clock });
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

/** A process that takes part; `terms` are the signals it has been asked to lead with. */
function join(identity: string, client = fake) {
  const stop = new AbortController();
  stops.push(stop);
  const terms: AbortSignal[] = [];
  const done = runLeaderElection({
    ...{ client, clock, signal: stop.signal, random: () => 0, identity, log: () => {} },
    lease: { name: 'loop', namespace: 'kube-system' },
    lead: (signal) => terms.push(signal),
  });
  const leads = () => terms.at(-1)?.aborted === false;
  return { stop: () => stop.abort(), done, terms, leads };
}

async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) await clock.advance(500);
}

it('lets one lead, and the next as soon as that one ends', async () => {
  const a = join('a');
  await pass(1);
  const b = join('b');
  await pass(30);
  expect([a.leads(), b.leads()]).toEqual([true, false]);
  a.stop();
  await a.done;
  expect(a.leads()).toBe(false);
  await pass(3);
  expect(b.leads()).toBe(true);
  const { spec } = await fake.get<Lease>(target);
  expect(spec).toMatchObject({
    holderIdentity: 'b',
    leaseDurationSeconds: 15,
    leaseTransitions: 1,
  });
});

it('waits for the lease of one that fell silent to be over', async () => {
  const renewTime = '2026-01-01T00:00:00.000000Z';
  const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime };
  const metadata = { name: 'loop', namespace: 'kube-system' };
  const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
  await fake.create({ ...leases, namespace: 'kube-system' }, object as never);
  const b = join('b');
  await pass(14);
  expect(b.leads()).toBe(false);
  await pass(4);
  expect(b.leads()).toBe(true);
});

it('takes its own lease back at once after a restart', async () => {
  join('a').stop();
  await pass(1);
  const spec = { holderIdentity: 'a', leaseDurationSeconds: 15 };
  await fake.patch(target, 'merge', { spec });
  const again = join('a');
  await pass(1);
  expect(again.leads()).toBe(true);
});

it('ends by itself before another may begin, when it cannot renew, and comes back', async () => {
  const cut = { now: false };
  const client = new Proxy(fake, {
    get: (object, name) => {
      const value = Reflect.get(object, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (cut.now) return Promise.reject(new Error('no connection'));
        return value.apply(object, args) as unknown;
      };
    },
  });
  const a = join('a', client);
  await pass(1);
  const b = join('b');
  await pass(4);
  expect(a.leads()).toBe(true);
  cut.now = true;
  await pass(13);
  expect([a.leads(), b.leads()]).toEqual([false, false]);
  await pass(6);
  expect([a.leads(), b.leads()]).toEqual([false, true]);
  cut.now = false;
  b.stop();
  await b.done;
  await pass(4);
  expect(a.leads()).toBe(true);
  expect(a.terms).toHaveLength(2);
});
