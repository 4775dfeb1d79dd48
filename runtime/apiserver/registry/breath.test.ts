import { stat } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Breath, turn } from './breath.ts';

/** What time it is for those who breathe: it goes on by work alone, however busy the machine is. */
let now = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => void vi.restoreAllMocks());

/** Holds the event loop, as work does. */
function work(ms: number): void {
  const end = Date.now() + ms;
  while (Date.now() < end);
  now += ms;
}

describe('turn', () => {
  it('lets short work go on at once, and what is too much wait in order', async () => {
    const done: number[] = [];
    let others = 0;
    let serving = true;
    const other = () => {
      others++;
      if (serving) setImmediate(other);
    };
    setImmediate(other);
    // Each begins by itself, as requests do that arrive on connections of their own.
    const piece = async (index: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      const wait = turn();
      if (wait !== undefined) await wait;
      work(3);
      done.push(index);
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => piece(index)));
    serving = false;
    expect(done).toEqual(Array.from({ length: 20 }, (_, index) => index));
    // 60 ms of work in pieces of about 8: others had their turn in between.
    expect(others).toBeGreaterThanOrEqual(5);
  });
});

describe('a pause', () => {
  it('lets what has come due meanwhile go first, wherever in a round of the event loop it begins', async () => {
    // As a request does, in answer to something that was read.
    await new Promise((resolve) => stat('.', resolve));
    const breath = new Breath();
    let due = false;
    setTimeout(() => {
      due = true;
    }, 1);
    expect(breath.due).toBe(false);
    work(12);
    expect(breath.due).toBe(true);
    await breath.pause();
    expect(due).toBe(true);
    expect(breath.due).toBe(false);
  });
});
