import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../api/object.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import { ReadOnlyError } from '../../store/store.ts';
import { type Rest, restFor } from '../testing/rest.ts';
import { useFreshServer } from '../testing/use-server.ts';

const store = createMemoryStore();
const commit = store.commit.bind(store);
const server = useFreshServer({ store });
let rest: Rest;
beforeEach(async () => {
  rest = await restFor(server);
});
afterEach(() => rest.close());

describe('requests to the store', () => {
  it('are timed and counted by what they do, those that fail, too', async () => {
    const claims = {
      ...{ group: 'coordination.k8s.io', version: 'v1' },
      ...{ resource: 'leases', namespace: 'default' },
    };
    const name = 'timed';
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } };
    const { client } = server;
    await client.create(claims, lease as UnknownObject);
    const patch = { metadata: { labels: { a: 'b' } } };
    await client.patch({ ...claims, name }, 'merge', patch);
    store.commit = () => Promise.reject(new ReadOnlyError('no room'));
    await expect(client.delete({ ...claims, name })).rejects.toThrow('no room');
    store.commit = commit;
    await client.delete({ ...claims, name });
    const list = `/apis/coordination.k8s.io/v1/namespaces/default/leases`;
    const exactly = `resourceVersion=${store.revision}&resourceVersionMatch=Exact`;
    expect((await rest.send(`${list}?${exactly}`)).code).toBe(200);
    const page = (await rest.send('/metrics')).body.toString();
    const of = (metric: string) =>
      page.split('\n').flatMap((line) => {
        const found =
          /^(\w+)\{operation="(\w+)",group="coordination.k8s.io",resource="leases"\} (\d+)$/.exec(
            line,
          );
        return found?.[1] === metric ? [`${found[2]} ${found[3]}`] : [];
      });
    const all = ['create 1', 'update 1', 'delete 2', 'list 1'];
    expect(of('etcd_request_duration_seconds_count')).toEqual(all);
    expect(of('etcd_requests_total')).toEqual(all);
    expect(of('etcd_request_errors_total')).toEqual(['delete 1']);
  });
});
