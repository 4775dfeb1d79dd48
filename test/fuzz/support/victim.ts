/** A server that hostile input is thrown at, and how long it was busy with any of it. */
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { LocalPodStreams } from '../../../runtime/apiserver/streaming/testing/local-pod-streams.ts';
import { startTestServer } from '../../../runtime/apiserver/testing/test-server.ts';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Outcome {
  /** 0 if the server closed the connection instead of answering. */
  readonly code: number;
  readonly text: string;
  /** The longest that the event loop was held since the last call, in milliseconds of processor time. */
  readonly heldMs: number;
}

export interface Victim {
  send(path: string, sent?: Sent): Promise<Outcome>;
  /** Bytes on a connection of their own, what comes back until it ends or falls silent. */
  raw(bytes: Buffer | string, patienceMs?: number): Promise<Buffer>;
  heldMs(): number;
  /** What the server logged: internal errors with their stacks. */
  readonly faults: string[];
  close(): Promise<void>;
}

/**
 * Processor time, not time on the wall: a machine that is busy with other things is not the server's
 * fault. Client and server share the process, so the figure errs on the side of severity.
 */
class LoopWatch {
  #last = process.cpuUsage();
  #longest = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), 5);
  }

  #tick(): void {
    const { user, system } = process.cpuUsage(this.#last);
    this.#longest = Math.max(this.#longest, (user + system) / 1000);
    this.#last = process.cpuUsage();
  }

  take(): number {
    this.#tick();
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

export async function startVictim(): Promise<Victim> {
  const faults: string[] = [];
  const server = await startTestServer({
    streams: new LocalPodStreams(),
    log: (message) => void faults.push(message),
  });
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  const { caPem, admin } = server.pki;
  const identity = { ca: caPem, cert: admin.certPem, key: admin.keyPem };
  const agent = new Agent({ ...identity, keepAlive: true });
  const watch = new LoopWatch();
  const send: Victim['send'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve) => {
      const finish = (code: number, text: string) => {
        // The tick after the answer takes in what held the loop until now.
        setTimeout(() => resolve({ code, text, heldMs: watch.take() }), 6);
      };
      watch.take();
      const outgoing = request(
        { agent, host: '127.0.0.1', port, path, method, headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => finish(answer.statusCode ?? 0, String(Buffer.concat(chunks))));
          answer.on('error', () => finish(0, ''));
        },
      );
      outgoing.on('error', (error) => finish(0, error.message));
      outgoing.end(body);
    });
  return {
    send,
    faults,
    heldMs: () => watch.take(),
    raw: (bytes, patienceMs = 100) =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        const socket: TLSSocket = connect({ ...identity, host: '127.0.0.1', port }, () => {
          socket.write(bytes);
        });
        const end = () => {
          socket.destroy();
          resolve(Buffer.concat(chunks));
        };
        let timer = setTimeout(end, 1000);
        socket.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          clearTimeout(timer);
          timer = setTimeout(end, patienceMs);
        });
        socket.on('close', end);
        socket.on('error', end);
      }),
    async close() {
      watch.stop();
      agent.destroy();
      await server.close();
    },
  };
}
