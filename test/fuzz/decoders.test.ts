/**
 * Every decoder on the server's path, on good inputs that were changed: whatever comes, the server
 * answers, with no internal error, and is not held up for a second. `npm run fuzz` works longer on each.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../runtime/api/object.ts';
import { encodeProtobuf } from '../../runtime/apiserver/protobuf/encode.ts';
import { controlFrame, dataFrame, numbers } from '../../runtime/apiserver/streaming/spdy-frames.ts';
import { fuzz, fuzzTimeout, mutated, mutatedText } from './support/mutations.ts';
import { bodies, headers, patches, paths, pod, queries, yaml } from './support/seeds.ts';
import { type Outcome, startVictim, type Victim } from './support/victim.ts';

const longestMs = 1000;
const words = '/api/v1/namespaces/default/configmaps/words';

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
  const [first = ''] = yaml;
  const headers = { 'content-type': 'application/yaml' };
  const sent = { method: 'POST', headers, body: first };
  const made = await victim.send('/api/v1/namespaces/default/configmaps', sent);
  expect(made.code, made.text).toBe(201);
  // Pods without one are held back for a moment, in case it comes.
  const account = JSON.stringify({ metadata: { name: 'default' } });
  await victim.send('/api/v1/namespaces/default/serviceaccounts', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: account },
  });
});
afterAll(() => victim.close());

/** A refusal is as good as an answer; an internal error, a closed connection or a stall is none. */
function expectAnswer({ code, text, heldMs }: Outcome): void {
  expect(code, `${text}\n${victim.faults.at(-1)}`).toBeGreaterThanOrEqual(200);
  // The internal errors that the original makes of requests.
  if (!/without impersonating a user|failed to create typed patch object/.test(text))
    expect(code, `${text}\n${victim.faults.at(-1)}`).not.toBe(500);
  expect(heldMs).toBeLessThan(longestMs);
}

async function expectAlive(): Promise<void> {
  const { code } = await victim.send('/livez');
  expect(code).toBe(200);
}

describe('bodies', { timeout: fuzzTimeout }, () => {
  it.each(Object.entries(bodies))('JSON to %s', async (path, seeds) => {
    const headers = { 'content-type': 'application/json' };
    await fuzz(mutated(seeds), async (body) => {
      expectAnswer(await victim.send(`${path}?dryRun=All`, { method: 'POST', headers, body }));
    });
  });

  it('any JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const value = fc.oneof(
      fc.json(),
      fc.jsonValue({ maxDepth: 5 }).map((v) => JSON.stringify({ spec: v, data: v, metadata: v })),
    );
    await fuzz(value, async (body) => {
      for (const path of Object.keys(bodies).slice(0, 2))
        expectAnswer(await victim.send(`${path}?dryRun=All`, { method: 'POST', headers, body }));
    });
  });

  it('YAML', async () => {
    const headers = { 'content-type': 'application/yaml' };
    await fuzz(mutated(yaml), async (body) => {
      const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
      expectAnswer(await victim.send(path, { method: 'POST', headers, body }));
    });
  });

  it('protobuf', async () => {
    const seed = encodeProtobuf(pod as unknown as KubeObject);
    expect(seed).toBeDefined();
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    await fuzz(mutated([seed as Buffer]), async (body) => {
      const path = '/api/v1/namespaces/default/pods?dryRun=All';
      expectAnswer(await victim.send(path, { method: 'POST', headers, body }));
    });
  });

  it.each(Object.entries(patches))('%s', async (type, seeds) => {
    const headers = { 'content-type': type };
    const apply = type.includes('apply') ? '&fieldManager=fuzz&force=true' : '';
    await fuzz(mutated(seeds), async (body) => {
      const path = `${words}?dryRun=All${apply}`;
      expectAnswer(await victim.send(path, { method: 'PATCH', headers, body }));
    });
  });
});

/** Percent-encoded; half a pair of surrogates, which has no encoding, is a question mark. */
const escaped = (character: string) =>
  /[\ud800-\udfff]/.test(character) && character.length === 1 ? '?' : encodeURIComponent(character);

