import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock, VirtualClock } from './clock.ts';

describe.each<[string, () => Clock]>([
  ['the system clock', () => systemClock],
  ['the virtual clock', () => new VirtualClock()],
])('a sleep on %s', (_, make) => {
  const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;
  const pass = async (clock: Clock) => {
    if (clock instanceof VirtualClock) await clock.advance(1);
  };

  it('lets go of its signal when it is over', async () => {
    const clock = make();
    const { signal } = new AbortController();
    const slept = clock.sleep(1, signal);
    expect(listeners(signal)).toBe(1);
    await pass(clock);
    await slept;
    expect(listeners(signal)).toBe(0);
  });

  it('ends with the reason of its signal, and before it begins if that has aborted', async () => {
    const clock = make();
    const abort = new AbortController();
    const slept = clock.sleep(60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    await expect(clock.sleep(1, abort.signal)).rejects.toThrow('enough');
    expect(listeners(abort.signal)).toBe(0);
  });
});
