import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { apiError } from '../api/status.ts';
import type { Connection } from './connection.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { at, configMaps, deployments, pods } from './resources.ts';
import { makeCertificates, type TestCertificates } from './testing/certificates.ts';
import { readText } from './transport.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe('http client', () => {
  let certificates: TestCertificates;
  let server: Server;
  let connection: Connection;
  let client: HttpClient;
  let handle: Handler;

  beforeAll(async () => {
    certificates = await makeCertificates();
    const { ca, cert, key } = certificates;
    server = createServer({ ca, cert, key, requestCert: true }, async (request, response) => {
      handle(request, response, await readText(request));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    connection = {
      server: `https://127.0.0.1:${port}/prefix/`,
      ca,
      clientCertificate: certificates.clientCert,
      clientKey: certificates.clientKey,
    };
    client = createHttpClient(connection);
  });
  afterAll(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });

  const json = (response: ServerResponse, value: unknown, code = 200) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const echo: Handler = (request, response, body) => {
    const { authorized } = request.socket as TLSSocket;
    const { method, url, headers } = request;
    const type = headers['content-type'];
    json(response, { method, url, type, authorized, body: body && JSON.parse(body) });
  };

  it('addresses objects and says who it is with a certificate', async () => {
    handle = echo;
    expect(await client.get(at(deployments, 'web', 'shop', 'scale'))).toEqual({
      method: 'GET',
      url: '/prefix/apis/apps/v1/namespaces/shop/deployments/web/scale',
      authorized: true,
      body: '',
    });
  });

  it('sends every patch with its content type, and apply with a manager', async () => {
    handle = echo;
    const target = at(configMaps, 'a', 'b');
    expect(await client.patch(target, 'json', [])).toMatchObject({
      type: 'application/json-patch+json',
    });
    expect(await client.patch(target, 'strategic', {}, { dryRun: true })).toMatchObject({
      type: 'application/strategic-merge-patch+json',
      url: '/prefix/api/v1/namespaces/b/configmaps/a?dryRun=All',
    });
    expect(await client.patch(target, 'apply', {}, { force: true })).toMatchObject({
      type: 'application/apply-patch+yaml',
      url: '/prefix/api/v1/namespaces/b/configmaps/a?fieldManager=skiff&force=true',
    });
  });

  it('posts to a collection or a subresource, and deletes with options', async () => {
    handle = echo;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
    expect(await client.create({ ...pods, namespace: 'n' }, pod)).toMatchObject({
      url: '/prefix/api/v1/namespaces/n/pods',
    });
    expect(await client.create(at(pods, 'p', 'n', 'binding'), pod)).toMatchObject({
      url: '/prefix/api/v1/namespaces/n/pods/p/binding',
    });
    expect(
      await client.delete(at(pods, 'p', 'n'), {
        gracePeriodSeconds: 0,
        preconditions: { uid: 'u' },
      }),
    ).toMatchObject({
      method: 'DELETE',
      body: { kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
    });
  });

  it('names the kinds of list items, which servers leave out', async () => {
    handle = (_, response) =>
      json(response, {
        kind: 'PodList',
        apiVersion: 'v1',
        metadata: { resourceVersion: '7' },
        items: [{ metadata: { name: 'a' } }],
      });
    const list = await client.list(pods);
    expect(list.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
  });

  it('throws the Status of a refusal, and makes one of anything else', async () => {
    handle = (_, response) => json(response, apiError('Conflict', 'changed').status, 409);
    await expect(client.get(at(pods, 'a', 'b'))).rejects.toMatchObject({
      reason: 'Conflict',
      message: 'changed',
    });
    handle = (_, response) => response.writeHead(404).end('404 page not found');
    await expect(client.raw('/nowhere')).rejects.toMatchObject({ reason: 'NotFound', code: 404 });
    handle = (_, response) => response.writeHead(200).end('<html>log in</html>');
    await expect(client.raw('/version')).rejects.toThrow(/did not answer in JSON/);
  });

  it('waits as long as a server that is too busy asks, for any verb', async () => {
    const clock = new VirtualClock();
    const patient = createHttpClient(connection, clock);
    let refusals = 2;
    handle = (request, response, body) => {
      if (refusals-- > 0) response.writeHead(429, { 'retry-after': '3' }).end();
      else echo(request, response, body);
    };
    const start = clock.now();
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
    let done = false;
    const answer = patient.create({ ...pods, namespace: 'n' }, pod).finally(() => {
      done = true;
    });
    while (!done) {
      await clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await answer;
    expect(clock.now() - start).toBeGreaterThanOrEqual(6_000);
    patient.close();
  });

  it('says in plain words that nothing listens', async () => {
    const nobody = createHttpClient({ server: 'https://127.0.0.1:1' });
    await expect(nobody.get(at(pods, 'a', 'b'))).rejects.toMatchObject({
      reason: 'ServiceUnavailable',
      message: expect.stringMatching(/127\.0\.0\.1:1.*connection refused/),
    });
  });

  it('fetches new credentials once when the old ones are refused', async () => {
    let tokens = 0;
    const renewing = createHttpClient({
      ...connection,
      credentials: { get: async () => ({ token: `t${tokens}` }), expire: () => void tokens++ },
    });
    handle = (request, response, body) => {
      if (request.headers.authorization === 'Bearer t1') echo(request, response, body);
      else response.writeHead(401).end();
    };
    await expect(renewing.get(at(pods, 'a', 'b'))).resolves.toBeDefined();
    renewing.close();
  });

  describe('watch', () => {
    const event = (name: string) =>
      `${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata: { name } } })}\n`;

    it('reads events whose bytes come in any pieces', async () => {
      let url = '';
      handle = async (request, response) => {
        url = request.url ?? '';
        const bytes = Buffer.from(event('ä') + event('b') + event('c'));
        for (let i = 0; i < bytes.length; i += 7) {
          response.write(bytes.subarray(i, i + 7));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      };
      const names: (string | undefined)[] = [];
      for await (const { object } of client.watch(at(pods, 'x', 'n'), { resourceVersion: '5' })) {
        names.push((object as { metadata: { name?: string } }).metadata.name);
      }
      expect(names).toEqual(['ä', 'b', 'c']);
      expect(url).toBe(
        '/prefix/api/v1/namespaces/n/pods?resourceVersion=5&fieldSelector=metadata.name%3Dx&watch=true',
      );
    });

    it('ends quietly when aborted, and throws when the connection breaks or the server says so', async () => {
      const open: ServerResponse[] = [];
      handle = (_, response) => {
        open.push(response);
        response.write(event('a'));
      };
      const abort = new AbortController();
      for await (const _ of client.watch(pods, { signal: abort.signal })) abort.abort();

      const broken = client.watch(pods)[Symbol.asyncIterator]();
      await broken.next();
      open.at(-1)?.destroy();
      await expect(broken.next()).rejects.toMatchObject({ reason: 'ServiceUnavailable' });

      handle = (_, response) => {
        const { status } = apiError('Expired', 'too old');
        response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      };
      await expect(client.watch(pods)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 410,
      });
    });
  });
});
