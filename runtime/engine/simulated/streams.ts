/** Streams of a simulated container: they work, and say that nothing ran. */
import { Duplex, PassThrough, Readable } from 'node:stream';
import type { EngineProcess, LogQuery } from '../engine.ts';
import type { SimulatedContainer } from './state.ts';

/** A process that has already ended well. */
export function simulatedProcess(command: readonly string[]): EngineProcess {
  const stdin = new PassThrough();
  stdin.resume();
  return {
    stdin,
    stdout: Readable.from([Buffer.from(`simulated: ${command.join(' ')} was not run\n`)]),
    stderr: Readable.from([]),
    exit: Promise.resolve(0),
    resize: async () => {},
    close: () => {},
  };
}

/** The container's lines; followed, the stream ends with the container. */
export function simulatedLogs(container: SimulatedContainer, query: LogQuery): Readable {
  const { since = 0, tail, timestamps = false, follow = false, signal } = query;
  const out = new PassThrough();
  const lines = container.log.filter(({ at }) => at >= since);
  for (const { at, line } of tail === undefined ? lines : lines.slice(lines.length - tail)) {
    out.write(`${timestamps ? `${new Date(at).toISOString()} ` : ''}${line}\n`);
  }
  if (!follow || container.info.state !== 'running') {
    out.end();
    return out;
  }
  const end = () => {
    container.onEnd.delete(end);
    out.end();
  };
  container.onEnd.add(end);
  signal?.addEventListener('abort', end, { once: true });
  return out;
}

/** A server that answers whatever it hears with an empty HTTP success, so that probes pass. */
export function simulatedConnection(): Duplex {
  let answered = false;
  return new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      if (!answered) {
        answered = true;
        this.push('HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\nsimulated\n');
        this.push(null);
      }
      done();
    },
    final(done) {
      if (!answered) this.push(null);
      answered = true;
      done();
    },
  });
}
