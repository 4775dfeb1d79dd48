/** Lists and watches, and what is odd about requests: asked of both servers, in order. */
import type { Ask } from './requests/ask.ts';

const core = '/api/v1/namespaces/default';
const maps = `${core}/configmaps`;
const get = (path: string, more: Partial<Ask> = {}): Ask => ({ path, ...more });
const make = (name: string, labels: object): Ask => ({
  ...{ method: 'POST', path: maps },
  body: { metadata: { name, labels: { ...labels, lists: 'yes' } }, data: { k: name } },
});
const relabel = (name: string, labels: object): Ask => ({
  ...{ method: 'PATCH', path: `${maps}/${name}`, type: 'application/merge-patch+json' },
  body: { metadata: { labels } },
});
const remove = (path: string, body?: unknown): Ask => ({ method: 'DELETE', path, body });
const only = 'labelSelector=lists%3Dyes';
const itsOwnFault = 'the original calls what a client got wrong an internal error';
const laterOptions = 'release 1.20 does not know the option';
const token = (fields: unknown) =>
  Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields)).toString('base64url');

/** Every combination of what a list can be asked for, by an answer to an earlier list. */
function combinations(): Ask[] {
  const asks: Ask[] = [];
  for (const match of ['', 'Exact', 'NotOlderThan', 'Foo'])
    for (const version of ['', '0', '{version}', 'x', '-1'])
      for (const limit of ['', '2'])
        for (const more of ['', '{continue}']) {
          // What the original's cache answers with depends on what it has seen, and on its moods.
          if (version === '0' && limit !== '' && more === '' && match !== 'Exact') continue;
          const query = [
            only,
            match && `resourceVersionMatch=${match}`,
            version && `resourceVersion=${version}`,
            limit && `limit=${limit}`,
            more && `continue=${more}`,
          ];
          const isNumber = version !== 'x' && version !== '-1';
          const cached = limit === '' && more === '' && (match === '' || match === 'NotOlderThan');
          asks.push({
            path: `${maps}?${query.filter(Boolean).join('&')}`,
            sorted: true,
            ...(isNumber || !cached ? {} : { differs: itsOwnFault }),
          });
        }
  return asks;
}

const watch = (query: string, more: Partial<Ask> = {}): Ask =>
  get(`${maps}?watch=1&timeoutSeconds=1&${query}`, more);

