/** Long work in slices: what an editor asks meanwhile is answered between two of them. */
import { setImmediate } from 'node:timers/promises';

/** Longest time in milliseconds for which nobody else has the thread. */
const sliceMs = 10;

/** Work in steps of less than a millisecond each: it yields between two, and returns its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Nobody wants to know any more. */
export class Cancelled extends Error {
  constructor() {
    super('nobody waits for this any more');
  }
}

/**
 * Call it after each small step; it waits only when the slice is used up.
 * @param isCancelled asked when others have had their turn; then the promise rejects with `Cancelled`
 */
export function createSlices(isCancelled: () => boolean = () => false): () => Promise<void> {
  let until = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < until) return;
    await setImmediate();
    if (isCancelled()) throw new Cancelled();
    until = performance.now() + sliceMs;
  };
}

/** All steps in one go. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** @param pause from `createSlices`; what it throws ends the work */
export async function finishInSlices<T>(steps: Steps<T>, pause: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await pause();
  }
}
