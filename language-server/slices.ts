/**
 * Long work in slices: what an editor asks meanwhile is answered between two of them. All work of
 * the process takes turns, so that nobody waits longer than one slice however much is going on.
 */

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

export interface SlicesOptions {
  /** Asked when others have had their turn; where it says so, the work ends with `Cancelled`. */
  isCancelled?(): boolean;
  /** The work has one turn in two while others want theirs: a whole workspace is being read. */
  readonly patient?: boolean;
}

const waiting: (() => void)[] = [];
const patient: (() => void)[] = [];
const patientEvery = 2;
let turns = 0;
/** When the slice ends that is going on. */
let until = 0;
let turnIsDue = false;

function askForTurn(): void {
  if (turnIsDue) return;
  turnIsDue = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  turnIsDue = false;
  turns += 1;
  const isPatient = waiting.length === 0 || (turns % patientEvery === 0 && patient.length > 0);
  const next = isPatient ? patient.shift() : waiting.shift();
  if (next === undefined) return;
  until = performance.now() + sliceMs;
  next();
  if (waiting.length + patient.length > 0) askForTurn();
}

/** Call what it gives after each small step; that waits only when the slice is used up. */
export function createSlices(options: SlicesOptions = {}): () => Promise<void> {
  const queue = options.patient === true ? patient : waiting;
  return async () => {
    if (performance.now() < until) return;
    await new Promise<void>((resolve) => {
      queue.push(resolve);
      askForTurn();
    });
    if (options.isCancelled?.() === true) throw new Cancelled();
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
    if (performance.now() >= until) await pause();
  }
}
