/**
 * Streams over one WebSocket: every message begins with the number of its channel, as one byte or,
 * in the base64 protocols, as one digit before base64 text. In v5 the message `255, n` closes
 * channel n, which is how standard input ends while output goes on.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
 */
import { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Clock, systemClock } from '../api/clock.ts';

export const closeChannel = 255;
const maxMessageBytes = 32_768;
const maxBuffered = 1 << 20;
const pingEveryMs = 30_000;

export class WebSocketChannels {
  /** Resolves, never rejects, when the WebSocket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #base64: boolean;
  readonly #readers = new Map<number, Readable>();

  constructor(socket: WebSocket, { base64 }: { base64: boolean }) {
    this.#socket = socket;
    this.#base64 = base64;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => this.#receive(data as Buffer));
    void this.closed.then(() => {
      for (const reader of this.#readers.values()) reader.push(null);
    });
    setImmediate(() => socket.resume());
  }

  /** What the peer sends on a channel; bytes on channels that nobody asked for are dropped. */
  readable(channel: number): Readable {
    const reader = new Readable({ highWaterMark: maxBuffered, read: () => this.#socket.resume() });
    this.#readers.set(channel, reader);
    // Someone who stops reading must not hold up the other channels.
    reader.once('close', () => {
      this.#readers.delete(channel);
      this.#socket.resume();
    });
    return reader;
  }

  /**
   * Sends on a channel, each write at least one message. Ending it tells the peer only with
   * `closes` (v5), otherwise nothing is sent.
   */
  writable(channel: number, { closes = false }: { closes?: boolean } = {}): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        this.send(channel, chunk).then(() => callback(), callback);
      },
      final: (callback) => {
        if (!closes) callback();
        else this.send(closeChannel, Buffer.of(channel)).then(() => callback(), callback);
      },
    });
  }

  async send(channel: number, bytes: Buffer): Promise<void> {
    let start = 0;
    do {
      await this.#message(channel, bytes.subarray(start, start + maxMessageBytes));
      start += maxMessageBytes;
    } while (start < bytes.length);
  }

  close(): void {
    this.#socket.resume();
    this.#socket.close(1000);
  }

  #message(channel: number, bytes: Buffer): Promise<void> {
    const message = this.#base64
      ? `${String.fromCharCode(48 + channel)}${bytes.toString('base64')}`
      : Buffer.concat([Buffer.of(channel), bytes]);
    return new Promise((resolve, reject) => {
      this.#socket.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  #receive(data: Buffer): void {
    const [first] = data;
    if (first === undefined) return;
    const channel = this.#base64 ? first - 48 : first;
    const bytes = this.#base64
      ? Buffer.from(data.toString('latin1', 1), 'base64')
      : data.subarray(1);
    if (channel === closeChannel) {
      this.#readers.get(bytes[0] ?? -1)?.push(null);
      return;
    }
    const reader = this.#readers.get(channel);
    // An end (pushed above) may be followed by stray bytes; they are nobody's.
    if (reader === undefined || reader.readableEnded || bytes.length === 0) return;
    if (!reader.push(bytes)) this.#socket.pause();
  }
}

/** Pings so that nothing between us takes silence for death; cuts a peer that stops answering. */
export function keepAlive(socket: WebSocket, clock: Clock = systemClock): void {
  let answered = true;
  let cancel: () => void = () => {};
  const tick = () => {
    if (!answered && !socket.isPaused) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
    cancel = clock.after(pingEveryMs, tick);
  };
  socket.on('pong', () => {
    answered = true;
  });
  socket.once('close', () => cancel());
  cancel = clock.after(pingEveryMs, tick);
}
