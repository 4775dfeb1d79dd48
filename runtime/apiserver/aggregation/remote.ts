/**
 * The way to an aggregated API server: TLS to an endpoint of its service, a client certificate of the
 * front proxy, and headers that say on whose behalf.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { User } from '../authentication/user.ts';
import { forwardedHeaders } from '../http/forward.ts';
import { type Dial, serviceBackend } from '../http/proxy-target.ts';
import type { KeyAndCertificate } from '../pki/certificates.ts';
import type { Registry } from '../registry/registry.ts';
import type { RemoteApiService } from './api-service.ts';

export const remoteHeaders = {
  user: 'X-Remote-User',
  group: 'X-Remote-Group',
  extraPrefix: 'X-Remote-Extra-',
  uid: 'X-Remote-Uid',
} as const;

/** What a connection takes. */
export interface Reach {
  readonly registry: Registry;
  readonly dial: Dial;
  readonly certificate: KeyAndCertificate;
}

/** The name that the server's certificate has to bear. */
export function hostOf({ spec }: RemoteApiService): string {
  return `${spec.service.name}.${spec.service.namespace}.svc`;
}

/** For the connection and its handshake, in milliseconds: as long as the original's transport waits. */
const handshakeMs = 10_000;

/** Throws ApiError if the service has no endpoints, or Error if the connection fails or takes too long. */
export async function openRemote(reach: Reach, service: RemoteApiService): Promise<Duplex> {
  const { service: target } = service.spec;
  const backend = await serviceBackend(reach.registry, target, String(target.port));
  const dialled = reach.dial(backend.address, backend.port);
  return handshake(reach, service, dialled);
}

/**
 * TLS over a connection that is being made. Throws Error if that fails or takes too long: who accepts
 * a connection and then says nothing must not keep it, nor those who wait for it.
 */
export async function handshake(
  reach: Reach,
  service: RemoteApiService,
  dialled: Promise<Duplex>,
): Promise<Duplex> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = reach.registry.clock.after(handshakeMs, () => {
      reject(new Error('net/http: TLS handshake timeout'));
      dialled.then(
        (socket) => socket.destroy(),
        () => {},
      );
    });
  });
  try {
    return await Promise.race([secure(reach, service, dialled), late]);
  } finally {
    cancel();
  }
}

async function secure(
  reach: Reach,
  service: RemoteApiService,
  dialled: Promise<Duplex>,
): Promise<Duplex> {
  const { caBundle, insecureSkipTLSVerify } = service.spec;
  const socket = await dialled;
  const secured = connect({
    socket,
    servername: hostOf(service),
    cert: reach.certificate.certPem,
    key: reach.certificate.keyPem,
    rejectUnauthorized: insecureSkipTLSVerify !== true,
    ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
  });
  return new Promise((resolve, reject) => {
    secured.once('secureConnect', () => {
      secured.removeAllListeners('error');
      // Whoever uses the connection listens too; a reset before that must not end the process.
      secured.on('error', () => {});
      resolve(secured);
    });
    secured.once('error', reject);
    secured.once('close', () => reject(new Error('EOF')));
  });
}

/** The client's headers, with who asks in place of what proves it. */
export function headersFor(
  request: IncomingMessage,
  user: User,
  service: RemoteApiService,
): IncomingHttpHeaders {
  const headers = forwardedHeaders(request, hostOf(service));
  for (const name of Object.keys(headers)) if (name.startsWith('x-remote-')) delete headers[name];
  return { ...headers, ...identityHeaders(user) };
}

export function identityHeaders(user: User): IncomingHttpHeaders {
  const extra = Object.entries(user.extra ?? {}).map(([name, values]) => [
    `${remoteHeaders.extraPrefix}${encodeURIComponent(name)}`.toLowerCase(),
    [...values],
  ]);
  return {
    [remoteHeaders.user.toLowerCase()]: user.name,
    [remoteHeaders.group.toLowerCase()]: [...user.groups] as never,
    ...(user.uid === undefined ? {} : { [remoteHeaders.uid.toLowerCase()]: user.uid }),
    ...Object.fromEntries(extra),
  };
}

export interface RemoteAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Documents of discovery have some hundred kilobytes where there are hundreds of kinds. */
const answerLimit = 4 * 1024 * 1024;

/** A GET of this server's own. Throws as `openRemote`, and Error for an answer that does not come. */
export async function fetchRemote(
  reach: Reach,
  service: RemoteApiService,
  path: string,
  headers: IncomingHttpHeaders,
  timeoutMs: number,
): Promise<RemoteAnswer> {
  const socket = await openRemote(reach, service);
  const cancel = reach.registry.clock.after(timeoutMs, () =>
    socket.destroy(new Error('context deadline exceeded')),
  );
  try {
    return await new Promise<RemoteAnswer>((resolve, reject) => {
      const outgoing = httpRequest(
        {
          createConnection: () => socket,
          path,
          headers: { ...headers, host: hostOf(service), connection: 'close' },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          let size = 0;
          answer.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            size += chunk.length;
            if (size > answerLimit) outgoing.destroy(new Error('the answer is too large'));
          });
          answer.on('error', reject);
          answer.on('end', () => {
            const { statusCode: code = 0, headers: said } = answer;
            resolve({ code, headers: said, body: Buffer.concat(chunks) });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
  } finally {
    cancel();
    socket.destroy();
  }
}
