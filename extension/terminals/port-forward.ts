/**
 * A local port whose connections end in a pod. The pod is looked up anew for every connection, so a
 * forward to a service or workload survives its pods.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PodStreams } from '../../runtime/client/pod-streams.ts';

export interface ForwardConfig {
  streams: PodStreams;
  /** Where a new connection goes now; throws if nowhere. */
  resolve: () => Promise<{ namespace: string; name: string; port: number }>;
  /** Told of connections that could not be made, with why. */
  onError: (error: unknown) => void;
}

export interface PortForward {
  readonly localPort: number;
  close(): void;
}

/** Listens on loopback, on `localPort` or if that is taken (or 0) on any free one. */
export async function startForward(config: ForwardConfig, localPort: number): Promise<PortForward> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // An error on either side only ever ends this one connection.
    socket.on('error', () => socket.destroy());
    void connect(config, socket);
  });
  await listen(server, localPort).catch(() => listen(server, 0));
  return {
    localPort: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function connect(
  { streams, resolve, onError }: ForwardConfig,
  socket: Socket,
): Promise<void> {
  let stream: Duplex;
  try {
    const { port, ...pod } = await resolve();
    stream = await streams.portForward(pod, port);
  } catch (error) {
    onError(error);
    socket.destroy();
    return;
  }
  if (socket.destroyed) {
    stream.destroy();
    return;
  }
  stream.on('error', (error) => {
    onError(error);
    socket.destroy();
  });
  stream.on('close', () => socket.end());
  socket.on('close', () => stream.destroy());
  socket.pipe(stream);
  stream.pipe(socket);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
