/** One call of a webhook: an AdmissionReview over HTTPS, and the answer in it. */
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { UnknownObject } from '../../../api/object.ts';
import { type Dial, serviceBackend } from '../../http/proxy-target.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Webhook } from './configuration.ts';

export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly message?: string; readonly reason?: string; readonly code?: number };
  /** Base64 of a JSON patch. */
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings?: readonly string[];
}

const defaultTimeoutSeconds = 10;
const answerLimit = 16 * 1024 * 1024;

/** Throws Error, with a message that says what was called, if there is no usable answer. */
export async function callWebhook(
  registry: Registry,
  dial: Dial | undefined,
  webhook: Webhook,
  review: { readonly uid: string } & Record<string, unknown>,
): Promise<ReviewResponse> {
  const seconds = webhook.timeoutSeconds ?? defaultTimeoutSeconds;
  const url = urlOf(webhook);
  url.searchParams.set('timeout', `${seconds}s`);
  const body = JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: review,
  });
  let text: string;
  try {
    const socket = await open(registry, dial, webhook, url);
    text = await post(url, socket, body, seconds * 1000);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const shown = url.href.replace(url.host, `${url.hostname}:${url.port || 443}`);
    throw new Error(`failed to call webhook: Post "${shown}": ${why}`);
  }
  const { response } = JSON.parse(text) as UnknownObject & { response?: ReviewResponse };
  if (response === undefined) throw new Error('webhook response was absent');
  if (response.uid !== review.uid) {
    throw new Error(`expected response.uid="${review.uid}", got "${response.uid}"`);
  }
  return response;
}

function urlOf({ clientConfig: { url, service } }: Webhook): URL {
  if (url !== undefined) return new URL(url);
  if (service === undefined) throw new Error('the webhook names neither a URL nor a service');
  const { namespace, name, path = '', port = 443 } = service;
  return new URL(`https://${name}.${namespace}.svc:${port}/${path.replace(/^\//, '')}`);
}

/** A TLS connection to where the webhook is; services are reached through their endpoints. */
async function open(
  registry: Registry,
  dial: Dial | undefined,
  { clientConfig: { service, caBundle } }: Webhook,
  url: URL,
): Promise<Duplex> {
  const ca = caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64') };
  const servername = url.hostname.replace(/^\[|\]$/g, '');
  if (service === undefined) {
    const port = Number(url.port || 443);
    const name = /^[\d.:]+$/.test(servername) ? {} : { servername };
    return secured(connect({ host: servername, port, ...name, ...ca }));
  }
  if (dial === undefined) throw new Error('services cannot be reached from here');
  const backend = await serviceBackend(registry, service, String(service.port ?? 443));
  const socket = await dial(backend.address, backend.port);
  return secured(connect({ socket, servername, ...ca }));
}

function secured(socket: ReturnType<typeof connect>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function post(url: URL, socket: Duplex, body: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        createConnection: () => socket,
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: {
          Host: url.host,
          'Content-Type': 'application/json',
          Accept: 'application/json',
          'Content-Length': Buffer.byteLength(body),
          Connection: 'close',
        },
        signal: AbortSignal.timeout(timeoutMs),
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
          else reject(new Error(`the server answered ${answer.statusCode}: ${text.slice(0, 200)}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.on('close', () => socket.destroy());
    outgoing.end(body);
  });
}
