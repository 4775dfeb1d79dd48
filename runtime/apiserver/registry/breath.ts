/** No step may hold the event loop for long (design.md): loops over many objects pause in between. */
const budgetMs = 8;

export class Breath {
  #since = performance.now();

  /** Lets others run if this has run for long enough. */
  async pause(): Promise<void> {
    if (performance.now() - this.#since < budgetMs) return;
    // The first ends this round of the event loop; what has arrived meanwhile comes before the second.
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    this.#since = performance.now();
  }

  /** True if it is time to pause; saves an await in tight loops. */
  get due(): boolean {
    return performance.now() - this.#since >= budgetMs;
  }
}

/** Runs work that comes in pieces, and lets others run in between. */
export async function inSteps<T>(steps: Generator<void, T>, breath = new Breath()): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (breath.due) await breath.pause();
  }
}

/**
 * How long requests are worked on before the event loop comes round. Short, so that what they commit
 * goes to the disk in small groups while the next are worked on. On a busy machine the longest block
 * under 5,000 creates was 26 ms (median of 17 runs), where 8 ms made it 33 (of 11); creates cost the same.
 */
const turnMs = 2;

/** When the work that `turn` has let go on began, until the event loop comes round again. */
let began: number | undefined;
let waiting = 0;

/**
 * For many short pieces of work that come at once, as requests do: undefined if this one may go on,
 * else what resolves when it may. Who waits goes first, in order; between two turns events are
 * delivered and answers written.
 */
export function turn(): Promise<void> | undefined {
  if (waiting === 0 && hasTime()) return undefined;
  waiting++;
  return new Promise((resolve) => {
    const attempt = () => {
      if (!hasTime()) {
        setImmediate(attempt);
        return;
      }
      waiting--;
      resolve();
    };
    setImmediate(attempt);
  });
}

function hasTime(): boolean {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    setImmediate(() => {
      began = undefined;
    });
  }
  return now - began < turnMs;
}
