import { expect, it } from 'vitest';
import { encodeObject, Item } from '../registry/item.ts';
import { ServedResources, type View } from '../registry/served.ts';
import { listBody } from './list-body.ts';

const pods = new ServedResources().get('', 'v1', 'pods');

/** As the original's lists hold it: the list says what it is. */
const bare = ({ object: { apiVersion: _, kind: _kind, ...rest } }: View) => rest;
const itemOf = (name: string, revision: number, size: number) =>
  new Item(
    encodeObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, annotations: { filler: 'ü'.repeat(size) } },
    }),
    revision,
  );

const read = (views: readonly View[]) => {
  const body = listBody(pods, { revision: 7, views }, 'object');
  const pieces = [...body.pieces];
  const bytes = Buffer.concat(pieces);
  expect(bytes.length).toBe(body.length);
  return { pieces, list: JSON.parse(bytes.toString()) as unknown };
};

it('puts lists together from the bytes of their items', () => {
  expect(read([]).list).toEqual({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7' },
    items: [],
  });
  for (const sizes of [[1], [1, 2, 3], [400_000], [10, 400_000, 10], Array(500).fill(1000)]) {
    const items = sizes.map((size, index) => itemOf(`pod-${index}`, 10 ** (index % 12), size));
    const { pieces, list } = read(items);
    expect(list).toHaveProperty('items', items.map(bare));
    if (sizes.length === 500) expect(pieces.length).toBeGreaterThan(2);
  }
});

it('takes views that are no items as they are', () => {
  const [first, second] = [itemOf('a', 1, 1), itemOf('b', 2, 1)];
  const { revision, object, wire } = second;
  expect(read([first, { revision, object, wire }]).list).toHaveProperty('items', [
    bare(first),
    bare(second),
  ]);
});
