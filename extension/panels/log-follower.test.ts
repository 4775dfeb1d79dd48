import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LogLine, LogSource } from '../../media/messages.ts';
import { VirtualClock } from '../../runtime/api/clock.ts';
import type { KubeObject } from '../../runtime/api/object.ts';
import type { Pod } from '../../runtime/api/types.ts';
import { createInformers } from '../../runtime/client/informer.ts';
import type { LogOptions, PodStreams } from '../../runtime/client/pod-streams.ts';
import { pods } from '../../runtime/client/resources.ts';
import { FakeClient } from '../../runtime/client/testing/fake-client.ts';
import { LogFollower } from './log-follower.ts';

function pod(name: string, restartCount: number, state: object): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', restartCount, ready: true, state }],
    },
  } as unknown as Pod;
}

const running = { running: {} };

function setUp(first: Pod, { previous = false, maxBatch = 1000 } = {}) {
  const clock = new VirtualClock();
  const fake = new FakeClient({ clock, objects: [first as unknown as KubeObject] });
  const abort = new AbortController();
  const opened: { name: string; options: LogOptions; stream: PassThrough }[] = [];
  const streams = {
    logs: async ({ name }: { name: string }, options: LogOptions) => {
      const stream = new PassThrough();
      opened.push({ name, options, stream });
      return stream;
    },
  } as unknown as PodStreams;
  const lines: LogLine[] = [];
  const waiting: string[] = [];
  let sources: LogSource[] = [];
  let dropped = 0;
  const follower = new LogFollower({
    streams,
    pods: createInformers(fake, clock, abort.signal).for<Pod>(pods, { namespace: 'default' }),
    matches: (candidate) => candidate.metadata.labels?.app === 'web',
    previous,
    tailLines: 100,
    maxBatch,
    clock,
    onLines: (batch, lost) => {
      lines.push(...batch);
      dropped += lost;
    },
    onSources: (next) => {
      sources = next;
    },
    onWaiting: (text) => waiting.push(text),
  });
  return {
    clock,
    fake,
    opened,
    follower,
    lines,
    waiting,
    sources: () => sources,
    dropped: () => dropped,
    /** Lets streams, informers and the batch timer run. */
    settle: async () => {
      for (let i = 0; i < 4; i++) await clock.advance(100);
    },
  };
}

describe('LogFollower', () => {
  it('follows the containers of a pod and splits lines, whatever the chunks', async () => {
    const { opened, lines, settle, sources, follower } = setUp(pod('web-1', 0, running));
    await settle();
    expect(opened[0]?.options).toMatchObject({ container: 'app', follow: true, tailLines: 100 });
    opened[0]?.stream.write('2026-01-01T00:00:00.1Z hel');
    opened[0]?.stream.write('lo\n2026-01-01T00:00:00.2Z <b>wor');
    opened[0]?.stream.write('ld</b>\r\n');
    await settle();
    expect(lines.map((line) => line.text)).toEqual(['hello', '<b>world</b>']);
    expect(sources()).toMatchObject([{ pod: 'web-1', container: 'app', state: 'following' }]);
    follower.dispose();
    expect(opened[0]?.stream.destroyed).toBe(true);
  });

  it('attaches to pods that come later, and to a container that restarted', async () => {
    const { opened, fake, settle } = setUp(pod('web-1', 0, running));
    await settle();
    fake.put(
      pod('web-2', 0, { waiting: { reason: 'ContainerCreating' } }) as unknown as KubeObject,
    );
    await settle();
    expect(opened).toHaveLength(1);
    fake.put(pod('web-2', 0, running) as unknown as KubeObject);
    opened[0]?.stream.end();
    fake.put(pod('web-1', 1, running) as unknown as KubeObject);
    await settle();
    expect(opened.map((o) => o.name).sort()).toEqual(['web-1', 'web-1', 'web-2']);
  });

  it('resumes a broken connection after the last line and shows none twice', async () => {
    const { opened, clock, lines, settle } = setUp(pod('web-1', 0, running));
    await settle();
    opened[0]?.stream.write('2026-01-01T00:00:05.12Z one\n');
    await settle();
    opened[0]?.stream.end();
    await settle();
    await clock.advance(2000);
    await settle();
    expect(opened[1]?.options).toMatchObject({ sinceTime: '2026-01-01T00:00:05Z' });
    expect(opened[1]?.options.tailLines).toBeUndefined();
    opened[1]?.stream.write('2026-01-01T00:00:05.12Z one\n2026-01-01T00:00:05.123Z two\n');
    await settle();
    expect(lines.map((line) => line.text)).toEqual(['one', 'two']);
  });

  it('shows what pods wrote before in the order of time', async () => {
    const { opened, fake, lines, settle } = setUp(pod('web-1', 0, running));
    fake.put(pod('web-2', 0, running) as unknown as KubeObject);
    await settle();
    opened[0]?.stream.write('2026-01-01T00:00:00.1Z a\n2026-01-01T00:00:03Z d\n');
    opened[1]?.stream.write('2026-01-01T00:00:00.12Z b\n2026-01-01T00:00:02.5Z c\n');
    await settle();
    expect(lines.map((line) => line.text)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps no more than it may when lines come faster than they are shown', async () => {
    const { opened, lines, settle, dropped } = setUp(pod('web-1', 0, running), { maxBatch: 10 });
    await settle();
    opened[0]?.stream.write(Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''));
    await settle();
    expect(lines.at(-1)?.text).toBe('line 99');
    expect(lines).toHaveLength(10);
    expect(dropped()).toBe(90);
  });

  it('says what a container waits for', async () => {
    const waiting = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
    const { settle, sources } = setUp(pod('web-1', 0, waiting));
    await settle();
    expect(sources()).toMatchObject([{ state: 'waiting', message: 'no such image' }]);
  });

  it('says what is waited for where there is no container yet', async () => {
    const first = pod('db-1', 0, running);
    const other = { ...first, metadata: { ...first.metadata, labels: {} } };
    const { fake, waiting, settle } = setUp(other);
    await settle();
    const pending = { ...pod('web-1', 0, running), status: { phase: 'Pending' } };
    fake.put(pending as unknown as KubeObject);
    await settle();
    fake.put(pod('web-1', 0, running) as unknown as KubeObject);
    await settle();
    expect(waiting).toEqual([
      'There is no pod yet. Its lines come as soon as it runs.',
      'web-1: Pending',
    ]);
  });
});
