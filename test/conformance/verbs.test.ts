/** Every kind, every verb, every subresource, over the wire, as clients of the original use them. */
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UnknownObject } from '../../runtime/api/object.ts';
import { useRest } from '../../runtime/apiserver/testing/use-server.ts';
import { allVerbs, type ServedKind, servedKinds } from './kinds.ts';

const namespace = 'default';
const merge = 'application/merge-patch+json';
const { rest } = useRest();

beforeAll(async () => {
  await ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
    metadata: { name: 'default' },
  });
});

interface Answer {
  readonly code: number;
  readonly body: UnknownObject & { items: UnknownObject[]; status?: Record<string, unknown> };
}

async function ask(method: string, path: string, body?: unknown, type = 'application/json') {
  const answer = await rest.send(path, {
    method,
    headers: { accept: 'application/json', 'content-type': type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { code: answer.code, body: answer.json() } as Answer;
}

/** The answer's object. Fails with what the server said if that is no success. */
async function done(method: string, path: string, body?: unknown, type?: string) {
  const answer = await ask(method, path, body, type);
  expect(answer.code, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const groupPath = ({ apiVersion }: ServedKind) =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

const collectionOf = (kind: ServedKind) =>
  `${groupPath(kind)}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.resource}`;

/** Some kinds are named after what is in them. */
function nameOf({ kind }: ServedKind): string {
  if (kind === 'CustomResourceDefinition') return 'things.example.com';
  if (kind === 'APIService') return 'v1.things.example.com';
  return kind === 'IPAddress' ? '10.96.7.7' : `tested-${kind.toLowerCase()}`;
}

const labels = { tested: 'yes' };

const made = (kind: ServedKind): UnknownObject => ({
  apiVersion: kind.apiVersion,
  kind: kind.kind,
  metadata: { name: nameOf(kind), labels },
  ...kind.body,
});

/** Changes an object as clients do: reads, writes, and once more if another was quicker. */
async function replace(path: string, change: (object: UnknownObject) => unknown) {
  for (;;) {
    const answer = await ask('PUT', path, change(await done('GET', path)));
    if (answer.code === 200) return answer.body;
    expect(answer).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  }
}

async function remove(kind: ServedKind): Promise<void> {
  const path = `${collectionOf(kind)}/${nameOf(kind)}`;
  if ((await ask('DELETE', path)).code === 404) return;
  const { code, body } = await ask('GET', path);
  if (code === 404) return;
  // What a controller would do before it is gone.
  expect(body.metadata.deletionTimestamp).toBeDefined();
  if (kind.kind === 'Namespace') await done('PUT', `${path}/finalize`, { ...body, spec: {} });
  else await done('PATCH', path, { metadata: { finalizers: [] } }, merge);
  expect((await ask('GET', path)).code).toBe(404);
}

const isUnchanged = (seen: unknown) => {
  const { now, before } = seen as { now: unknown; before: unknown };
  return now !== undefined && JSON.stringify(now) === JSON.stringify(before);
};

/** The lines of a watch, one event each. */
async function watching(path: string): Promise<{
  next(): Promise<{ type: string; object: UnknownObject }>;
  close(): void;
}> {
  const stream: IncomingMessage = await rest.open(path);
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value } = await lines.next();
      return JSON.parse(String(value)) as { type: string; object: UnknownObject };
    },
    close: () => stream.destroy(),
  };
}

describe.each(servedKinds.map((kind) => ({ name: `${kind.apiVersion} ${kind.kind}`, kind })))(
  '$name',
  ({ kind }) => {
    const names = [
      kind.resource,
      ...Object.keys(kind.subresources).map((s) => `${kind.resource}/${s}`),
    ];

    it('is in the discovery of its group', async () => {
      const { resources } = (await done('GET', groupPath(kind))) as unknown as {
        resources: {
          name: string;
          namespaced: boolean;
          kind: string;
          verbs: string[];
          shortNames?: string[];
        }[];
      };
      const own = resources.filter(({ name }) => name.split('/')[0] === kind.resource);
      expect(own.map(({ name }) => name).sort()).toEqual([...names].sort());
      for (const { name, namespaced, verbs, shortNames = [] } of own) {
        const [, subresource] = name.split('/');
        expect({ name, namespaced }).toEqual({ name, namespaced: kind.namespaced });
        const wanted = subresource === undefined ? kind.verbs : kind.subresources[subresource];
        expect({ name, verbs: [...verbs].sort() }).toEqual({
          name,
          verbs: [...(wanted ?? [])].sort(),
        });
        if (subresource === undefined) expect(shortNames).toEqual(kind.shortNames);
      }
    });

    it('is in aggregated discovery', async () => {
      const root = kind.apiVersion.includes('/') ? '/apis' : '/api';
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      const answer = await rest.send(root, { headers: { accept } });
      const { items } = answer.json() as {
        items: {
          metadata: { name?: string };
          versions: {
            version: string;
            resources: {
              resource: string;
              verbs: string[];
              scope: string;
              subresources?: { subresource: string }[];
            }[];
          }[];
        }[];
      };
      const [version = '', group = ''] = kind.apiVersion.split('/').reverse();
      const found = items
        .find(({ metadata }) => (metadata.name ?? '') === group)
        ?.versions.find((candidate) => candidate.version === version)
        ?.resources.find(({ resource }) => resource === kind.resource);
      expect(found?.scope).toBe(kind.namespaced ? 'Namespaced' : 'Cluster');
      expect([...(found?.verbs ?? [])].sort()).toEqual([...kind.verbs].sort());
      expect((found?.subresources ?? []).map(({ subresource }) => subresource).sort()).toEqual(
        Object.keys(kind.subresources).sort(),
      );
    });

    if (kind.body === undefined) return;
    const collection = collectionOf(kind);
    const path = `${collection}/${nameOf(kind)}`;

    it('is created, read, listed, watched, changed and deleted', async () => {
      const watch = await watching(`${collection}?watch=true&labelSelector=tested%3Dyes`);
      const created = await done('POST', `${collection}?fieldValidation=Strict`, made(kind));
      expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await ask('POST', collection, made(kind))).toMatchObject({
        code: 409,
        body: { reason: 'AlreadyExists' },
      });
      expect(await done('GET', path)).toMatchObject(made(kind));
      const listed = await done('GET', `${collection}?labelSelector=tested%3Dyes`);
      expect(listed.kind).toBe(`${kind.kind}List`);
      expect(listed.items.map(({ metadata }) => metadata.name)).toEqual([nameOf(kind)]);
      const everywhere = await done(
        'GET',
        `${groupPath(kind)}/${kind.resource}?labelSelector=tested%3Dyes&resourceVersion=0`,
      );
      expect(everywhere.items).toHaveLength(1);

      expect(await done('PATCH', path, kind.change, merge)).toMatchObject(kind.change);
      const replaced = await replace(path, (object) => ({
        ...object,
        metadata: { ...object.metadata, annotations: { replaced: 'yes' } },
      }));
      expect(replaced.metadata.annotations).toMatchObject({ replaced: 'yes' });
      const stale = { ...replaced, metadata: { ...replaced.metadata, resourceVersion: '1' } };
      expect(await ask('PUT', path, stale)).toMatchObject({
        code: 409,
        body: { reason: 'Conflict' },
      });
      const add = [{ op: 'add', path: '/metadata/annotations/json', value: 'yes' }];
      await done('PATCH', path, add, 'application/json-patch+json');
      const strategic = { metadata: { annotations: { strategic: 'yes' } } };
      await done('PATCH', path, strategic, 'application/strategic-merge-patch+json');
      const applied = {
        ...{ apiVersion: kind.apiVersion, kind: kind.kind },
        metadata: { name: nameOf(kind), annotations: { applied: 'yes' } },
      };
      const last = await done(
        'PATCH',
        `${path}?fieldManager=tester`,
        applied,
        'application/apply-patch+yaml',
      );
      expect(last.metadata.annotations).toMatchObject({
        ...{ replaced: 'yes', json: 'yes', strategic: 'yes', applied: 'yes' },
      });
      expect(last.metadata.managedFields).toContainEqual(
        expect.objectContaining({ manager: 'tester', operation: 'Apply' }),
      );

      await remove(kind);
      const types: string[] = [];
      while (types.at(-1) !== 'DELETED') types.push((await watch.next()).type);
      watch.close();
      // Five of ours; of some kinds the server writes a status meanwhile.
      expect(types.length).toBeGreaterThanOrEqual(7);
      expect(types.slice(0, -1)).toEqual(['ADDED', ...Array(types.length - 2).fill('MODIFIED')]);
    });

    it('is shown as a table and as its metadata alone', async () => {
      await done('POST', collection, made(kind));
      const as = (what: string) => ({
        headers: { accept: `application/json;as=${what};v=v1;g=meta.k8s.io` },
      });
      const table = (await rest.send(path, as('Table'))).json() as {
        columnDefinitions: { name: string }[];
        rows: { cells: unknown[] }[];
      };
      expect(table.columnDefinitions.map(({ name }) => name)).toContain(
        ['Event', 'Status'].includes(kind.kind) ? 'Reason' : 'Name',
      );
      expect(table.rows[0]?.cells).toHaveLength(table.columnDefinitions.length);
      const partial = (await rest.send(path, as('PartialObjectMetadata'))).json() as UnknownObject;
      expect(Object.keys(partial).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
      expect(partial).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { labels } });
      await remove(kind);
    });

    it('is not changed by who reads it as protobuf and writes it back', async () => {
      await done('POST', collection, made(kind));
      const type = 'application/vnd.kubernetes.protobuf';
      // Of some kinds the server writes a status meanwhile.
      await expect
        .poll(async () => {
          const before = await done('GET', path);
          const { body } = await rest.send(path, { headers: { accept: type } });
          const headers = { accept: 'application/json', 'content-type': type };
          const answer = await rest.send(path, { method: 'PUT', headers, body });
          return answer.code === 409 || { now: answer.json(), before };
        })
        .toSatisfy(isUnchanged);
      await remove(kind);
    });

    if (kind.verbs.includes('deletecollection'))
      it('is deleted by selector', async () => {
        await done('POST', collection, made(kind));
        const dry = `${collection}?labelSelector=tested%3Dyes&dryRun=All`;
        expect((await done('DELETE', dry)).items).toHaveLength(1);
        await done('DELETE', `${collection}?labelSelector=tested%3Dno`);
        await done('GET', path);
        await done('DELETE', `${collection}?labelSelector=tested%3Dyes`);
        await remove(kind);
      });
    else
      it('is not deleted by selector', async () => {
        expect((await ask('DELETE', collection)).code).toBe(405);
      });

    const { status } = kind;
    if (status !== undefined)
      it('has a status of its own', async () => {
        await done('POST', collection, made(kind));
        // Of some kinds the server writes conditions of its own beside ours.
        const { conditions } = status as { conditions?: unknown[] };
        const beside = conditions && { conditions: expect.arrayContaining(conditions) };
        const wanted = { ...status, ...beside };
        const before = await done('GET', `${path}/status`);
        const labelsToo = { metadata: { annotations: { touched: 'yes' } } };
        const patched = await done('PATCH', `${path}/status`, { ...labelsToo, status }, merge);
        expect(patched.status).toMatchObject(wanted);
        expect(patched.metadata.generation).toBe(before.metadata.generation);
        // Who writes the object does not write its status.
        const other = await replace(path, (object) => ({ ...object, status: {} }));
        expect(other.status).toMatchObject(wanted);
        const put = await replace(`${path}/status`, (object) => ({ ...object, spec: {} }));
        expect(put.spec).toEqual(other.spec);
        await remove(kind);
      });

    if (kind.subresources.scale !== undefined)
      it('is scaled', async () => {
        await done('POST', collection, made(kind));
        const scale = await done('GET', `${path}/scale`);
        expect(scale).toMatchObject({
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          spec: { replicas: 1 },
        });
        await done('PUT', `${path}/scale`, { ...scale, spec: { replicas: 3 } });
        expect(await done('GET', path)).toMatchObject({ spec: { replicas: 3 } });
        await done('PATCH', `${path}/scale`, { spec: { replicas: 4 } }, merge);
        expect(await done('GET', path)).toMatchObject({ spec: { replicas: 4 } });
        await remove(kind);
      });
  },
);

it('serves no other kinds in the stable groups, and no verb it does not name', async () => {
  const known = new Set(servedKinds.map(({ apiVersion, resource }) => `${apiVersion} ${resource}`));
  const { groups } = (await done('GET', '/apis')) as unknown as {
    groups: { preferredVersion: { groupVersion: string } }[];
  };
  const preferred = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const unknown: string[] = [];
  for (const groupVersion of preferred) {
    const at = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
    const { resources } = (await done('GET', at)) as unknown as {
      resources: { name: string; verbs: string[] }[];
    };
    for (const { name, verbs } of resources) {
      expect(allVerbs).toEqual(expect.arrayContaining(verbs));
      if (!name.includes('/') && !known.has(`${groupVersion} ${name}`))
        unknown.push(`${groupVersion} ${name}`);
    }
  }
  expect(unknown).toEqual(['metrics.k8s.io/v1beta1 nodes', 'metrics.k8s.io/v1beta1 pods']);
});
