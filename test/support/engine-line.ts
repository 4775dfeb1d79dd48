/** A line to the engine that a test can cut or hold, while the engine and its containers go on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class EngineLine {
  readonly #directory: string;
  readonly #engine: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** Connections are taken and nothing is ever answered. */
  #held = false;

  constructor(directory: string, engine: string) {
    this.#directory = directory;
    this.#engine = engine;
  }

  get #path(): string {
    return join(this.#directory, 'engine.sock');
  }

  /** As in DOCKER_HOST. */
  get address(): string {
    return `unix://${this.#path}`;
  }

  /** Passes everything on from now on. */
  async open(): Promise<void> {
    this.#held = false;
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#path, resolve);
    });
    this.#server = server;
  }

  /** Ends every connection; new ones are refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    this.#drop();
    await closed;
  }

  /** Ends every connection; new ones find an engine that hangs. */
  hold(): void {
    this.#held = true;
    this.#drop();
  }

  async remove(): Promise<void> {
    await this.cut();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#keep(socket);
    if (this.#held) return;
    const engine = createConnection({ path: this.#engine, allowHalfOpen: true });
    this.#keep(engine);
    socket.pipe(engine);
    engine.pipe(socket);
    socket.on('close', () => engine.destroy());
    engine.on('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Makes the line to the engine of this machine; nothing listens yet. */
export async function engineLine(engine = '/var/run/docker.sock'): Promise<EngineLine> {
  return new EngineLine(await mkdtemp(join(tmpdir(), 'skiff-line-')), engine);
}
