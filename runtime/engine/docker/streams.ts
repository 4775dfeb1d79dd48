/**
 * Docker sends the output of a process without a terminal as frames: one byte stream (1 stdout,
 * 2 stderr), three zero bytes, four bytes length, then that many bytes.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
import { PassThrough, type Readable, Writable } from 'node:stream';

const headerLength = 8;

/** Splits framed bytes, of any chunking, into payloads. Holds at most one header back. */
export class FrameReader {
  #header = Buffer.alloc(headerLength);
  #headerFilled = 0;
  #stream = 0;
  #left = 0;

  /** The payloads of `chunk`, in order; a frame may come in several pieces. */
  *read(chunk: Buffer): Generator<{ stream: number; data: Buffer }> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const take = Math.min(headerLength - this.#headerFilled, chunk.length - at);
        chunk.copy(this.#header, this.#headerFilled, at, at + take);
        this.#headerFilled += take;
        at += take;
        if (this.#headerFilled < headerLength) return;
        this.#headerFilled = 0;
        this.#stream = this.#header[0] ?? 1;
        this.#left = this.#header.readUInt32BE(4);
        continue;
      }
      const take = Math.min(this.#left, chunk.length - at);
      yield { stream: this.#stream, data: chunk.subarray(at, at + take) };
      this.#left -= take;
      at += take;
    }
  }
}

/** Feeds framed bytes to `stdout` and `stderr` and ends both; a full reader slows the source down. */
export function demultiplex(source: Readable, stdout: PassThrough, stderr: PassThrough): void {
  const frames = new FrameReader();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      let full: PassThrough | undefined;
      for (const { stream, data } of frames.read(chunk)) {
        const target = stream === 2 ? stderr : stdout;
        if (!target.destroyed && !target.write(data)) full = target;
      }
      if (full === undefined || full.destroyed) done();
      else waitForRoom(full, done);
    },
    final(done) {
      stdout.end();
      stderr.end();
      done();
    },
    destroy(error, done) {
      stdout.end();
      stderr.end();
      done(error);
    },
  });
  forward(source, sink);
}

/** Both streams of a frame sequence, merged in their order, as one byte stream. */
export function merge(source: Readable): Readable {
  const out = new PassThrough();
  const frames = new FrameReader();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      let room = true;
      for (const { data } of frames.read(chunk)) {
        if (!out.destroyed) room = out.write(data);
      }
      if (room || out.destroyed) done();
      else waitForRoom(out, done);
    },
    final(done) {
      out.end();
      done();
    },
    destroy(error, done) {
      if (error === null) out.end();
      else out.destroy(error);
      done(null);
    },
  });
  forward(source, sink);
  out.on('close', () => source.destroy());
  return out;
}

/** Calls back once, whether the stream has room again or is gone. */
function waitForRoom(stream: PassThrough, done: () => void): void {
  const settle = () => {
    stream.off('drain', settle);
    stream.off('close', settle);
    done();
  };
  stream.on('drain', settle);
  stream.on('close', settle);
}

/** Like pipe, and ends or destroys the sink however the source ends. */
function forward(source: Readable, sink: Writable): void {
  source.pipe(sink);
  source.on('error', () => sink.destroy());
  source.on('close', () => {
    if (!sink.writableEnded) sink.end();
  });
  sink.on('error', () => source.destroy());
}
