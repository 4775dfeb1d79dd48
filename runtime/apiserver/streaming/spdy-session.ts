/**
 * Many streams over one connection, as Kubernetes uses SPDY/3.1 for exec, attach and port-forward.
 *
 * Flow control: Go's spdystream, which is what kubectl and kube-apiserver speak, neither keeps to
 * windows nor sends WINDOW_UPDATE. So we send as if there were no windows until the peer proves by
 * its first WINDOW_UPDATE that it has some; and we always tell the peer what we have consumed. What
 * a peer without windows sends too fast is held back by not reading the connection.
 */
import { Duplex } from 'node:stream';
import { type Clock, systemClock } from '../../api/clock.ts';
import {
  controlFrame,
  dataFrame,
  type Frame,
  FrameParser,
  flagFin,
  frameType,
  numbers,
  rstStatus,
  settingInitialWindow,
} from './spdy-frames.ts';
import { HeaderReader, type Headers, HeaderWriter } from './spdy-headers.ts';

export interface SpdySessionOptions {
  role: 'client' | 'server';
  /** A stream that the peer opened; it is replied to already. */
  onStream?: (stream: SpdyStream) => void;
  clock?: Clock;
}

const initialWindow = 65_536;
const maxFrameBytes = 32_768;
/** Received and not read by anybody; beyond it the connection is not read. */
const maxBuffered = 1 << 20;
/** How long a peer has to hang up after us, once all has been handed to the system. */
const lingerMs = 30_000;

export class SpdySession {
  /** Resolves, never rejects, when the connection is over. */
  readonly closed: Promise<void>;
  readonly #transport: Duplex;
  readonly #clock: Clock;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #writer = new HeaderWriter();
  readonly #reader = new HeaderReader();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #replies = new Map<number, (error?: Error) => void>();
  #nextId: number;
  #over = false;
  #lastPeerId = 0;
  /** Header blocks leave in the order in which they were compressed. */
  #headerTail: Promise<unknown> = Promise.resolve();
  peerInitialWindow = initialWindow;

  constructor(
    transport: Duplex,
    { role, onStream = (s) => s.reset(), clock = systemClock }: SpdySessionOptions,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#onStream = onStream;
    this.#nextId = role === 'client' ? 1 : 2;
    this.closed = this.#read().finally(() => this.#end());
  }

  /** Opens a stream. Rejects if the peer refuses or the connection ends first. */
  async open(headers: Headers): Promise<SpdyStream> {
    if (this.#over) throw new Error('the connection is closed');
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    const replied = new Promise<void>((resolve, reject) => {
      this.#replies.set(id, (error) => (error === undefined ? resolve() : reject(error)));
    });
    // Stream id, associated stream, priority and slot.
    const prefix = Buffer.concat([numbers(id, 0), Buffer.alloc(2)]);
    await this.#sendHeaders(frameType.synStream, prefix, headers);
    await replied;
    return stream;
  }

  /** Says goodbye and ends the connection once everything written is out, or the peer takes too long. */
  close(): void {
    const transport = this.#transport;
    if (transport.writableEnded || transport.destroyed) return;
    transport.write(controlFrame(frameType.goAway, numbers(this.#lastPeerId, 0)));
    transport.end(() => {
      if (transport.destroyed) return;
      // At once would be too soon: what is on the way would be lost with it.
      const cancel = this.#clock.after(lingerMs, () => transport.destroy());
      transport.once('close', cancel);
    });
  }

  /** For streams: queues a frame; the callback comes when it has left. */
  send(frame: Buffer, callback?: (error?: Error | null) => void): void {
    if (this.#transport.destroyed || this.#transport.writableEnded) {
      callback?.(new Error('the connection is closed'));
      return;
    }
    this.#transport.write(frame, callback);
  }

  /** For streams: one is over in both directions. */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  #sendHeaders(type: number, prefix: Buffer, headers: Headers): Promise<void> {
    const sent = this.#headerTail.then(async () => {
      const block = await this.#writer.encode(headers);
      this.send(controlFrame(type, Buffer.concat([prefix, block])));
    });
    this.#headerTail = sent.catch(() => {});
    return sent;
  }

  async #read(): Promise<void> {
    const parser = new FrameParser();
    try {
      for await (const chunk of this.#transport.iterator({ destroyOnReturn: false })) {
        for (const frame of parser.parse(chunk as Buffer)) await this.#handle(frame);
      }
    } catch {
      // A broken connection and a peer that talks nonsense end alike.
      this.#transport.destroy();
    }
  }

