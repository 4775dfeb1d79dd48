/** Plain requests to a test server, by its administrator or by whoever else is named. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { TestServer } from './test-server.ts';

export interface RestAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  json(): unknown;
}

export interface RestRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Rest {
  readonly port: number;
  send(path: string, options?: RestRequest): Promise<RestAnswer>;
  /** The answer as soon as it begins; its body is still to be read, and to be destroyed in the end. */
  open(path: string, options?: RestRequest): Promise<IncomingMessage>;
  close(): void;
}

/** Lets the server listen. Without `certificate` nobody in particular asks. */
export async function restFor(
  server: TestServer,
  certificate: { certPem: string; keyPem: string } | undefined = server.pki.admin,
): Promise<Rest> {
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  const { caPem } = server.pki;
  const identity = certificate && { cert: certificate.certPem, key: certificate.keyPem };
  const agent = new Agent({ ca: caPem, ...identity, keepAlive: true });
  const open: Rest['open'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const outgoing = request({ agent, host: '127.0.0.1', port, path, method, headers }, resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return {
    port,
    open,
    async send(path, options) {
      const answer = await open(path, options);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      return {
        code: answer.statusCode ?? 0,
        headers: answer.headers,
        body,
        json: () => JSON.parse(body.toString()) as unknown,
      };
    },
    close: () => agent.destroy(),
  };
}
