import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { apiError } from '../api/status.ts';
import type { CoreEvent } from '../api/types.ts';
import { createEventRecorder } from './events.ts';
import { events } from './resources.ts';
import { FakeClient } from './testing/fake-client.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
};

function setUp() {
  const clock = new VirtualClock();
  const fake = new FakeClient({ clock });
  const errors: unknown[] = [];
  const recorder = createEventRecorder(fake, clock, {
    component: 'kubelet',
    host: 'node-1',
    onError: (error) => errors.push(error),
  });
  return { clock, fake, errors, recorder, all: () => fake.all<CoreEvent>(events) };
}

describe('event recorder', () => {
  it('counts what happens again', async () => {
    const { recorder, all, clock } = setUp();
    recorder.event(pod, 'Normal', 'Pulled', 'image is there', 'spec.containers{web}');
    await clock.advance(60_000);
    recorder.event(pod, 'Normal', 'Pulled', 'image is there', 'spec.containers{web}');
    await recorder.flush();
    expect(all()).toHaveLength(1);
    expect(all()[0]).toMatchObject({
      metadata: { namespace: 'shop' },
      involvedObject: { kind: 'Pod', name: 'web', uid: 'u1', fieldPath: 'spec.containers{web}' },
      count: 2,
      source: { component: 'kubelet', host: 'node-1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:00Z',
    });
  });

  it('gathers many different messages of one reason', async () => {
    const { recorder, all } = setUp();
    for (let i = 0; i < 15; i++) recorder.event(pod, 'Warning', 'Unhealthy', `try ${i}`);
    await recorder.flush();
    expect(all()).toHaveLength(11);
    const gathered = all().find(({ message }) => message?.startsWith('(combined'));
    expect(gathered).toMatchObject({
      count: 5,
      message: '(combined from similar events): try 14',
    });
  });

  it('stops an object that floods', async () => {
    const { recorder, all } = setUp();
    for (let i = 0; i < 100; i++) recorder.event(pod, 'Normal', 'Spin', 'again');
    await recorder.flush();
    expect(all()[0]?.count).toBe(25);
  });

  it('says nothing of what ends with its namespace', async () => {
    const { recorder, fake, errors } = setUp();
    const causes = [
      { reason: 'NamespaceTerminating', message: 'shop', field: 'metadata.namespace' },
    ];
    fake.fail(() => apiError('Forbidden', 'it is being terminated', { causes }));
    recorder.event(pod, 'Normal', 'Killing', 'Stopping container web');
    await recorder.flush();
    expect(errors).toEqual([]);
  });

  it('makes an event anew when the old one expired, and gives up where it is refused', async () => {
    const { recorder, all, fake, errors } = setUp();
    recorder.event(pod, 'Normal', 'Started', 'started');
    await recorder.flush();
    fake.drop(events, all()[0]?.metadata.name ?? '', 'shop');
    recorder.event(pod, 'Normal', 'Started', 'started');
    await recorder.flush();
    expect(all()[0]?.count).toBe(1);
    fake.fail(() => apiError('Forbidden', 'namespace is going away'));
    recorder.event(pod, 'Normal', 'Killing', 'bye');
    await recorder.flush();
    expect(errors).toHaveLength(1);
  });
});
