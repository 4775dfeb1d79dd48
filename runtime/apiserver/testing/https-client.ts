/** Plain HTTPS requests to a test server, for what a kubectl or a client library would hide. */
import { request } from 'node:https';
import type { KeyAndCertificate } from '../pki/certificates.ts';

export interface Answer {
  readonly code: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The body as JSON. Throws if it is none. */
  json<T = Record<string, unknown>>(): T;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  /** Who asks; left out: nobody in particular. */
  readonly as?: KeyAndCertificate;
}

export function ask(port: number, caPem: string, path: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, as } = options;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port, path, method, ca: caPem, agent: false },
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(as === undefined ? {} : { cert: as.certPem, key: as.keyPem }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            code: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: <T>() => JSON.parse(text) as T,
          });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
