import { createServer } from 'node:net';
import { ClusterError } from './data-directory.ts';

/** What is said of a port that a person asked for and cannot have. */
export function portTaken(port: number, cause?: unknown): ClusterError {
  return new ClusterError(`port ${port} is in use on 127.0.0.1; choose another with --port`, {
    cause,
  });
}

/** True if this process could listen there now. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that nobody listens on, chosen by the system. */
export function anyFreePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
