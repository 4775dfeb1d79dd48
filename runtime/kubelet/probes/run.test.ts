/** Probes against real servers on this machine. */
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { core } from '../../api/types.ts';
import type { Engine } from '../../engine/engine.ts';
import { runProbe } from './run.ts';

/** An engine whose addresses are those of this machine. */
const engine = {
  dial: (host: string, port: number) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(socket));
      const refusal = `dial tcp ${host}:${port}: connect: connection refused`;
      socket.on('error', () => reject(new Error(refusal)));
    }),
} as unknown as Engine;

describe('a probe', () => {
  const open: { close(): unknown }[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });

  const listen = async (server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<number> => {
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const look = (probe: core.Probe, port = 0) =>
    runProbe(
      {
        engine,
        clock: systemClock,
        container: { name: 'app', ports: [{ name: 'web', containerPort: port }] },
        containerId: 'x',
        podIP: '127.0.0.1',
      },
      probe,
    );

  it('over HTTP takes 200 to 399 for success', async () => {
    const port = await listen(
      createHttp((request, response) => {
        const headers = [request.headers['user-agent'], request.headers['x-own']];
        response.writeHead(Number(request.url?.slice(1))).end(headers.join(' '));
      }),
    );
    const get = (code: number) =>
      look(
        {
          httpGet: {
            path: `/${code}`,
            port: 'web',
            httpHeaders: [{ name: 'X-Own', value: 'yes' }],
          },
        },
        port,
      );
    expect(await get(200)).toEqual({ outcome: 'success', output: 'kube-probe/1.36 yes' });
    expect((await get(302)).outcome).toBe('success');
    expect(await get(503)).toEqual({
      outcome: 'failure',
      output: 'HTTP probe failed with statuscode: 503',
    });
  });

  it('fails when nobody listens, nobody answers, or the port is not named so', async () => {
    const silent = await listen(createServer(() => {}));
    expect(await look({ httpGet: { port: silent }, timeoutSeconds: 0.1 })).toEqual({
      outcome: 'failure',
      output:
        `Get "http://127.0.0.1:${silent}/": ` +
        'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    });
    expect((await look({ httpGet: { port: 1 } })).output).toBe(
      'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    expect((await look({ tcpSocket: { port: 1 } })).output).toBe(
      'dial tcp 127.0.0.1:1: connect: connection refused',
    );
    expect((await look({ tcpSocket: { port: silent } })).outcome).toBe('success');
    expect((await look({ tcpSocket: { port: 'none' } })).output).toBe(
      `couldn't find port named "none"`,
    );
  });

  it('over gRPC asks the health service', async () => {
    const asked: string[] = [];
    const server = createHttp2();
    server.on('stream', (stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const service = Buffer.concat(chunks).subarray(7).toString();
        asked.push(service);
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc' },
          { waitForTrailers: true },
        );
        stream.on('wantTrailers', () =>
          stream.sendTrailers(
            service === 'none'
              ? { 'grpc-status': '5', 'grpc-message': 'unknown service' }
              : { 'grpc-status': '0' },
          ),
        );
        const status = service === 'sick' ? 2 : 1;
        stream.end(service === 'none' ? '' : Buffer.from([0, 0, 0, 0, 2, 0x08, status]));
      });
    });
    const port = await listen(server as unknown as Server);
    expect((await look({ grpc: { port } })).outcome).toBe('success');
    expect((await look({ grpc: { port, service: 'fine' } })).outcome).toBe('success');
    expect((await look({ grpc: { port, service: 'sick' } })).output).toBe(
      'service unhealthy (responded with "NOT_SERVING")',
    );
    expect((await look({ grpc: { port, service: 'none' } })).output).toBe(
      'service unhealthy: unknown service',
    );
    expect(asked).toEqual(['', 'fine', 'sick', 'none']);
  });
});