describe('requests', { timeout: fuzzTimeout }, () => {
  const printable = (text: string) => text.replace(/[^\x21-\x7e]/gu, (c) => escaped(c));

  it('queries: selectors, numbers, continue tokens', async () => {
    await fuzz(mutatedText(queries), async (query) => {
      // A watch that is begun goes on: here only how it begins is looked at.
      const text = printable(query).replace(/timeoutSeconds=[^&]*/g, 'timeoutSeconds=1');
      if (/watch/i.test(text)) return;
      expectAnswer(await victim.send(`/api/v1/namespaces/default/configmaps?${text}`));
    });
  });

  it('paths', async () => {
    await fuzz(mutatedText(paths), async (path) => {
      const text = printable(path).replace(/^[^/]*/, '/');
      if (/watch/i.test(text)) return;
      expectAnswer(await victim.send(text));
    });
  });

  it('headers: content types, tokens, impersonation', async () => {
    const header = fc
      .constantFrom(...headers)
      .chain(([name, value]) =>
        mutatedText([value]).map((text) => [name, text.replace(/[^\x20-\x7e]/g, '')] as const),
      );
    await fuzz(fc.array(header, { minLength: 1, maxLength: 3 }), async (sent) => {
      expectAnswer(await victim.send('/api/v1/namespaces', { headers: Object.fromEntries(sent) }));
    });
  });
});

describe('connections', { timeout: fuzzTimeout }, () => {
  const exec = '/api/v1/namespaces/default/pods/web/exec?command=cat&stdin=1&stdout=1&stderr=1';
  const upgrade = (lines: readonly string[]) =>
    [`POST ${exec} HTTP/1.1`, 'Host: a', 'Connection: Upgrade', ...lines, '', ''].join('\r\n');

  beforeAll(async () => {
    const send = (method: string, path: string, object: object) =>
      victim.send(path, {
        ...{ method, headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(object),
      });
    const spec = { nodeName: 'n1', containers: [{ name: 'app', image: 'app' }] };
    const made = await send('POST', '/api/v1/namespaces/default/pods', {
      ...{ metadata: { name: 'web' }, spec },
    });
    expect(made.code, made.text).toBe(201);
  });

  /** Fewer than of other inputs: a server that waits for more is waited for. */
  async function throwAt(bytes: fc.Arbitrary<Buffer>): Promise<void> {
    const check = async (input: Buffer) => {
      victim.heldMs();
      await victim.raw(input, 20);
      expect(victim.heldMs()).toBeLessThan(longestMs);
    };
    await fuzz(bytes, check, 15);
    await expectAlive();
  }

  it('HTTP', async () => {
    const request = `GET /version HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
    await throwAt(mutated([request, request.replace('GET', 'POST'), upgrade(['Upgrade: h2c'])]));
  });

  it('SPDY frames', async () => {
    const head = upgrade(['Upgrade: SPDY/3.1', 'X-Stream-Protocol-Version: v4.channel.k8s.io']);
    const frames = Buffer.concat([
      controlFrame(1, Buffer.concat([numbers(1, 0), Buffer.from([0, 0, 0, 0, 0, 1])]), 0),
      dataFrame(1, Buffer.from('hello')),
      controlFrame(6, numbers(1)),
      controlFrame(4, numbers(1, 4, 65_536)),
      controlFrame(9, numbers(1, 65_536)),
      controlFrame(3, numbers(1, 5)),
      dataFrame(1, Buffer.alloc(0), 1),
    ]);
    await throwAt(mutated([frames]).map((bytes) => Buffer.concat([Buffer.from(head), bytes])));
  });

  it('WebSocket frames', async () => {
    const head = upgrade([
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
      'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    ]).replace('POST', 'GET');
    // Masked with zeros: a message on channel 0, a ping, a resize, the end of channel 0, a close.
    const frame = (opcode: number, payload: Buffer) =>
      Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
    const frames = Buffer.concat([
      frame(2, Buffer.from('\0hello')),
      frame(9, Buffer.from('p')),
      frame(2, Buffer.from('\x04{"Width":80,"Height":24}')),
      frame(2, Buffer.from([255, 0])),
      frame(8, Buffer.from([3, 232])),
    ]);
    await throwAt(mutated([frames]).map((bytes) => Buffer.concat([Buffer.from(head), bytes])));
  });
});