export const listRequests: readonly Ask[] = [
  ...['a', 'b', 'c', 'd', 'e'].map((name) => make(`list-${name}`, { n: name })),
  get(`${maps}?${only}&limit=2`, { keep: true }),
  ...combinations(),
  ...[
    ...['x', token('nojson'), token({ v: 'meta.k8s.io/v1', rv: 0, start: 'x' })],
    ...[token({ v: 'meta.k8s.io/v1', rv: 1, start: '' }), token({ v: 'meta.k8s.io/v2', rv: 1 })],
  ].map((text) => get(`${maps}?continue=${text}`)),
  // What happens between two lists, as watches with selectors tell it.
  get(`${maps}?limit=1`, { keep: true }),
  make('watch-a', { side: 'left' }),
  relabel('watch-a', { side: 'right' }),
  relabel('watch-a', { side: 'left' }),
  relabel('watch-a', { more: 'x' }),
  remove(`${maps}/watch-a`),
  make('watch-b', { side: 'right' }),
  watch('resourceVersion={version}'),
  watch('resourceVersion={version}&labelSelector=side%3Dleft'),
  watch('resourceVersion={version}&labelSelector=side!%3Dleft,side'),
  watch('resourceVersion={version}&fieldSelector=metadata.name%3Dwatch-b'),
  watch('fieldSelector=metadata.name%3Dwatch-b'),
  watch('resourceVersion=0&fieldSelector=metadata.name%3Dwatch-b'),
  get(`/api/v1/watch/namespaces/default/configmaps/watch-b?timeoutSeconds=1`),
  watch('resourceVersion=x', { differs: itsOwnFault }),
  watch('resourceVersionMatch=Exact&resourceVersion=1'),
  watch('resourceVersionMatch=NotOlderThan&resourceVersion=1'),
  watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan', { differs: laterOptions }),
  watch('fieldSelector=x'),
  watch('fieldSelector=metadata.name%3Dwatch-b', { accept: 'application/yaml;as=Table' }),
  watch('fieldSelector=metadata.name%3Dwatch-b', { accept: 'application/json;stream=x' }),
  watch('fieldSelector=x', { accept: 'application/yaml,application/json' }),
  watch('continue=x&fieldSelector=metadata.name%3Dwatch-b'),
  get(`${maps}?watch=1&timeoutSeconds=x`),
  get(`${maps}/list-a?resourceVersion=0`),
  get(`${maps}/list-a?resourceVersion={version}`),
  get(`${maps}/list-a?resourceVersion=x`, { differs: itsOwnFault }),
  ...[
    'a in',
    'a=b,',
    'a=b=c',
    'a>x',
    'a in (b,-)',
    'a/b/c',
    '=',
    '!a',
    'a notin (b)',
    ',',
    '!',
  ].map((selector) => get(`${maps}?labelSelector=${encodeURIComponent(selector)}`)),
  ...['1s', '0s', '100h'].map((timeout) => get(`${maps}/list-a?timeout=${timeout}`)),
  get(`${maps}?watch=False`),
  // Options of deletions
  ...[{ gracePeriodSeconds: 'x' }, { kind: 'Foo' }, 'x', '[]', '{'].map(
    (body): Ask => ({
      ...{
        method: 'DELETE',
        path: `${maps}/list-a`,
        type: 'application/json',
        differs: itsOwnFault,
      },
      ...(typeof body === 'string' ? { raw: body } : { body }),
    }),
  ),
  remove(`${maps}/list-a?gracePeriodSeconds=x`),
  remove(`${maps}/list-a`, { dryRun: ['All', 'x'] }),
  remove(`${maps}/list-a?uid=x`),
  remove(`${maps}/list-a?resourceVersion=1`),
  remove(`${maps}?${only}&uid=x`),
  remove(`${maps}/list-a?dryRun=x&uid=x&gracePeriodSeconds=x`, { dryRun: ['All'] }),
  remove(`${maps}/list-a?dryRun=All&fieldManager=${'x'.repeat(200)}`),
  remove(`${maps}?fieldSelector=data%3Dc`, { dryRun: ['x'] }),
  remove(`${maps}?${only}&dryRun=x`, { dryRun: ['All'] }),
  remove(`${maps}/list-a`, { preconditions: { uid: 'x', resourceVersion: '1' } }),
  remove(`${maps}/list-a?propagationPolicy=Foreground`, {
    propagationPolicy: 'Orphan',
    dryRun: ['All'],
  }),
  remove(`${maps}/list-a?orphanDependents=true&propagationPolicy=Foreground`),
  { method: 'DELETE', path: `${maps}/list-a`, type: 'text/plain', raw: 'x' },
  get(`${maps}/list-a`),
  remove(`${maps}?labelSelector=n%3Db&dryRun=All`),
  remove(`${maps}?labelSelector=n%3Db`),
  remove(`${maps}?fieldSelector=data%3Dc`),
  remove(`${maps}?propagationPolicy=x`),
  // Methods and names
  ...[`${maps}`, `${maps}/list-a`, `${core}/pods/x/log`, '/api/v1', '/version'].flatMap((path) =>
    ['HEAD', 'OPTIONS'].map((method) => ({ method, path })),
  ),
  ...['PUT', 'DELETE'].map((method) => ({ method, path: `${core}/pods/x/exec` })),
  ...['list-a', 'none'].map((name): Ask => ({ method: 'PUT', path: `${maps}/${name}`, body: {} })),
  ...['..', '%2e%2e', 'a%25b'].map((name) => get(`${core}/pods/${name}`)),
  ...['/apis/nothing/v1', '/apis/nothing/v1/foos', '/api/v1/namespaces/default/foos/x'].map(
    (path) => get(path),
  ),
  { method: 'POST', path: `${core}/pods/x/binding`, body: {} },
  { method: 'POST', path: `${core}/pods/x/eviction`, body: {} },
  // Large answers are compressed, small ones are not.
  {
    method: 'POST',
    path: maps,
    body: { metadata: { name: 'large' }, data: { k: 'x'.repeat(200_000) } },
  },
  get(`${maps}/large`, { encoding: 'gzip' }),
  get(`${maps}/list-a`, { encoding: 'gzip' }),
  remove(`${maps}/large`),
  ...['a', 'c', 'd', 'e'].map((name) => remove(`${maps}/list-${name}`)),
  remove(`${maps}/watch-b`),
  // Logs of a pod that is nowhere
  ...['one', 'two'].map(
    (name): Ask => ({
      ...{ method: 'POST', path: `${core}/pods` },
      body: {
        metadata: { name: `log-${name}` },
        spec: {
          automountServiceAccountToken: false,
          containers: (name === 'one' ? ['a'] : ['a', 'b']).map((each) => ({
            name: each,
            image: 'x',
          })),
        },
      },
    }),
  ),
  ...[
    ...['', '?container=x', '?tailLines=-1&limitBytes=0', '?tailLines=x', '?sinceSeconds=0'],
    ...['?sinceTime=x', '?sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z'],
  ].flatMap((query) => ['one', 'two'].map((name) => get(`${core}/pods/log-${name}/log${query}`))),
  ...['one', 'two'].map(
    (name): Ask => ({ method: 'POST', path: `${core}/pods/log-${name}/exec?command=x` }),
  ),
  ...['one', 'two'].map((name) => remove(`${core}/pods/log-${name}`)),
];
