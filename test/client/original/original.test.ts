/**
 * The same requests to Skiff and to kube-apiserver 1.20: SKIFF_PEER_BIN=DIR names a folder with etcd and
 * kube-apiserver; without it there is nothing to compare with. The codes must agree, but for those that
 * the requests explain, and so must all else that is said, but for what reasons.ts gives a reason for.
 * All differences are listed in out/original.txt.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startTestServer } from '../../../runtime/apiserver/testing/test-server.ts';
import { root } from '../../support/cluster.ts';
import { type Answer, differences, stripped } from './compare.ts';
import { listRequests } from './lists.ts';
import { type Reason, reasons } from './reasons.ts';
import type { Ask } from './requests/ask.ts';
import { requests } from './requests.ts';

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

type Asker = (asked: Ask) => Promise<Answer>;

function asker(connection: Connection): Asker {
  const options = { ...connection, keepAlive: true, checkServerIdentity: () => undefined };
  const named = new Agent(options);
  const anonymous = new Agent({ ...options, cert: undefined, key: undefined });
  /** What an earlier answer said, for the paths of later requests. */
  const known: Record<string, string> = {};
  return async (asked) => {
    const agent = asked.anonymous === true ? anonymous : named;
    const answer = await ask(agent, connection, asked, known);
    if (asked.keep === true) {
      const { metadata } = answer.body as { metadata?: Record<string, string> };
      known.version = metadata?.resourceVersion ?? '';
      known.continue = metadata?.continue ?? '';
    }
    return asked.sorted === true ? { ...answer, body: sorted(answer.body) } : answer;
  };
}

function ask(
  agent: Agent,
  { host, port }: Connection,
  { method = 'GET', path: template, type, accept, body, raw, encoding, headers: more }: Ask,
  known: Readonly<Record<string, string>>,
): Promise<Answer> {
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? '');
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = {
    accept: accept ?? 'application/json',
    ...(encoding === undefined ? {} : { 'accept-encoding': encoding }),
    ...(text === undefined
      ? {}
      : {
          'content-type': type ?? 'application/json',
          ...(more?.['transfer-encoding'] ? {} : { 'content-length': Buffer.byteLength(text) }),
        }),
    ...more,
  };
  return new Promise((resolve, reject) => {
    const call = request({ agent, host, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const packed = answer.headers['content-encoding'] === 'gzip';
        const said = (packed ? gunzipSync(bytes) : bytes).toString();
        const { statusCode: code = 0, headers: head } = answer;
        resolve({ code, headers: head, body: parsed(said), endsLine: said.endsWith('\n') });
      });
    });
    call.on('error', reject);
    call.setTimeout(10_000, () => call.destroy(new Error(`no answer to ${method} ${path}`)));
    call.end(text);
  });
}

/** JSON, or the events of a watch, or text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const lines = text.split('\n').filter((line) => line !== '');
    const isEvents = lines.length > 0 && lines.every((line) => line.startsWith('{"type":'));
    return isEvents ? lines.map((line) => JSON.parse(line) as unknown) : text;
  }
}

function sorted(body: unknown): unknown {
  const { items } = body as { items?: { metadata: { name: string } }[] };
  if (items === undefined) return body;
  const byName = items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return { ...(body as object), items: byName };
}

const compared = [
  ...['content-type', 'content-encoding', 'retry-after', 'location', 'www-authenticate', 'allow'],
  ...['warning', 'cache-control', 'vary', 'x-content-type-options'],
];
/** Whose values are each server's own. */
const present = ['etag', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'];

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
  const used = new Set<Reason>();
  try {
    const ours = asker({ host: '127.0.0.1', port, ...keys });
    const theirs = asker(peer.connection);
    // It is made a moment after the original says that it is ready.
    const home = { path: '/api/v1/namespaces/default' };
    await expect.poll(async () => (await theirs(home)).code).toBe(200);
    for (const asked of [...requests, ...listRequests]) {
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
        ...(asked.headOnly === true && here.code < 300
          ? []
          : differences(stripped(here.body), stripped(there.body), 'body')),
        ...differences(here.endsLine, there.endsLine, 'end of line'),
        ...compared.flatMap((name) => differences(here.headers[name], there.headers[name], name)),
        ...present.flatMap((name) =>
          differences(name in here.headers, name in there.headers, `has ${name}`),
        ),
      ];
      if (found.length === 0) continue;
      const about = [
        asked.type,
        asked.accept?.slice(0, 60),
        JSON.stringify(asked.headers),
        asked.raw ?? JSON.stringify(asked.body),
      ];
      const heading = `${asked.method ?? 'GET'} ${asked.path} ${about.join(' ').slice(0, 220)}`;
      lines.push(heading, ...found.map((line) => `    ${line}`));
      if (asked.differs !== undefined) continue;
      for (const line of found) {
        const reason = reasons.find(({ of }) => of.test(`${heading}\n${line}`));
        if (reason === undefined) unexpected.push(`${heading}\n    ${line}`);
        else used.add(reason);
      }
    }
  } finally {
    await peer.remove();
    await server.close();
  }
  await mkdir(join(root, 'out'), { recursive: true });
  await writeFile(join(root, 'out/original.txt'), `${lines.join('\n')}\n`);
  expect(unexpected).toEqual([]);
  expect(reasons.filter((reason) => !used.has(reason)).map(({ why }) => why)).toEqual([]);
});
