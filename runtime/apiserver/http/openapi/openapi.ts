/**
 * OpenAPI: version 3 as one document for each group and version, version 2 as one for all. Made when
 * first asked for, in slices, and kept as bytes.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition
 */
import { createHash } from 'node:crypto';
import { apiError } from '../../../api/status.ts';
import type { Definitions } from '../../registry/schemas.ts';
import type { ServedResources } from '../../registry/served.ts';
import { parseAccept } from '../negotiate.ts';
import { type Reply, sendBytes, sendObject } from '../respond.ts';
import { openApiV2, openApiV2Binary } from './v2.ts';
import { binaryVersion2 } from './v2-binary.ts';
import { openApiV3, openApiV3Binary } from './v3.ts';
import { binaryVersion3 } from './v3-binary.ts';

/** After the path of a document: its binary form. */
const binarySign = '#binary';

/** The form that the client would rather have; undefined if there is none that it takes. */
function formOf(accept: string, path: string): 'json' | 'binary' | undefined {
  if (accept === '') return 'json';
  const level = path === '/openapi/v2' ? 'v2' : 'v3';
  // Older clients write an @ where later ones write a point.
  const binary = ['@', '.'].map(
    (sign) => `application/com.github.proto-openapi.spec.${level}${sign}v1.0+protobuf`,
  );
  for (const { type } of parseAccept(accept)) {
    if (/^(application\/json|application\/\*|\*\/\*|\*)$/.test(type)) return 'json';
    if (binary.includes(type)) return 'binary';
  }
  return undefined;
}

interface Made {
  readonly bytes: Buffer;
  readonly hash: string;
}

export class OpenApi {
  readonly #served: ServedResources;
  readonly #definitions: Definitions;
  readonly #made = new Map<string, Promise<Made>>();

  constructor(served: ServedResources, definitions: Definitions) {
    this.#served = served;
    this.#definitions = definitions;
    served.onChange(() => this.#made.clear());
  }

  /** Throws NotFound. */
  async serve(path: string, query: URLSearchParams, reply: Reply): Promise<void> {
    if (path === '/openapi/v3') return sendObject(reply, 200, this.#index());
    const accept = reply.request.headers.accept ?? '';
    const form = formOf(accept, path);
    if (form === undefined) {
      reply.response.writeHead(406).end();
      return;
    }
    const made = await this.#document(path, form === 'binary');
    if (made === undefined) {
      throw apiError('NotFound', 'the server could not find the requested resource', {});
    }
    const { response, request } = reply;
    const asked = query.get('hash');
    if (asked && asked !== made.hash && path !== '/openapi/v2') {
      // An index of a while ago: what is cached for a year must be what its name says.
      response.writeHead(301, { Location: `${path}?hash=${made.hash}` }).end();
      return;
    }
    const etag = `"${made.hash}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Vary', 'Accept');
    const hashed = asked === made.hash;
    if (hashed) response.setHeader('Cache-Control', 'public, immutable');
    if (hashed) response.setHeader('Expires', new Date(Date.now() + 365 * 864e5).toUTCString());
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    const type = path === '/openapi/v2' ? binaryVersion2 : binaryVersion3;
    sendBytes(reply, 200, made.bytes, form === 'binary' ? type : 'application/json');
  }

  /** The document's bytes, or undefined if there is none at this path. */
  async bytes(path: string): Promise<Buffer | undefined> {
    if (path === '/openapi/v3') return Buffer.from(JSON.stringify(this.#index()));
    return (await this.#document(path))?.bytes;
  }

  #groupPaths(): Map<string, { group: string; version: string }> {
    return new Map(
      this.#served.all.map(({ kind, apiVersion }) => [
        kind.group === '' ? 'api/v1' : `apis/${apiVersion}`,
        { group: kind.group, version: kind.version },
      ]),
    );
  }

  /**
   * The hashes in the index are of what the documents are made from, so that the index can be sent
   * without making them all.
   */
  #index(): object {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const path of this.#groupPaths().keys()) {
      const hash = this.#hashOf(path);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return { paths };
  }

  #hashOf(path: string): string {
    const kinds = this.#served.all
      .filter(({ apiVersion }) => path.startsWith('/openapi/v2') || path.endsWith(`/${apiVersion}`))
      .map(({ kind }) => kind);
    const seed = JSON.stringify([path, documentVersion, kinds]);
    return createHash('sha256').update(seed).digest('hex').toUpperCase();
  }

  #document(path: string, binary = false): Promise<Made> | undefined {
    const key = binary ? path + binarySign : path;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    let made: Promise<Buffer> | undefined;
    if (path === '/openapi/v2') {
      made = (binary ? openApiV2Binary : openApiV2)(this.#served.all, this.#definitions);
    } else {
      const group = this.#groupPaths().get(path.slice('/openapi/v3/'.length));
      if (group === undefined) return undefined;
      const own = this.#served.all.filter(
        ({ kind }) => kind.group === group.group && kind.version === group.version,
      );
      made = (binary ? openApiV3Binary : openApiV3)(own, this.#definitions);
    }
    const hash = this.#hashOf(path.replace('/openapi/v3/', ''));
    const whole = made.then((bytes) => ({ bytes, hash }));
    this.#made.set(key, whole);
    return whole;
  }
}

/** To be raised when the documents change though the kinds do not. */
const documentVersion = 2;
