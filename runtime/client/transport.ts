/** HTTP to one API server: kept-alive connections, credentials, errors as `ApiError`. */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { type Clock, systemClock } from '../api/clock.ts';
import { ApiError, apiError, type Status, type StatusReason } from '../api/status.ts';
import { type Connection, currentCredentials, identityHeaders, tlsOptions } from './connection.ts';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With query, below the server's own path. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Longest silence; none for watches and followed logs, which may be quiet. */
  idleTimeoutMs?: number;
}

export interface Transport {
  /** Resolves with a 2xx response whose body is not read yet. Throws ApiError. */
  open(call: Call): Promise<IncomingMessage>;
  /** Resolves with the whole body. Throws ApiError. */
  text(call: Call): Promise<{ body: string; contentType: string }>;
  /** Closes idle connections; the transport must not be used afterwards. */
  close(): void;
}

const maxAttempts = 6;
const defaultIdleMs = 60_000;

/** Makes a transport; nothing is dialled before the first call. */
export function createTransport(connection: Connection, clock: Clock = systemClock): Transport {
  return new HttpTransport(connection, clock);
}

class HttpTransport implements Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #base: URL;
  /** Agents pool by TLS options too, so new client certificates get new connections. */
  readonly #agent: HttpAgent;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#base = new URL(connection.server);
    const options = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets: Infinity };
    this.#agent =
      this.#base.protocol === 'http:' ? new HttpAgent(options) : new HttpsAgent(options);
  }

  async open(call: Call): Promise<IncomingMessage> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#send(call, call.method === 'GET');
      const code = response.statusCode ?? 0;
      if (code >= 200 && code < 300) return response;
      const body = await readText(response);
      const retryAfter = Number(response.headers['retry-after'] ?? '1');
      if (code === 401 && this.#connection.credentials !== undefined && !renewed) {
        renewed = true;
        this.#connection.credentials.expire();
      } else if (code === 429 && attempt < maxAttempts && response.headers['retry-after']) {
        // The server says that it did not even begin: safe for every verb.
        await this.#clock.sleep(Math.min(retryAfter, 60) * 1_000, call.signal);
      } else throw errorOf(code, body);
    }
  }

  async text(call: Call): Promise<{ body: string; contentType: string }> {
    const response = await this.open(call);
    try {
      const body = await readText(response);
      return { body, contentType: response.headers['content-type'] ?? '' };
    } catch (error) {
      throw unreachable(this.#connection.server, error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(call: Call, safe: boolean): Promise<IncomingMessage> {
    const credentials = await currentCredentials(this.#connection);
    const headers = {
      accept: 'application/json',
      'user-agent': 'skiff',
      ...identityHeaders(this.#connection, credentials),
      ...call.headers,
      ...(call.body === undefined
        ? {}
        : { 'content-length': String(Buffer.byteLength(call.body)) }),
    };
    const tls = tlsOptions(this.#connection, credentials);
    try {
      return await this.#exchange(call, headers, tls);
    } catch (error) {
      // A kept-alive connection may have been closed by the server just as we used it.
      if (safe && error instanceof StaleSocket) {
        return this.#exchange(call, headers, tls).catch((second: unknown) => {
          throw unreachable(this.#connection.server, second);
        });
      }
      throw unreachable(this.#connection.server, error);
    }
  }

  #exchange(
    call: Call,
    headers: Record<string, string | string[]>,
    tls: ReturnType<typeof tlsOptions>,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = (this.#base.protocol === 'http:' ? requestHttp : requestHttps)({
        ...tls,
        agent: this.#agent,
        hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
        port: this.#base.port,
        method: call.method,
        path: this.#base.pathname.replace(/\/$/, '') + call.path,
        headers,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
      request.setTimeout(call.idleTimeoutMs ?? defaultIdleMs, () =>
        request.destroy(new Error('the server did not answer in time')),
      );
      request.on('response', resolve);
      request.on('error', (error: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
        reject(stale ? new StaleSocket(error.message, { cause: error }) : error);
      });
      request.end(call.body);
    });
  }
}

class StaleSocket extends Error {}

/** Joins the chunks of a body as UTF-8. */
export async function readText(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** An abort stays what it is; whatever else went wrong on the way becomes an ApiError. */
export function unreachable(server: string, error: unknown): unknown {
  if (error instanceof ApiError || (error instanceof Error && error.name === 'AbortError')) {
    return error;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const failure = apiError('ServiceUnavailable', `cannot reach ${server}: ${explain(code, error)}`);
  failure.cause = error;
  // Kept for those who look for the code of the network error.
  return Object.assign(failure, { networkCode: code ?? message });
}

/** Whether an error says that the server could not be reached, not that it refused. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && 'networkCode' in error;
}

function explain(code: string | undefined, error: unknown): string {
  const { errors } = error as { errors?: Error[] };
  const message = (error as Error).message || errors?.[0]?.message || String(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `connection refused (is the cluster running?)`;
    case 'ENOTFOUND':
      return 'the host name is not known';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `its certificate is not signed by an authority that the kubeconfig names (${message})`;
    default:
      return message;
  }
}

const reasons: Record<number, [StatusReason, string]> = {
  400: ['BadRequest', 'the server rejected our request'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow this'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server cannot answer in a format that we read'],
  409: ['Conflict', 'the server reported a conflict'],
  410: ['Expired', 'the requested version is no longer available'],
  413: ['RequestEntityTooLarge', 'the object is too large'],
  415: ['UnsupportedMediaType', 'the server does not understand the format of the request'],
  422: ['Invalid', 'the server rejected our request due to an error in it'],
  429: ['TooManyRequests', 'the server has received too many requests'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted'],
};

/** The ApiError in a response that is no success, whether or not it brought a Status. */
export function errorOf(code: number, body: string): ApiError {
  try {
    const status = JSON.parse(body) as Status;
    if (status.kind === 'Status') return new ApiError({ ...status, code: status.code ?? code });
  } catch {
    // Not a Status: something between us and the API server answered.
  }
  const [reason, text] = reasons[code] ?? ['InternalError', `the server answered ${code}`];
  const excerpt = body.trim().slice(0, 300);
  const error = apiError(reason, excerpt === '' ? text : `${text}: ${excerpt}`);
  return new ApiError({ ...error.status, code });
}
