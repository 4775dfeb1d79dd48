/** Two ends of a connection in memory (Node has `duplexPair` only from 22.6). */
import { Duplex } from 'node:stream';

/** What is written to one end is read at the other; destroying one closes both. */
export function duplexPair(): [Duplex, Duplex] {
  const waiting: [(() => void) | undefined, (() => void) | undefined] = [undefined, undefined];
  const ends: Duplex[] = [];
  const make = (mine: 0 | 1, other: 0 | 1) =>
    new Duplex({
      read() {
        const go = waiting[mine];
        waiting[mine] = undefined;
        go?.();
      },
      write(chunk: Buffer, _encoding, callback) {
        if (ends[other]?.push(chunk)) setImmediate(callback);
        else waiting[other] = callback;
      },
      final(callback) {
        ends[other]?.push(null);
        callback();
      },
      destroy(error, callback) {
        const peer = ends[other];
        setImmediate(() => peer?.destroy());
        callback(error);
      },
    });
  ends.push(make(0, 1), make(1, 0));
  return [ends[0] as Duplex, ends[1] as Duplex];
}
