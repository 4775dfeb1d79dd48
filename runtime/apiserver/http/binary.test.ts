import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { UnknownObject } from '../../api/object.ts';
import { cronTabs } from '../custom/testing/cron-tabs.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { encodeProtobuf } from '../protobuf/encode.ts';
import { readFields } from '../protobuf/reader.ts';
import { useRest } from '../testing/use-server.ts';

const binary = 'application/vnd.kubernetes.protobuf';
const maps = '/api/v1/namespaces/default/configmaps';
const only = { accept: binary };

const { server, rest } = useRest();

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { test: 'binary' } },
  data: { key: name.repeat(100) },
});

/** The bytes of a list's envelope: what kind it says, and the messages in it. */
function listOf(bytes: Buffer) {
  const [head, message] = [...readFields(bytes.subarray(4))].map(({ value }) => value as Buffer);
  const fields = [...readFields(message as Buffer)];
  const kind = Buffer.from([...readFields(head as Buffer)][1]?.value as Buffer).toString();
  return { kind, items: fields.filter(({ number }) => number === 2).length };
}

describe('answers in the binary form', () => {
  it('takes and gives objects', async () => {
    const created = await rest.send(maps, {
      method: 'POST',
      headers: { ...only, 'content-type': binary },
      body: encodeProtobuf(configMap('one')) as Buffer,
    });
    expect(created.code).toBe(201);
    expect(created.headers['content-type']).toBe(binary);
    const read = await rest.send(`${maps}/one`, {
      headers: { accept: `${binary},application/json` },
    });
    expect(read.body).toEqual(created.body);
    const plain = (await rest.send(`${maps}/one`)).json() as UnknownObject;
    expect(decodeProtobuf(read.body)).toEqual(plain);
  });

  it('gives lists, whole and as metadata alone', async () => {
    await server.client.create(
      { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' },
      configMap('two'),
    );
    const query = `${maps}?labelSelector=test%3Dbinary`;
    const whole = await rest.send(query, { headers: only });
    expect(listOf(whole.body)).toEqual({ kind: 'ConfigMapList', items: 2 });
    const as = `${binary};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
    const partial = await rest.send(query, { headers: { accept: as } });
    expect(listOf(partial.body)).toEqual({ kind: 'PartialObjectMetadataList', items: 2 });
    expect(partial.body.length).toBeLessThan(whole.body.length);
  });

  it('gives tables as JSON, the next thing that the client takes', async () => {
    const accept = [
      `${binary};as=Table;g=meta.k8s.io;v=v1`,
      'application/json;as=Table;g=meta.k8s.io;v=v1',
    ].join();
    const answer = await rest.send(maps, { headers: { accept } });
    expect(answer.json()).toMatchObject({ kind: 'Table' });
  });

  it('says what is wrong in the same form', async () => {
    const missing = await rest.send(`${maps}/none`, { headers: only });
    expect(missing.code).toBe(404);
    expect(decodeProtobuf(missing.body)).toMatchObject({
      kind: 'Status',
      status: 'Failure',
      reason: 'NotFound',
      details: { name: 'none', kind: 'configmaps' },
      code: 404,
    });
  });

  it('watches in frames', async () => {
    const path = `${maps}?watch=true&labelSelector=test%3Dbinary&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`;
    const answer = await rest.open(path, { headers: only });
    expect(answer.headers['content-type']).toBe(`${binary};stream=watch`);
    const events = await framesOf(answer, 3);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK']);
    expect(events[0]?.object.metadata.name).toBe('one');
    expect(events[2]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('has no binary form of custom resources, but of their metadata', async () => {
    const crds = {
      group: 'apiextensions.k8s.io',
      version: 'v1',
      resource: 'customresourcedefinitions',
    };
    await server.client.create(crds, parse(cronTabs) as UnknownObject);
    const path = '/apis/stable.example.com/v1/crontabs';
    await expect.poll(async () => (await rest.send(path)).code).toBe(200);
    const refused = await rest.send(path, { headers: only });
    expect(refused.code).toBe(406);
    const json = await rest.send(path, { headers: { accept: `${binary}, application/json` } });
    expect(json.json()).toMatchObject({ kind: 'CronTabList' });
    const as = `${binary};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
    const partial = await rest.send(path, { headers: { accept: as } });
    expect(listOf(partial.body).kind).toBe('PartialObjectMetadataList');
    const definition = await rest.send(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com',
      { headers: only },
    );
    expect(decodeProtobuf(definition.body)).toMatchObject({ spec: { names: { kind: 'CronTab' } } });
  });

  it('discovers', async () => {
    const groups = decodeProtobuf((await rest.send('/apis', { headers: only })).body);
    expect(groups).toMatchObject({ kind: 'APIGroupList' });
    const resources = decodeProtobuf((await rest.send('/apis/apps/v1', { headers: only })).body);
    const { body } = await rest.send('/apis/apps/v1');
    expect(resources).toMatchObject(JSON.parse(body.toString()));
  });
});

/** Reads frames until there are `count`, then hangs up. */
async function framesOf(answer: IncomingMessage, count: number) {
  const events: { type: string; object: UnknownObject }[] = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of answer) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
      const end = 4 + bytes.readUInt32BE(0);
      const [type, object] = [...readFields(bytes.subarray(4, end))].map(({ value }) => value);
      const raw = [...readFields(object as Buffer)][0]?.value as Buffer;
      events.push({ type: Buffer.from(type as Buffer).toString(), object: decodeProtobuf(raw) });
      bytes = bytes.subarray(end);
    }
    if (events.length >= count) break;
  }
  return events;
}
