/**
 * Long YAML is read beside the event loop: the parser works a second and more on what a request may
 * hold, in one step. (To write it takes no time worth a thread: yaml-text.ts.) Each text has a thread of its own, for as long as it takes and no
 * longer than is bearable, one after the other, within bounds of time and memory.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../api/clock.ts';
import { ApiError, apiError, type Status } from '../../api/status.ts';
import { type Decoded, Unreadable } from './full-yaml.ts';

/** What it says in the end. */
export type YamlResult =
  | ({ readonly type: 'read' } & Decoded)
  | { readonly type: 'unreadable'; readonly message: string }
  | { readonly type: 'refused'; readonly status: Status };

/** Texts of so many characters are worth a thread, which takes some 50 milliseconds to start. */
export const longYaml = 32 * 1024;
/** For one text, in milliseconds. */
const patienceMs = 20_000;
/** Further ones are told to come back. */
const mostWaiting = 8;
/** Of the thread; the parser takes a hundred bytes for each of three million. */
const memoryMb = 768;

export class YamlThread {
  readonly #script: string;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `script`: the bundle of yaml-worker.ts. */
  constructor(script: string, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  /** Throws Unreadable, BadRequest, RequestEntityTooLarge, TooManyRequests. */
  async read(text: string): Promise<Decoded> {
    const result = await this.#inTurn(text);
    switch (result.type) {
      case 'read':
        return { value: result.value, duplicates: result.duplicates };
      case 'unreadable':
        throw new Unreadable(result.message);
      case 'refused':
        throw new ApiError(result.status);
    }
  }

  async #inTurn(text: string): Promise<YamlResult> {
    if (this.#waiting >= mostWaiting) {
      const details = { retryAfterSeconds: 1 };
      throw apiError('TooManyRequests', 'too much long YAML at once, please try again', details);
    }
    this.#waiting++;
    const run = this.#last.then(() => this.#run(text));
    // Whoever comes next has to wait, not to fare alike.
    this.#last = run.catch(() => {});
    try {
      return await run;
    } finally {
      this.#waiting--;
    }
  }

  async #run(workerData: string): Promise<YamlResult> {
    const resourceLimits = { maxOldGenerationSizeMb: memoryMb };
    const worker = new Worker(this.#script, { workerData, resourceLimits });
    let cancel = () => {};
    try {
      return await new Promise<YamlResult>((resolve, reject) => {
        cancel = this.#clock.after(patienceMs, () => reject(tooLong()));
        worker.once('message', resolve);
        worker.once('error', (error: NodeJS.ErrnoException) => {
          reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLong() : error);
        });
        worker.once('exit', () => reject(new Error('the thread has ended without a result')));
      });
    } finally {
      cancel();
      await worker.terminate();
    }
  }
}

function tooLong() {
  const how = 'the YAML is too long to be read in good time; send it as JSON';
  return apiError('RequestEntityTooLarge', `Request entity too large: ${how}`);
}
