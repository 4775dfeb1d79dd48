/** Long work in slices: what an editor asks meanwhile is answered between two of them. */
import { setImmediate } from 'node:timers/promises';

/** Longest time in milliseconds for which nobody else has the thread. */
const sliceMs = 10;

/** Call it after each small step; it waits only when the slice is used up. */
export function createSlices(): () => Promise<void> {
  let until = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < until) return;
    await setImmediate();
    until = performance.now() + sliceMs;
  };
}
