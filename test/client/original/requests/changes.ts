/** Updates, patches and what is applied, of the map that `readingRequests` made. */
import { type Ask, del, differs, map, maps, notItsFault, patch, post, put } from './ask.ts';

export const changeRequests: readonly Ask[] = [
  // Update
  put(`${maps}/a`, map('a', { data: { k: 'w' } })),
  put(`${maps}/a`, map('b')),
  put(`${maps}/none`, map('none')),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: '1' } })),
  differs(
    notItsFault,
    put(`${maps}/a`, map('a', { metadata: { name: 'a', resourceVersion: 'x' } })),
  ),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', uid: 'x' } })),
  put(`${maps}/a`, map('a', { metadata: { name: 'a', namespace: 'other' } })),
  put(`${maps}/a`, { ...map('a'), immutable: true }),
  put(`${maps}/a`, { ...map('a', { data: { k: 'x' } }), immutable: true }),
  put(`${maps}/a`, map('a')),
  del(`${maps}/a`),
  post(maps, map('a')),
  // Patches
  patch(`${maps}/none`, {}),
  patch(`${maps}/a`, { data: { k: null, l: 'm' } }),
  patch(`${maps}/a`, { metadata: { name: 'b' } }),
  patch(`${maps}/a`, { metadata: { resourceVersion: '1' } }),
  patch(`${maps}/a`, { data: { k: 5 } }),
  patch(`${maps}/a`, { kind: 'Secret' }),
  differs(notItsFault, {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '{',
  }),
  differs('it is refused before there is anything to merge it with', {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '[]',
  }),
  differs(notItsFault, {
    method: 'PATCH',
    path: `${maps}/a`,
    type: 'application/merge-patch+json',
    raw: '',
  }),
  { method: 'PATCH', path: `${maps}/a`, type: 'application/json', raw: '{}' },
  patch(`${maps}/a`, [{ op: 'add', path: '/data/x', value: 'y' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'test', path: '/data/x', value: 'z' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'remove', path: '/data/none' }], 'json-patch+json'),
  differs(
    'releases after 1.20 want the member to be there',
    patch(`${maps}/a`, [{ op: 'replace', path: '/data/none', value: '1' }], 'json-patch+json'),
  ),
  patch(`${maps}/a`, [{ op: 'add', path: '/none/a', value: '1' }], 'json-patch+json'),
  patch(`${maps}/a`, [{ op: 'jump', path: '/data' }], 'json-patch+json'),
  patch(`${maps}/a`, {}, 'json-patch+json'),
  patch(
    `${maps}/a`,
    { metadata: { labels: { $patch: 'replace', only: 'this' } } },
    'strategic-merge-patch+json',
  ),
  differs(
    notItsFault,
    patch(
      `${maps}/a`,
      { metadata: { labels: { $patch: 'nonsense' } } },
      'strategic-merge-patch+json',
    ),
  ),
  patch(`${maps}/a?fieldManager=me`, map('a', { data: { applied: 'x' } }), 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=you`, map('a', { data: { applied: 'y' } }), 'apply-patch+yaml'),
  patch(
    `${maps}/a?fieldManager=you&force=true`,
    map('a', { data: { applied: 'y' } }),
    'apply-patch+yaml',
  ),
  patch(`${maps}/a`, map('a'), 'apply-patch+yaml'),
  patch(`${maps}/a?force=true`, { data: {} }),
  patch(`${maps}/a?fieldManager=me`, { data: {} }, 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=me`, map('b'), 'apply-patch+yaml'),
  patch(`${maps}/a?fieldManager=me`, { ...map('a'), unknown: 1 }, 'apply-patch+yaml'),
  patch(`${maps}/new?fieldManager=me`, map('new'), 'apply-patch+yaml'),
];
