/** What must hold of server-side apply whatever is applied, by whomever. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import { ApiError, type StatusCause } from '../../../api/status.ts';
import { deploymentSchema, frozen, testSchemas } from '../testing/schemas.ts';
import { serverSideApply } from './managed-fields.ts';

type Fields = Readonly<Record<string, string>>;

/** Leaves of a Deployment, each with a name of its own, and how an object of some of them looks. */
const names = ['replicas', 'label a', 'label b', 'image a', 'image b', 'args a', 'port a'] as const;

function objectOf(fields: Fields): KubeObject {
  const has = (name: string) => fields[name] !== undefined;
  const container = (name: string) => ({
    name,
    ...(has(`image ${name}`) ? { image: fields[`image ${name}`] } : {}),
    ...(has(`args ${name}`) ? { args: [fields[`args ${name}`]] } : {}),
    ...(has(`port ${name}`)
      ? { ports: [{ containerPort: 80, name: fields[`port ${name}`] }] }
      : {}),
  });
  const wanted = ['a', 'b'].filter((name) =>
    names.some((each) => each.endsWith(` ${name}`) && !each.startsWith('label') && has(each)),
  );
  const labels = Object.fromEntries(
    ['a', 'b']
      .filter((name) => has(`label ${name}`))
      .map((name) => [name, fields[`label ${name}`]]),
  );
  return frozen({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', ...(Object.keys(labels).length > 0 ? { labels } : {}) },
    spec: {
      ...(has('replicas') ? { replicas: Number(fields.replicas) } : {}),
      ...(wanted.length > 0 ? { template: { spec: { containers: wanted.map(container) } } } : {}),
    },
  }) as KubeObject;
}

function apply(live: KubeObject | undefined, fields: Fields, manager: string, force = false) {
  return frozen(
    serverSideApply({
      ...{ live, applied: objectOf(fields), manager, force },
      ...{ schema: deploymentSchema, source: testSchemas, apiVersion: 'apps/v1' },
      time: '2026-01-01T00:00:00Z',
    }),
  );
}

/** The fields of the conflict, none if it is none. */
function conflictsOf(live: KubeObject, fields: Fields, manager: string): StatusCause[] {
  try {
    apply(live, fields, manager);
    return [];
  } catch (error) {
    if (error instanceof ApiError) return error.status.details?.causes ?? [];
    throw error;
  }
}

/** The object with its lists in one order, and without what says nothing. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(tidy).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, tidy(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const values = fc.constantFrom('1', '2');
const fields = fc.dictionary(fc.constantFrom(...names), values, { noNullPrototype: true });
const hasAny = (some: Fields) => Object.keys(some).length > 0;

test('applies of different fields commute', () => {
  const parted = fc
    .tuple(fields, fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length }))
    .map(([all, mine]) => {
      const part = (own: boolean): Fields =>
        Object.fromEntries(
          Object.entries(all).filter(([name]) => mine[names.indexOf(name as never)] === own),
        );
      return [part(true), part(false)] as const;
    });
  fc.assert(
    fc.property(parted, ([mine, yours]) => {
      const one = apply(apply(undefined, mine, 'me'), yours, 'you');
      const other = apply(apply(undefined, yours, 'you'), mine, 'me');
      expect(tidy(one)).toEqual(tidy(other));
      expect(tidy({ ...one, metadata: {} })).toEqual(
        tidy({ ...apply(undefined, { ...mine, ...yours }, 'one'), metadata: {} }),
      );
    }),
  );
});

test('who is in my way, in whose way I am', () => {
  fc.assert(
    fc.property(fields, fields, (mine, yours) => {
      const told = (causes: StatusCause[]) => causes.map(({ field }) => field).sort();
      const found = told(conflictsOf(apply(undefined, mine, 'me'), yours, 'you'));
      expect(told(conflictsOf(apply(undefined, yours, 'you'), mine, 'me'))).toEqual(found);
      const differ = Object.keys(mine).some(
        (name) => yours[name] !== undefined && yours[name] !== mine[name],
      );
      expect(found.length > 0).toBe(differ);
    }),
  );
});

test('the same again changes nothing, not even the time', () => {
  fc.assert(
    fc.property(fields, fields, (mine, yours) => {
      const live = apply(apply(undefined, mine, 'me'), yours, 'you', true);
      const again = serverSideApply({
        ...{ live, applied: objectOf(yours), manager: 'you', force: false },
        ...{ schema: deploymentSchema, source: testSchemas, apiVersion: 'apps/v1' },
        time: '2027-01-01T00:00:00Z',
      });
      expect(again).toEqual(live);
    }),
  );
});

test('a field goes with its last owner, and not before', () => {
  fc.assert(
    fc.property(fields, fields, fc.constantFrom(...names), (mine, yours, name) => {
      const shared = { ...yours, ...mine };
      fc.pre(mine[name] !== undefined);
      // Others own the same values, so that nobody is in anybody's way.
      const others = Object.fromEntries(
        Object.keys(yours).map((each) => [each, shared[each] ?? '1']),
      );
      const live = apply(apply(undefined, mine, 'me'), others, 'you');
      const { [name]: _gone, ...rest } = mine;
      const left = apply(live, rest, 'me');
      const wanted = objectOf({ ...rest, ...others });
      const bare = (object: KubeObject) =>
        tidy({ ...object, metadata: { ...object.metadata, managedFields: [] } });
      expect(withoutHusks(bare(left))).toEqual(withoutHusks(bare(wanted)));
      const stays = others[name] !== undefined;
      expect(hasAny(others) ? conflictsOf(left, { [name]: '9' }, 'me').length > 0 : false).toBe(
        stays,
      );
    }),
  );
});

/** Without containers that have a name alone: an owner's element stays as long as it has a key. */
function withoutHusks(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.keys(member).length === 0 ? undefined : member;
  });
}
