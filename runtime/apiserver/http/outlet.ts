/**
 * Where a watch writes. The bytes of events are made once and shared by all watches, but what is written
 * to a connection is encrypted for it alone, and Node encrypts all that waits for a socket at once. So
 * little is written at a time, and the rest stands in line here, as references:
 *
 *   shared      [a][bb][c][ddd][e]
 *   one watch            ▲ ▲▲▲ ▲     in line: nothing of its own
 *                    [c]             on its way: encrypted, of its own, `onItsWay` at most
 */
import type { Backlogs } from './backlogs.ts';

/** What is said of an answer here: `http.ServerResponse` has it. */
export interface Answer {
  readonly writableLength: number;
  readonly writableHighWaterMark: number;
  write(bytes: Buffer): unknown;
  end(): unknown;
  destroy(): unknown;
  on(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Bytes of one connection, encrypted or about to be. */
export const onItsWay = 64 * 1024;

export class Outlet {
  readonly #answer: Answer;
  readonly #backlogs: Backlogs;
  readonly #limit: number;
  #line: Buffer[] = [];
  /** How many of the line have been written, and how much of the next. */
  #written = 0;
  #offset = 0;
  #behind = false;
  #finishing = false;
  #closed = false;
  #waiting: (() => void)[] = [];
  /** Bytes that stand in line. */
  inLine = 0;

  constructor(answer: Answer, backlogs: Backlogs) {
    this.#answer = answer;
    this.#backlogs = backlogs;
    // From this on Node says when it has all been taken.
    this.#limit = Math.max(onItsWay, answer.writableHighWaterMark);
    answer.on('drain', () => this.#drained());
    answer.on('close', () => this.#close());
  }

  get onItsWay(): number {
    return this.#closed ? 0 : this.#answer.writableLength;
  }

  /** The bytes must not be changed afterwards. */
  write(bytes: Buffer): void {
    if (this.#finishing || this.#closed) return;
    if (!this.#behind && bytes.length <= onItsWay) {
      this.#answer.write(bytes);
      if (this.#answer.writableLength >= this.#limit) this.#fallBehind();
      return;
    }
    this.#line.push(bytes);
    this.inLine += bytes.length;
    this.#backlogs.hold(bytes);
    if (this.#behind) this.#backlogs.grown(this);
    else this.#pump();
  }

  /** Resolves once little is on its way and nothing in line, or there is nobody left; undefined: that is so. */
  ready(): Promise<void> | undefined {
    if (!this.#behind || this.#closed) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the answer after what stands in line. */
  finish(): void {
    if (this.#finishing || this.#closed) return;
    this.#finishing = true;
    if (!this.#behind) this.#answer.end();
  }

  /** Closes the connection. */
  cut(): void {
    this.#close();
    this.#answer.destroy();
  }

  #drained(): void {
    if (!this.#behind || this.#closed) return;
    this.#behind = false;
    this.#pump();
    if (this.#behind) {
      this.#backlogs.moved(this);
      return;
    }
    this.#backlogs.forget(this);
    this.#wake();
    if (this.#finishing) this.#answer.end();
  }

  /** Writes what stands in line until enough is on its way. */
  #pump(): void {
    for (;;) {
      const bytes = this.#line[this.#written];
      if (bytes === undefined) break;
      const piece = bytes.subarray(this.#offset, this.#offset + onItsWay);
      this.#answer.write(piece);
      this.inLine -= piece.length;
      this.#offset += piece.length;
      if (this.#offset >= bytes.length) {
        this.#written++;
        this.#offset = 0;
        this.#backlogs.release(bytes);
      }
      if (this.#answer.writableLength >= this.#limit) {
        this.#fallBehind();
        break;
      }
    }
    if (this.#written < this.#line.length) {
      if (this.#written < 1000) return;
      this.#line = this.#line.slice(this.#written);
    } else this.#line = [];
    this.#written = 0;
  }

  #fallBehind(): void {
    this.#behind = true;
    this.#backlogs.grown(this);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#backlogs.forget(this);
    for (const bytes of this.#line.slice(this.#written)) this.#backlogs.release(bytes);
    this.#line = [];
    this.#written = 0;
    this.inLine = 0;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
