/**
 * The same requests to Skiff and to kube-apiserver 1.20: SKIFF_PEER_BIN=DIR names a folder with etcd and
 * kube-apiserver; without it there is nothing to compare with. The codes must agree, but for those that
 * requests.ts explains; every other difference (words, columns, fields that are newer) is listed in
 * out/original.txt for people to read.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startTestServer } from '../../../runtime/apiserver/testing/test-server.ts';
import { root } from '../../support/cluster.ts';
import { type Answer, differences, stripped } from './compare.ts';
import { type Ask, requests } from './requests.ts';

const binaries = process.env.SKIFF_PEER_BIN ?? '';

interface Connection {
  readonly host: string;
  readonly port: number;
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}
interface Peer {
  readonly connection: Connection;
  remove(): Promise<void>;
}
type StartPeer = (
  directory: string,
  keys: Pick<Connection, 'ca' | 'cert' | 'key'>,
) => Promise<Peer>;

function asker(connection: Connection) {
  const agent = new Agent({ ...connection, keepAlive: true, checkServerIdentity: () => undefined });
  return ({ method = 'GET', path, type, accept, body, raw }: Ask): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const headers = {
        accept: accept ?? 'application/json',
        ...(text === undefined
          ? {}
          : {
              'content-type': type ?? 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
      };
      const { host, port } = connection;
      const call = request({ agent, host, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const said = Buffer.concat(chunks).toString();
          resolve({ code: answer.statusCode ?? 0, headers: answer.headers, body: parsed(said) });
        });
      });
      call.on('error', reject);
      call.setTimeout(10_000, () => call.destroy(new Error(`no answer to ${method} ${path}`)));
      call.end(text);
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

it.skipIf(binaries === '')('answers as the original does', { timeout: 300_000 }, async () => {
  const server = await startTestServer({ serviceCidr: '10.0.0.0/24' });
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  const { caPem: ca, admin } = server.pki;
  const keys = { ca, cert: admin.certPem, key: admin.keyPem };
  const { startPeer } = (await import(join(root, 'test/bench/peer.mjs'))) as {
    startPeer: StartPeer;
  };
  const peer = await startPeer(binaries, keys);
  const lines: string[] = [];
  const unexpected: string[] = [];
  try {
    const ours = asker({ host: '127.0.0.1', port, ...keys });
    const theirs = asker(peer.connection);
    for (const asked of requests) {
      const [here, there] = await Promise.all([ours(asked), theirs(asked)]);
      const same = here.code === there.code;
      if (same !== (asked.differs === undefined)) {
        const why = asked.differs ?? 'nobody said that it differs';
        unexpected.push(
          `${asked.method ?? 'GET'} ${asked.path}: ${here.code}, there ${there.code}: ${why}`,
        );
      }
      const found = [
        ...differences(here.code, there.code, 'code'),
        ...differences(stripped(here.body), stripped(there.body), 'body'),
        ...[
          'content-type',
          'retry-after',
          'location',
          'www-authenticate',
          'allow',
          'warning',
        ].flatMap((name) => differences(here.headers[name], there.headers[name], name)),
      ];
      if (found.length > 0)
        lines.push(
          `${asked.method ?? 'GET'} ${asked.path} ${asked.type ?? ''} ${asked.accept?.slice(0, 30) ?? ''} ${(asked.raw ?? JSON.stringify(asked.body) ?? '').slice(0, 220)}`,
          ...found.map((line) => `    ${line}`),
        );
    }
  } finally {
    await peer.remove();
    await server.close();
  }
  await mkdir(join(root, 'out'), { recursive: true });
  await writeFile(join(root, 'out/original.txt'), `${lines.join('\n')}\n`);
  expect(unexpected).toEqual([]);
});