  async #handle(frame: Frame): Promise<void> {
    const { flags, payload } = frame;
    if (frame.kind === 'data') {
      const stream = this.#streams.get(frame.stream);
      if (stream === undefined) return;
      if (payload.length > 0) await stream.receive(payload);
      if (flags & flagFin) stream.receiveEnd();
      return;
    }
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    switch (frame.type) {
      case frameType.synStream:
        return this.#accept(id, flags, payload.subarray(10));
      case frameType.synReply:
        await this.#reader.decode(payload.subarray(4));
        this.#settle(id);
        if (flags & flagFin) this.#streams.get(id)?.receiveEnd();
        return;
      case frameType.headers:
        // Nobody uses them, but the decompressor must see every block.
        await this.#reader.decode(payload.subarray(4));
        if (flags & flagFin) this.#streams.get(id)?.receiveEnd();
        return;
      case frameType.rstStream:
        this.#settle(id, new Error('the stream was refused'));
        this.#streams.get(id)?.receiveReset();
        return;
      case frameType.ping:
        // Ours would have our parity; we send none, so every ping is to be echoed.
        this.send(controlFrame(frameType.ping, payload));
        return;
      case frameType.settings:
        this.#learn(payload);
        return;
      case frameType.windowUpdate:
        this.#streams.get(id)?.widen(payload.readUInt32BE(4) & 0x7fffffff);
        return;
      default:
        // GOAWAY: streams under way go on. Unknown types are to be ignored.
        return;
    }
  }

  async #accept(id: number, flags: number, block: Buffer): Promise<void> {
    const headers = await this.#reader.decode(block);
    if (id <= this.#lastPeerId) throw new Error('SPDY stream ids must rise');
    this.#lastPeerId = id;
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    await this.#sendHeaders(frameType.synReply, numbers(id), new Map());
    this.#onStream(stream);
    if (flags & flagFin) stream.receiveEnd();
  }

  #settle(id: number, error?: Error): void {
    this.#replies.get(id)?.(error);
    this.#replies.delete(id);
  }

  #learn(payload: Buffer): void {
    const count = payload.readUInt32BE(0);
    for (let entry = 0; entry < count && payload.length >= 12 + entry * 8; entry++) {
      const setting = payload.readUInt32BE(4 + entry * 8) & 0xffffff;
      if (setting === settingInitialWindow) {
        this.peerInitialWindow = payload.readUInt32BE(8 + entry * 8);
      }
    }
  }

  #end(): void {
    this.#over = true;
    const lost = new Error('the connection is closed');
    for (const id of [...this.#replies.keys()]) this.#settle(id, lost);
    for (const stream of [...this.#streams.values()]) stream.receiveReset();
    this.#writer.close();
    this.#reader.close();
    if (!this.#transport.writableEnded) this.#transport.end();
  }
}

/** One stream: ending it half-closes, destroying it resets. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #session: SpdySession;
  #buffered = 0;
  #drained: (() => void) | undefined;
  #ended = { received: false, sent: false };
  /** What we may still send; undefined as long as the peer does not speak of windows. */
  #window: number | undefined;
  #sent = 0;
  #widened: (() => void) | undefined;

  constructor(session: SpdySession, id: number, headers: Headers) {
    super({ allowHalfOpen: true });
    this.#session = session;
    this.id = id;
    this.headers = headers;
    // A stream that nobody looks at may be reset at any time.
    this.on('error', () => {});
  }

  /** Refuses or abandons the stream. */
  reset(): void {
    this.destroy();
  }

  receive(payload: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#ended.received) return undefined;
    this.#buffered += payload.length;
    // `push` keeps the bytes, and `payload` is a view of a chunk that nobody changes.
    this.push(payload);
    if (this.readableLength < maxBuffered) {
      this.#consumed();
      return undefined;
    }
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  receiveEnd(): void {
    if (this.#ended.received) return;
    this.#ended.received = true;
    this.push(null);
    this.#forgetIfOver();
  }

  receiveReset(): void {
    const over = this.#ended.received;
    this.#ended = { received: true, sent: true };
    // What was received before stays readable only if the peer had ended its side properly.
    if (over) this.push(null);
    this.destroy();
  }

  widen(delta: number): void {
    this.#window ??= this.#session.peerInitialWindow - this.#sent;
    this.#window += delta;
    this.#widened?.();
  }

  override _read(): void {
    if (this.readableLength < maxBuffered) this.#consumed();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    const room = Math.max(0, Math.min(maxFrameBytes, this.#window ?? maxFrameBytes));
    if (room === 0 && chunk.length > 0) {
      this.#widened = () => {
        this.#widened = undefined;
        this._write(chunk, 'binary', callback);
      };
      return;
    }
    const part = chunk.subarray(0, room);
    this.#sent += part.length;
    if (this.#window !== undefined) this.#window -= part.length;
    const rest = chunk.subarray(room);
    this.#session.send(dataFrame(this.id, part), (error) => {
      if (error || rest.length === 0) callback(error);
      else this._write(rest, 'binary', callback);
    });
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#ended.sent) {
      callback();
      return;
    }
    this.#ended.sent = true;
    this.#session.send(dataFrame(this.id, Buffer.alloc(0), flagFin), () => callback());
    this.#forgetIfOver();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const over = this.#ended.received && this.#ended.sent;
    this.#ended = { received: true, sent: true };
    if (!over) {
      this.#session.send(controlFrame(frameType.rstStream, numbers(this.id, rstStatus.cancel)));
    }
    this.#session.forget(this.id);
    this.#drained?.();
    this.#widened?.();
    callback(error);
  }

  /** Lets the peer send as much again as was read. */
  #consumed(): void {
    const taken = this.#buffered;
    this.#buffered = 0;
    if (taken > 0 && !this.#ended.received) {
      this.#session.send(controlFrame(frameType.windowUpdate, numbers(this.id, taken)));
    }
    this.#drained?.();
    this.#drained = undefined;
  }

  #forgetIfOver(): void {
    if (this.#ended.received && this.#ended.sent) this.#session.forget(this.id);
  }
}
