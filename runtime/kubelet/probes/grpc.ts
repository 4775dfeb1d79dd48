/**
 * The gRPC health check: grpc.health.v1.Health/Check, by hand over HTTP/2, for it is one string there
 * and one number back. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import { connect, constants } from 'node:http2';
import { kubernetesMinor } from '../../api/version.ts';
import type { Engine } from '../../engine/engine.ts';

const serving = 1;
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** Throws an Error unless the service says SERVING. */
export async function grpcCheck(
  engine: Engine,
  host: string,
  port: number,
  service: string,
  signal: AbortSignal,
): Promise<void> {
  const socket = await engine.dial(host, port);
  const session = connect(`http://${host}:${port}`, { createConnection: () => socket as never });
  try {
    const body = await new Promise<Buffer>((resolve, reject) => {
      const stop = () => reject(new Error('timeout: health rpc did not complete'));
      signal.addEventListener('abort', stop, { once: true });
      session.on('error', reject);
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        te: 'trailers',
        'user-agent': `kube-probe/1.${kubernetesMinor}`,
      });
      const chunks: Buffer[] = [];
      let trouble: string | undefined;
      const status = (headers: Record<string, unknown>) => {
        const code = headers['grpc-status'];
        if (code !== undefined && code !== '0') {
          trouble = `service unhealthy: ${headers['grpc-message'] ?? `grpc status ${code}`}`;
        }
      };
      stream.on('response', status);
      stream.on('trailers', status);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.once('end', () =>
        trouble === undefined ? resolve(Buffer.concat(chunks)) : reject(new Error(trouble)),
      );
      stream.end(request(service));
    });
    const status = answer(body);
    if (status !== serving) {
      throw new Error(`service unhealthy (responded with "${statusNames[status] ?? status}")`);
    }
  } finally {
    session.destroy();
    socket.destroy();
  }
}

/** One uncompressed message: field 1, a string. */
function request(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Field 1, a number; left out it is zero. */
function answer(body: Buffer): number {
  return body.length >= 7 && body[5] === 0x08 ? (body[6] ?? 0) : 0;
}
