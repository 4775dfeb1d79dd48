/** What holds for objects of every built-in kind, made at random from their schemas. */
import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import { kinds } from '../../api/kinds.ts';
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import { realSchemas } from '../../api/schema-bundle.case.ts';
import { isApiError } from '../../api/status.ts';
import { validateCreate, validateUpdate } from '../../api/validation/validate.ts';
import { columnsOf } from '../http/table/columns.ts';
import { checkConfiguration, serverSideApply } from '../patching/apply/managed-fields.ts';
import { mergePatch } from '../patching/merge-patch.ts';
import { strategicMergePatch } from '../patching/strategic.ts';
import { randomFrom, randomObject } from '../protobuf/testing/objects.ts';
import { copyJson } from '../registry/json.ts';

const schemas = realSchemas();
const apiVersionOf = ({ group, version }: { group: string; version: string }) =>
  group === '' ? version : `${group}/${version}`;

/** Fields of the object: none, a few, some, all of them. */
const densities = [0, 0.1, 0.4, 1];
const seeds = [1, 2, 3];

const each = kinds
  .filter((kind) => schemas.forKind(kind) !== undefined)
  .map((kind) => ({ name: `${apiVersionOf(kind)} ${kind.kind}`, kind }));

function objectsOf(kind: (typeof kinds)[number]): UnknownObject[] {
  return densities.flatMap((density) =>
    seeds.map((seed) => {
      const made = randomObject(schemas, kind, randomFrom(seed), density);
      const metadata = {
        ...(made.metadata ?? {}),
        name: 'a',
        uid: 'u',
      } as UnknownObject['metadata'];
      delete metadata.managedFields;
      return {
        ...made,
        apiVersion: apiVersionOf(kind),
        kind: kind.kind,
        metadata,
      } as UnknownObject;
    }),
  );
}

/** The result, or undefined where the input makes no sense (two list elements of one key, say). */
function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isApiError(error)) return undefined;
    throw error;
  }
}

describe.each(each)('$name', ({ kind }) => {
  const schema = schemas.forKind(kind) ?? {};
  const objects = objectsOf(kind);
  /** The object after the manager has applied it; undefined if that is refused. */
  const applied = (live: KubeObject | undefined, wanted: KubeObject, manager: string) =>
    unlessRefused(() => {
      checkConfiguration(wanted, schema, schemas);
      return serverSideApply({
        ...{ live, applied: wanted, manager, schema, source: schemas, force: false },
        ...{ apiVersion: apiVersionOf(kind), time: '2026-01-01T00:00:00Z' },
      });
    });

  it('is completed once and for all', () => {
    for (const object of objects) {
      const once = copyJson(object);
      applyDefaults(once as KubeObject);
      const twice = copyJson(once);
      applyDefaults(twice as KubeObject);
      expect(twice).toEqual(once);
    }
  });

  it('is judged without a fault', () => {
    for (const object of objects) {
      const complete = copyJson(object);
      applyDefaults(complete as KubeObject);
      expect(Array.isArray(validateCreate(complete))).toBe(true);
      expect(Array.isArray(validateUpdate(complete, copyJson(complete)))).toBe(true);
    }
  });

  it('has a row in its table, if it is one that is let in', () => {
    for (const object of objects) {
      const complete = { spec: {}, status: {}, ...copyJson(object) } as UnknownObject;
      applyDefaults(complete as KubeObject);
      if (validateCreate(complete).length > 0) continue;
      for (const { name, cell } of columnsOf(kind as Parameters<typeof columnsOf>[0])) {
        const shown = cell(complete, Date.UTC(2026, 0, 1));
        expect(['string', 'number', 'boolean', 'undefined'], name).toContain(typeof shown);
        expect(String(shown), name).not.toMatch(/\[object|NaN/);
      }
    }
  });

  it('is the same after a patch with itself, and after the same patch twice', () => {
    for (const [index, object] of objects.entries()) {
      expect(mergePatch(object, object)).toEqual(object);
      const patch = objects[(index + 5) % objects.length] as UnknownObject;
      const once = mergePatch(object, patch);
      expect(mergePatch(once, patch)).toEqual(once);
      // Two elements of one key in a list: what they mean together depends on who comes last.
      if (applied(undefined, patch as KubeObject, 'one') === undefined || hasTwins(patch)) continue;
      const merged = unlessRefused(() => strategicMergePatch(object, patch, schema, schemas));
      if (merged === undefined) continue;
      expect(unlessRefused(() => strategicMergePatch(merged, patch, schema, schemas))).toEqual(
        merged,
      );
    }
  });

  it('does not change when it is applied again, and goes when its owner drops it', () => {
    for (const object of objects) {
      const wanted = object as KubeObject;
      const once = applied(undefined, wanted, 'one');
      if (once === undefined) continue;
      expect(applied(once, wanted, 'one')).toEqual(once);
      // A second owner of the same values is no conflict, and keeps them when the first lets go.
      const both = applied(once, wanted, 'two');
      expect(both, 'a second owner').toBeDefined();
      const bare = { apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: { name: 'a' } };
      const kept = applied(both, bare as KubeObject, 'one');
      expect(withoutOwners(kept)).toEqual(withoutOwners(once));
    }
  });
});

/** Ports of one number and two protocols: two elements for an apply, one key for a strategic patch. */
function hasTwins(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) {
    for (const key of ['port', 'containerPort']) {
      const ports = value.flatMap((item) => (item as Record<string, unknown> | null)?.[key] ?? []);
      if (new Set(ports).size < ports.length) return true;
    }
  }
  return Object.values(value).some(hasTwins);
}

function withoutOwners(object: KubeObject | undefined): unknown {
  if (object === undefined) return undefined;
  const { managedFields: _owners, ...metadata } = object.metadata;
  return { ...object, metadata };
}
