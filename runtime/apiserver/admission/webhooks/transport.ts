/**
 * POSTs to what a webhook's clientConfig names: a URL, or a service inside the cluster, over TLS with
 * the authority that it brings. Used by admission and by the conversion of custom resources.
 */
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { isApiError } from '../../../api/status.ts';
import { type Dial, serviceBackend } from '../../http/proxy-target.ts';
import type { Registry } from '../../registry/registry.ts';

export interface ClientConfig {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /** Base64 of PEM. */
  readonly caBundle?: string;
}

/** Reaches pods; undefined if nothing can. */
export interface Reach {
  readonly registry: Registry;
  readonly dial: Dial | undefined;
}

/** Characters: an object of the largest size, as a patch in base64, and room for as much beside it. */
const answerLimit = 8 * 1024 * 1024;

/** What it amounts to if nobody answers, or not in a way that can be understood. */
export const unavailable = 503;

/**
 * The answer's text. Throws CallError in the words of the original: `Post "https://…": context deadline
 * exceeded`.
 */
export async function post(
  reach: Reach,
  config: ClientConfig,
  body: string,
  seconds: number,
): Promise<string> {
  const url = urlOf(config);
  url.searchParams.set('timeout', `${seconds}s`);
  const timeout = AbortSignal.timeout(seconds * 1000);
  try {
    const socket = await open(reach, config, url, timeout);
    return await send(url, socket, body, timeout);
  } catch (error) {
    const shown =
      config.service === undefined
        ? url.href
        : url.href.replace(url.host, `${url.hostname}:${url.port || 443}`);
    const code = error instanceof RefusedError ? error.status : unavailable;
    throw new CallError(`Post "${shown}": ${reasonOf(error, timeout, url)}`, code);
  }
}

function urlOf({ url, service }: ClientConfig): URL {
  if (url !== undefined) return new URL(url);
  if (service === undefined)
    throw new Error('webhook configuration must have either service or URL');
  const { namespace, name, path = '', port = 443 } = service;
  return new URL(`https://${name}.${namespace}.svc:${port}/${path.replace(/^\//, '')}`);
}

/** A TLS connection to where the webhook is, or none by the time of the signal; services are reached through their endpoints. */
async function open(
  { registry, dial }: Reach,
  { service, caBundle }: ClientConfig,
  url: URL,
  signal: AbortSignal,
): Promise<Duplex> {
  const ca = caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64') };
  const servername = url.hostname.replace(/^\[|\]$/g, '');
  if (service === undefined) {
    const port = Number(url.port || 443);
    const name = /^[\d.:]+$/.test(servername) ? {} : { servername };
    return secured(connect({ host: servername, port, ...name, ...ca }), signal);
  }
  if (dial === undefined) throw new Error('services cannot be reached from here');
  const backend = await serviceBackend(registry, service, String(service.port ?? 443)).catch(
    (error: unknown) => {
      const missing = isApiError(error, 'NotFound');
      throw missing ? new Error(`service "${service.name}" not found`) : error;
    },
  );
  const socket = await inTime(dial(backend.address, backend.port), signal);
  return secured(connect({ socket, servername, ...ca }), signal);
}

function secured(socket: ReturnType<typeof connect>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // Whoever accepts and then says nothing must not keep the connection.
    const stop = () => socket.destroy(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', stop);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', stop);
      reject(new Error('EOF'));
    });
  });
}

/** The connection, unless the signal comes first: then it is closed as soon as it is there. */
function inTime(socket: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    socket.then(
      (opened) => {
        signal.removeEventListener('abort', stop);
        if (signal.aborted) opened.destroy();
        else resolve(opened);
      },
      (error) => {
        signal.removeEventListener('abort', stop);
        reject(error);
      },
    );
  });
}

function send(url: URL, socket: Duplex, body: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        createConnection: () => socket,
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: {
          Host: url.host,
          'Content-Type': 'application/json',
          Accept: 'application/json, */*',
          'User-Agent': 'kube-apiserver-admission',
          'Content-Length': Buffer.byteLength(body),
          Connection: 'close',
        },
        signal,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > answerLimit) outgoing.destroy(new Error('the answer is too large'));
        });
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new RefusedError(answer.statusCode ?? 0, text));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.on('close', () => socket.destroy());
    outgoing.end(body);
  });
}

/** It has answered, but not with 200. */
class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    const said = text.trim().slice(0, 512);
    super(
      status === 404
        ? 'the server could not find the requested resource'
        : `an error on the server (${JSON.stringify(said || 'unknown')}) has prevented the request from succeeding`,
    );
    this.status = status;
  }
}

/** That there is no usable answer. `code` is that of HTTP: what was answered, or what it amounts to. */
export class CallError extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.name = 'CallError';
    this.code = code;
  }
}

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** The reason as Go's libraries put it: people search for those words. */
function reasonOf(error: unknown, timeout: AbortSignal, url: URL): string {
  if (timeout.aborted) return 'context deadline exceeded';
  if (!(error instanceof Error)) return String(error);
  const { code = '', cert } = error as NodeJS.ErrnoException & {
    cert?: { subjectaltname?: string };
  };
  if (unknownAuthority.has(code)) {
    return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = (cert?.subjectaltname ?? '').replace(/(DNS|IP Address):/g, '');
    return `tls: failed to verify certificate: x509: certificate is valid for ${names}, not ${url.hostname}`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  }
  if (code === 'ECONNREFUSED') {
    const { address = url.hostname, port = url.port } = error as {
      address?: string;
      port?: number;
    };
    return `dial tcp ${address}:${port}: connect: connection refused`;
  }
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${url.hostname}: no such host`;
  return error.message;
}
