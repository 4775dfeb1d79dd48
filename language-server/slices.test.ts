import { describe, expect, it } from 'vitest';
import { Cancelled, createSlices, finishInSlices, type Steps } from './slices.ts';

/** Work that only ends once somebody says so, and counts its steps. */
function* endless(isOver: () => boolean, step: () => void): Steps<string> {
  while (!isOver()) {
    step();
    yield;
  }
  return 'over';
}

describe('work in slices', () => {
  it('lets others have their turn, were it never to end', async () => {
    let over = false;
    const work = finishInSlices(
      endless(
        () => over,
        () => undefined,
      ),
      createSlices(),
    );
    await new Promise((resolve) => setImmediate(resolve));
    over = true;
    expect(await work).toBe('over');
  });

  it('has turns of its own while more urgent work goes on, were that never to end', async () => {
    let over = false;
    const urgent = finishInSlices(
      endless(
        () => over,
        () => undefined,
      ),
      createSlices(),
    );
    let steps = 0;
    const pause = createSlices({ patient: true });
    // Each pause is one turn.
    while (steps < 3) {
      const until = performance.now() + 11;
      while (performance.now() < until);
      await pause();
      steps += 1;
    }
    over = true;
    expect(await urgent).toBe('over');
  });

  it('ends when nobody wants it any more', async () => {
    let cancelled = false;
    const work = finishInSlices(
      endless(
        () => false,
        () => undefined,
      ),
      createSlices({ isCancelled: () => cancelled }),
    );
    setImmediate(() => {
      cancelled = true;
    });
    await expect(work).rejects.toBeInstanceOf(Cancelled);
  });
});
