import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../pki/certificates.ts';
import { createListener } from './listener.ts';

describe('the listener', () => {
  let server: ReturnType<typeof createListener>;
  let ca: string;
  let told: string[] = [];
  const log = (message: string) => void told.push(message);
  /** Long enough for a test, and no longer. */
  const quietMs = 300;
  const sockets: TLSSocket[] = [];

  beforeEach(async () => {
    const authority = await createAuthority('kubernetes', Date.now(), 10);
    ca = authority.certPem;
    const { certPem, keyPem } = await issueCertificate(authority, {
      ...{ subject: [{ CN: ['kube-apiserver'] }], use: 'server', hosts: ['127.0.0.1'] },
      ...{ nowMs: Date.now(), days: 1 },
    });
    server = createListener({ certPem, keyPem, caPem: ca, crowded: 3, quietMs, log });
    server.on('request', (_, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca, ...options }, () => resolve(socket));
      socket.on('error', reject);
      sockets.push(socket);
    });
  }

  it('speaks TLS 1.3 and 1.2 with forward secrecy and authenticated encryption, and nothing older', async () => {
    expect((await open()).getProtocol()).toBe('TLSv1.3');
    const older = await open({ maxVersion: 'TLSv1.2' });
    expect(older.getCipher().name).toBe('ECDHE-ECDSA-AES128-GCM-SHA256');
    // Security level 0 lets this client offer what OpenSSL itself would not.
    for (const cipher of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-SHA']) {
      const options = { maxVersion: 'TLSv1.2', ciphers: `${cipher}:@SECLEVEL=0` } as const;
      await expect(open(options)).rejects.toThrow(/handshake failure/);
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' };
    await expect(open(old as ConnectionOptions)).rejects.toThrow(/protocol version/);
  });

  const ask = async (socket: TLSSocket) => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
  };
  const untilQuiet = () => new Promise((resolve) => setTimeout(resolve, quietMs + 20));

  it('closes connections that wait for their next request when there are too many', async () => {
    const idle = await open();
    await ask(idle);
    const closed = new Promise((resolve) => idle.once('close', resolve));
    const half = await open();
    half.write('GET / HTTP/1.1\r\nHost: x\r\n');
    await open();
    expect(idle.destroyed).toBe(false);
    await untilQuiet();
    await open();
    await closed;
    // In the middle of a request it is not idle.
    half.write('\r\n');
    await new Promise((resolve) => half.once('data', resolve));
  });

  it('says that nobody else gets in, once', async () => {
    told = [];
    server.maxConnections = 1;
    await open();
    await expect(open()).rejects.toThrow();
    await expect(open()).rejects.toThrow();
    expect(told).toEqual(['refused connections: 1 are open, which is as many as there may be']);
  });

  it('closes no connection that its client has just used', async () => {
    const [busy, silent] = [await open(), await open()];
    await ask(busy);
    await open();
    await untilQuiet();
    await ask(busy);
    const closed = new Promise((resolve) => silent.once('close', resolve));
    await open();
    await closed;
    await ask(busy);
    expect(busy.destroyed).toBe(false);
  });
});
