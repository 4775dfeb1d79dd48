/** One connection to an API server that takes one request after the other and reads the answers' codes. */
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

export class Line {
  readonly #socket: TLSSocket;
  /** What has come of the answer under way. */
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(code: number): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  /** Throws if nobody answers, or the handshake fails. */
  static async open(options: ConnectionOptions): Promise<Line> {
    const socket = connect(options);
    await once(socket, 'secureConnect');
    return new Line(socket);
  }

  /** Resolves with the code of the answer once all of it has come. Throws if the connection ends first. */
  ask(method: string, path: string, body?: unknown, type = 'application/json'): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const text = body === undefined ? '' : JSON.stringify(body);
    const about =
      body === undefined
        ? ''
        : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${about}\r\n${text}`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Asks for what has no end, and lets go of whatever comes. */
  follow(path: string): void {
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const text = this.#received.toString('latin1', 0, head);
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
    if (this.#received.length < head + 4 + length) return;
    this.#received = Buffer.alloc(0);
    this.#waiting?.resolve(Number(text.slice(9, 12)));
    this.#waiting = undefined;
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}
