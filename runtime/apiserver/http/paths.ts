/** What is served beside resources: health, version, discovery, OpenAPI, keys of tokens, metrics. */
import { apiError } from '../../api/status.ts';
import type { Operations } from '../verbs/operations.ts';
import type { Discovery } from './discovery.ts';
import { type HealthChecks, healthPath, serveHealth } from './health.ts';
import type { Metrics } from './metrics.ts';
import type { OpenApi } from './openapi/openapi.ts';
import type { PathRequest } from './request-info.ts';
import { type Reply, sendBytes, sendJson, sendNoPage, sendObject } from './respond.ts';
import { version } from './version.ts';

/** How long others may keep the keys of tokens. */
const discoveryLife = 'public, max-age=3600';

/** What the original's router answers, which knows no HEAD. */
const routed = /^\/(version|api|api\/[^/]+|apis\/[^/]+\/[^/]+)$/;
/** Paths that are the same with a slash behind them. */
const slashes = /^\/(version|apis?(\/[^/]+)*)\/$/;
const ownPaths = new Set([
  ...['/', '/version', '/metrics', '/openid/v1/jwks', '/.well-known/openid-configuration'],
  ...['/openapi/v2', '/openapi/v3'],
]);

export class Paths {
  readonly #operations: Operations;
  readonly #discovery: Discovery;
  readonly #ownDiscovery: Discovery;
  readonly #openApi: OpenApi;
  readonly #metrics: Metrics;
  readonly #checks: HealthChecks;
  readonly #debug: (path: string) => string | undefined;

  constructor(options: {
    operations: Operations;
    discovery: Discovery;
    /** Without what other servers have, which parts of this process cannot reach. */
    ownDiscovery: Discovery;
    openApi: OpenApi;
    metrics: Metrics;
    checks: HealthChecks;
    /** A page of text below `/debug/`, if there is one. */
    debug: (path: string) => string | undefined;
  }) {
    this.#operations = options.operations;
    this.#discovery = options.discovery;
    this.#ownDiscovery = options.ownDiscovery;
    this.#openApi = options.openApi;
    this.#metrics = options.metrics;
    this.#checks = options.checks;
    this.#debug = options.debug;
  }

  /** Throws NotFound, MethodNotAllowed. */
  async handle(info: PathRequest, reply: Reply): Promise<void> {
    const path = slashes.test(info.path) ? info.path.slice(0, -1) : info.path;
    if (info.verb !== 'get' && (info.verb !== 'head' || routed.test(path))) {
      const isKnown =
        ownPaths.has(path) ||
        healthPath(path) !== undefined ||
        this.#discovery.document(path, undefined) !== undefined;
      if (!isKnown) return sendNoPage(reply);
      throw apiError(
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
        {},
      );
    }
    const health = healthPath(path);
    if (health !== undefined) return serveHealth(this.#checks, health, info.query, reply);
    switch (path) {
      case '/version':
        return sendObject({ ...reply, pretty: true }, 200, version);
      case '/metrics':
        return this.#sendMetrics(reply);
      case '/openid/v1/jwks':
        reply.response.setHeader('Cache-Control', discoveryLife);
        return sendRaw(reply, await this.#operations.tokens.keySet(), 'application/jwk-set+json');
      case '/.well-known/openid-configuration':
        reply.response.setHeader('Cache-Control', discoveryLife);
        return sendRaw(reply, this.#openId(reply), 'application/json');
      case '/':
        return sendObject({ ...reply, pretty: true }, 200, { paths: this.#roots() });
    }
    const page = this.#debug(path);
    if (page !== undefined) return sendBytes(reply, 200, Buffer.from(page), 'text/plain');
    if (path.startsWith('/openapi/')) return this.#openApi.serve(path, info.query, reply);
    const document = this.#discovery.document(path, reply.request.headers.accept);
    if (document === undefined) {
      if (!this.#isInKnownGroup(path)) return sendNoPage(reply);
      throw apiError('NotFound', 'the server could not find the requested resource', {});
    }
    const { response, request } = reply;
    const { bytes, contentType, encoding, etag } = document;
    if (etag !== undefined) {
      response.setHeader('ETag', etag);
      response.setHeader('Vary', 'Accept');
      response.setHeader('Cache-Control', 'public');
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304).end();
        return;
      }
    }
    if (encoding === 'protobuf') sendBytes(reply, 200, bytes, contentType);
    else sendJson({ ...reply, encoding }, 200, bytes, contentType);
  }

  /** As `handle`, for callers in this process; the answer is parsed. Throws NotFound. */
  async raw(path: string, accept: string | undefined): Promise<unknown> {
    if (path === '/version') return version;
    const question = path.indexOf('?');
    const plain = question < 0 ? path : path.slice(0, question);
    const bytes = plain.startsWith('/openapi/')
      ? await this.#openApi.bytes(plain)
      : this.#ownDiscovery.document(plain, accept)?.bytes;
    if (bytes === undefined) {
      throw apiError('NotFound', 'the server could not find the requested resource', {});
    }
    return JSON.parse(bytes.toString()) as unknown;
  }

  /** `/apis/apps/v7`: the router knows what comes before. */
  #isInKnownGroup(path: string): boolean {
    const [, root, group] = path.split('/');
    if (root === 'api') return true;
    const { all } = this.#operations.registry.served;
    return root === 'apis' && all.some(({ kind }) => kind.group !== '' && kind.group === group);
  }

  #sendMetrics(reply: Reply): void {
    const text = this.#metrics.text();
    sendBytes(reply, 200, Buffer.from(text), 'text/plain; version=0.0.4; charset=utf-8');
  }

  #openId(reply: Reply): object {
    const { issuer } = this.#operations.tokens;
    const host = reply.request.headers.host ?? '';
    return {
      issuer,
      jwks_uri: `https://${host}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    };
  }

  #roots(): string[] {
    const groups = this.#operations.registry.served.all.flatMap(({ kind, apiVersion }) =>
      kind.group === '' ? ['/api/v1'] : [`/apis/${kind.group}`, `/apis/${apiVersion}`],
    );
    const names = [...this.#checks.keys()];
    return [
      ...new Set([
        '/.well-known/openid-configuration',
        '/api',
        '/apis',
        ...groups,
        '/healthz',
        '/livez',
        '/metrics',
        '/openapi/v2',
        '/openapi/v3',
        '/openid/v1/jwks',
        '/readyz',
        ...['healthz', 'livez', 'readyz'].flatMap((which) =>
          names.map((name) => `/${which}/${name}`),
        ),
        '/version',
      ]),
    ].sort();
  }
}

/** As it stands in memory: neither indented nor with an end of line. */
function sendRaw(reply: Reply, value: unknown, contentType: string): void {
  sendBytes(reply, 200, Buffer.from(JSON.stringify(value)), contentType);
}
