/** How requests and answers are written: media types, headers, paths and queries, as clients vary them. */
import { type Ask, core, maps, table } from './ask.ts';

const accepts = (path: string, ...all: string[]): Ask[] => all.map((accept) => ({ path, accept }));
const gets = (...paths: string[]): Ask[] => paths.map((path) => ({ path }));
const sent = (name: string, type: string, more: Partial<Ask> = {}): Ask => ({
  ...{ method: 'POST', path: maps, type, raw: JSON.stringify({ metadata: { name } }) },
  ...more,
});
const protobuf = 'application/vnd.kubernetes.protobuf';
const partial = 'as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
const partialList = 'as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
const by = (headers: Ask['headers'], path = maps): Ask => ({ path, headers });

const all: readonly Ask[] = [
  ...accepts(
    core,
    ...['*/*', 'application/*', 'foo', 'text/html, application/json;q=0.5'],
    ...[`${protobuf},application/json;q=0.9`, 'application/xml,*/*;q=0.1'],
    ...['application/json; charset=utf-8', 'application/json;as=Table;v=v2;g=meta.k8s.io'],
    ...['application/json;as=Table;g=meta.k8s.io', `application/json;${partialList}`],
    ...[`${protobuf};${partial}`, `${protobuf};as=Table;v=v1;g=meta.k8s.io`],
    'application/json;as=Table;v=v2;g=meta.k8s.io,application/json',
  ),
  ...accepts(maps, `application/json;${partial}`, `${protobuf};as=Table;g=meta.k8s.io;v=v1,*/*`),
  ...accepts(`${maps}/none`, protobuf, table.split(',')[0] ?? '', 'application/yaml', 'text/html'),
  ...accepts('/apis', 'application/yaml', protobuf),
  ...accepts('/apis/apps', protobuf),
  ...accepts('/api/v1', 'text/html'),
  ...gets('/api/', '/apis/', '/apis/apps/', '/apis/apps/v1/', '/api/v1/', '/version/', '/api//v1'),
  ...gets(`${core}/`, `${maps}/`, '/api/v1/namespaces//configmaps', '/apis/apps/v1/deployments/'),
  ...gets('/healthz/ping', '/livez?exclude=ping', '/healthz/nothing'),
  ...gets(`${maps}?labelSelector=%zz`, `${maps}?limit=`, `${maps}?timeout=1ns`, `${maps}?foo=bar`),
  ...gets(`${maps}?labelSelector=a&labelSelector=b`, `${maps}?limit=9999999999999999999`),
  ...[{ path: `${maps}?includeObject=Foo`, accept: table }],
  // Who asks
  ...['x', ''].map((token) => ({
    ...by({ authorization: `Bearer ${token}` }),
    anonymous: true,
  })),
  ...[maps, '/api', '/version', '/healthz', '/metrics'].map((path) => ({ path, anonymous: true })),
  by({ 'impersonate-user': 'bob' }),
  by({ 'impersonate-user': '<b>' }),
  by({ 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }, core),
  by({ 'impersonate-group': 'ops' }),
  by({ 'impersonate-group': 'ops', 'impersonate-extra-acme.com%2fproject': 'x <y>' }, core),
  by({ 'impersonate-extra-scopes': 'view' }, core),
  by({ 'impersonate-user': '', 'impersonate-group': 'ops' }, core),
  by({ origin: 'https://example.com' }, core),
  by({ 'user-agent': 'curl/8.1' }, core),
  // Bodies
  ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;foo'].map(
    (type, index) => sent(`wire-${index}`, type),
  ),
  ...['application/x-yaml', 'text/yaml', 'application/x-www-form-urlencoded'].map((type) =>
    sent('wire-none', type),
  ),
  sent('wire-expect', 'application/json', { headers: { expect: '100-continue' } }),
  sent('wire-chunked', 'application/json', { headers: { 'transfer-encoding': 'chunked' } }),
  sent('wire-trailing', 'application/json', { raw: '{"metadata":{"name":"x"}} more' }),
];

export const wireRequests = all.map((ask) => ({ ...ask, headOnly: true }));
