/** HTTP requests to pods, for probes and lifecycle hooks. */
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { core } from '../../api/types.ts';
import { kubernetesMinor } from '../../api/version.ts';
import type { Engine } from '../../engine/engine.ts';

export interface HttpAnswer {
  readonly statusCode: number;
  readonly body: string;
}

const maxBodyBytes = 10 * 1024;

/** One GET. Throws an Error; certificates are not checked, as the kubelet never has. */
export async function httpGet(
  engine: Engine,
  { path = '/', scheme = 'HTTP', httpHeaders = [] }: core.HTTPGetAction,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const secure = scheme === 'HTTPS';
  const address = path.startsWith('/') ? path : `/${path}`;
  const url = `${secure ? 'https' : 'http'}://${host}:${port}${address}`;
  const fail = (error: unknown) =>
    new Error(
      `Get "${url}": ${
        signal.aborted
          ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
          : (error as Error).message
      }`,
    );
  let socket: Duplex;
  try {
    socket = await engine.dial(host, port);
  } catch (error) {
    throw fail(error);
  }
  const headers: Record<string, string> = {
    'User-Agent': `kube-probe/1.${kubernetesMinor}`,
    Accept: '*/*',
    Host: `${host}:${port}`,
    Connection: 'close',
  };
  for (const { name, value } of httpHeaders) headers[name] = value;
  return new Promise<HttpAnswer>((resolve, reject) => {
    const connection = secure ? connectTls({ socket, rejectUnauthorized: false }) : socket;
    const call = (secure ? secureRequest : request)({
      method: 'GET',
      path: address,
      headers,
      signal,
      createConnection: () => connection as never,
    });
    call.on('error', (error) => {
      socket.destroy();
      reject(fail(error));
    });
    call.once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        if (length < maxBodyBytes) chunks.push(chunk);
        length += chunk.length;
      });
      const settle = () => {
        socket.destroy();
        const body = Buffer.concat(chunks).subarray(0, maxBodyBytes).toString();
        resolve({ statusCode: response.statusCode ?? 0, body });
      };
      response.once('end', settle);
      response.once('error', settle);
    });
    call.end();
  });
}

/** The number of a port that may be given by its name. Throws an Error for an unknown name. */
export function portNumber(port: number | string, container: core.Container): number {
  const number = Number(port);
  if (Number.isInteger(number)) return number;
  const found = container.ports?.find(({ name }) => name === port);
  if (found === undefined) throw new Error(`couldn't find port named "${port}"`);
  return found.containerPort;
}
