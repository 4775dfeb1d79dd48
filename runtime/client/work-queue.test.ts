import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { createWorkQueue } from './work-queue.ts';

function setUp(worker: (key: string) => Promise<void> | void, concurrency = 2) {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const queue = createWorkQueue({ clock, name: 'test' });
  const errors: string[] = [];
  const done = queue.run(worker, {
    concurrency,
    signal: abort.signal,
    onError: (error, key) => errors.push(`${key}: ${(error as Error).message}`),
  });
  stop = () => {
    abort.abort();
    return done;
  };
  return { clock, queue, errors };
}
let stop: () => Promise<void> = () => Promise.resolve();
afterEach(() => stop());

describe('work queue', () => {
  it('hands out a key once, however often it was added', async () => {
    const seen: string[] = [];
    const { queue } = setUp((key) => void seen.push(key));
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    await queue.idle();
    expect(seen).toEqual(['a', 'b']);
  });

  it('never works on one key twice at once, and runs it again if added meanwhile', async () => {
    let inWork = 0;
    let most = 0;
    let runs = 0;
    const gates: (() => void)[] = [];
    const { queue, clock } = setUp(async () => {
      runs++;
      most = Math.max(most, ++inWork);
      await new Promise<void>((resolve) => gates.push(resolve));
      inWork--;
    }, 4);
    queue.add('a');
    await clock.advance(0);
    queue.add('a');
    queue.add('a');
    await clock.advance(0);
    expect(runs).toBe(1);
    gates.shift()?.();
    await clock.advance(0);
    expect(runs).toBe(2);
    gates.shift()?.();
    await queue.idle();
    expect({ runs, most }).toEqual({ runs: 2, most: 1 });
  });

  it('backs off from a key whose worker throws, and starts over after success', async () => {
    let failing = true;
    const at: number[] = [];
    const { queue, clock, errors } = setUp(() => {
      at.push(clock.now());
      if (failing) throw new Error('not yet');
    });
    const start = clock.now();
    queue.add('a');
    await clock.advance(5 + 10 + 20);
    expect(at.map((time) => time - start)).toEqual([0, 5, 15, 35]);
    expect(errors).toHaveLength(4);
    failing = false;
    await clock.advance(40);
    expect(queue.retries('a')).toBe(0);
  });

  it('keeps the earliest of several delays', async () => {
    const at: number[] = [];
    const { queue, clock } = setUp(() => void at.push(clock.now()));
    const start = clock.now();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 5_000);
    await clock.advance(10_000);
    expect(at.map((time) => time - start)).toEqual([100]);
  });

  it('keeps lengthening the delay of a worker that asks for a retry itself', async () => {
    const at: number[] = [];
    const { queue, clock } = setUp((key) => {
      at.push(clock.now());
      queue.retry(key);
    });
    const start = clock.now();
    queue.add('a');
    await clock.advance(35);
    expect(at.map((time) => time - start)).toEqual([0, 5, 15, 35]);
  });
});
