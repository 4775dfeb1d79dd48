import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { deploymentSchema, frozen, testSchemas } from '../testing/schemas.ts';
import { type Apply, serverSideApply, trackUpdate, type Update } from './managed-fields.ts';

const common = {
  schema: deploymentSchema,
  source: testSchemas,
  apiVersion: 'apps/v1',
  time: '2026-01-01T00:00:00Z',
};
const later = '2026-01-01T00:01:00Z';

function deployment(fields: object, metadata: object = {}): KubeObject {
  return frozen({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', ...metadata },
    ...fields,
  });
}

/** The object with what the write has made of its managedFields. */
function update(options: Partial<Update> & { next: KubeObject }): KubeObject {
  const managedFields = trackUpdate({
    manager: 'editor',
    previous: undefined,
    ...common,
    ...options,
  });
  const { managedFields: _old, ...metadata } = options.next.metadata;
  return frozen({
    ...options.next,
    metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields },
  });
}

function apply(options: Partial<Apply> & { applied: KubeObject }): KubeObject {
  return frozen(
    serverSideApply({ live: undefined, manager: 'gitops', force: false, ...common, ...options }),
  );
}

const owners = (object: KubeObject) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map((entry: ManagedFieldsEntry) => [
      entry.manager,
      entry.fieldsV1,
    ]),
  );
const containers = (...list: object[]) => ({ spec: { template: { spec: { containers: list } } } });
const image = (name: string, version: string) => ({ name, image: version });

function failure(call: () => unknown): ApiError {
  try {
    call();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('updates', () => {
  const created = update({
    next: deployment(
      {
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'web' } },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
          ...containers({ name: 'a', image: '1', resources: {}, ports: [{ containerPort: 80 }] })
            .spec,
        },
        status: {},
      },
      { labels: { app: 'web' }, uid: 'u', creationTimestamp: common.time },
    ),
  });

  test('a create owns what the original would record', () => {
    expect(created.metadata.managedFields).toEqual([
      {
        manager: 'editor',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: common.time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"a"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': {
                        '.': {},
                        'f:containerPort': {},
                      },
                    },
                    'f:resources': {},
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  test('a changed field changes hands; time moves for the one who took it', () => {
    const next = {
      ...created,
      spec: { ...(created as never as { spec: object }).spec, replicas: 3 },
    };
    const scaled = update({ previous: created, next, manager: 'hpa', time: later });
    expect(owners(scaled).hpa).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(owners(scaled).editor).not.toHaveProperty(['f:spec', 'f:replicas']);
    expect(scaled.metadata.managedFields?.map(({ time }) => time)).toEqual([common.time, later]);
  });

  test('a write that changes nothing leaves the entries as they are', () => {
    const again = update({ previous: created, next: created, manager: 'other', time: later });
    expect(again.metadata.managedFields).toEqual(created.metadata.managedFields);
  });

  test('status is recorded per subresource, and only there', () => {
    const next = { ...created, status: { replicas: 1 } };
    expect(
      owners(update({ previous: created, next, manager: 'm', time: later })),
    ).not.toHaveProperty('m');
    const reported = update({ previous: created, next, manager: 'm', subresource: 'status' });
    expect(reported.metadata.managedFields?.find(({ manager }) => manager === 'm')).toMatchObject({
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:replicas': {} } },
    });
  });

  test('an entry goes when it owns nothing any more', () => {
    const labelled = update({ next: deployment({}, { labels: { a: '1' } }) });
    const bare = update({ previous: labelled, next: deployment({}), manager: 'other' });
    expect(bare.metadata.managedFields).toBeUndefined();
  });

  test('managedFields can be given, left out, and reset', () => {
    const entry = {
      manager: 'given',
      operation: 'Update' as const,
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1' as const,
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    };
    const withEntries = (managedFields: ManagedFieldsEntry[] | undefined) => {
      const { managedFields: _old, ...metadata } = created.metadata;
      const next = {
        ...created,
        metadata: managedFields === undefined ? metadata : { ...metadata, managedFields },
      };
      return owners(update({ previous: created, next, manager: 'other' }));
    };
    expect(withEntries(undefined)).toEqual(owners(created));
    expect(withEntries([])).toEqual(owners(created));
    expect(withEntries([entry])).toEqual({ given: entry.fieldsV1 });
    expect(withEntries([{}])).toEqual({});
  });

  test('the oldest of more than ten updaters are folded together', () => {
    let object = update({ next: deployment({}, { labels: { m0: 'x' } }), manager: 'm0' });
    for (let i = 1; i < 14; i++) {
      const labels = { ...object.metadata.labels, [`m${i}`]: 'x' };
      const time = `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`;
      const next = { ...object, metadata: { ...object.metadata, labels } };
      object = update({ previous: object, next, manager: `m${i}`, time });
    }
    expect(object.metadata.managedFields).toHaveLength(10);
    expect(owners(object)['ancient-changes']).toMatchObject({
      'f:metadata': { 'f:labels': { 'f:m0': {}, 'f:m1': {} } },
    });
  });
});

describe('apply', () => {
  test('a first apply creates the object and owns what was given, no more', () => {
    const object = apply({
      applied: deployment(containers(image('a', '1')), { labels: { a: '1' } }),
    });
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'gitops',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: common.time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:a': {} } },
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } },
              },
            },
          },
        },
      },
    ]);
  });

  test('another value of an owned field is a conflict; force takes the field', () => {
    const live = update({
      next: deployment({ spec: { replicas: 1, paused: true } }),
      manager: 'kubectl-client-side-apply',
    });
    const applied = deployment({ spec: { replicas: 3 } });
    const { status } = failure(() => apply({ live, applied }));
    expect(status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    });
    const forced = apply({ live, applied, force: true });
    expect(forced).toMatchObject({ spec: { replicas: 3, paused: true } });
    expect(owners(forced)).toEqual({
      gitops: { 'f:spec': { 'f:replicas': {} } },
      'kubectl-client-side-apply': { 'f:spec': { 'f:paused': {} } },
    });
  });

  test('several conflicts are listed by manager', () => {
    const one = update({ next: deployment({ spec: { replicas: 1 } }), manager: 'one' });
    const next = { ...one, spec: { replicas: 1, ...containers(image('a', '1')).spec } };
    const live = update({ previous: one, next, manager: 'two' });
    const applied = deployment({ spec: { replicas: 2, ...containers(image('a', '2')).spec } });
    expect(failure(() => apply({ live, applied })).message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one" using apps/v1:\n- .spec.replicas\n' +
        'conflicts with "two" using apps/v1:\n- .spec.template.spec.containers[name="a"].image',
    );
  });

  test('the same value is shared, and then stays until the last owner leaves it out', () => {
    const live = apply({ applied: deployment({ spec: { replicas: 1 } }), manager: 'one' });
    const shared = apply({ live, applied: deployment({ spec: { replicas: 1 } }), manager: 'two' });
    expect(Object.keys(owners(shared))).toEqual(['one', 'two']);
    const left = apply({ live: shared, applied: deployment({}), manager: 'one' });
    expect(left).toMatchObject({ spec: { replicas: 1 } });
    expect(Object.keys(owners(left))).toEqual(['two']);
    const gone = apply({ live: left, applied: deployment({}), manager: 'two' });
    expect(gone).not.toHaveProperty(['spec', 'replicas']);
    expect(gone.metadata.managedFields).toBeUndefined();
  });

  test('list elements come and go by key, ports with their default protocol', () => {
    const live = apply({
      applied: deployment(
        containers({ ...image('a', '1'), ports: [{ containerPort: 80 }] }, image('b', '1')),
      ),
    });
    const defaulted = update({
      previous: live,
      next: {
        ...live,
        ...containers(
          { ...image('a', '1'), ports: [{ containerPort: 80, protocol: 'TCP' }] },
          image('b', '1'),
          image('injected', '1'),
        ),
      } as KubeObject,
      manager: 'injector',
    });
    const next = apply({
      live: defaulted,
      applied: deployment(containers({ ...image('a', '2'), ports: [{ containerPort: 80 }] })),
    });
    expect(next).toMatchObject(
      containers(
        { ...image('a', '2'), ports: [{ containerPort: 80, protocol: 'TCP' }] },
        image('injected', '1'),
      ),
    );
  });

  test('atomic parts and empty maps belong to one', () => {
    const live = apply({
      applied: deployment({ spec: { selector: { matchLabels: { a: '1', b: '2' } } } }),
    });
    const next = apply({
      live,
      applied: deployment({ spec: { selector: { matchLabels: { a: '1' } } } }),
    });
    expect(next).toMatchObject({ spec: { selector: { matchLabels: { a: '1' } } } });
    expect(
      (next as never as { spec: { selector: { matchLabels: object } } }).spec.selector.matchLabels,
    ).not.toHaveProperty('b');
  });

  test('another spelling of a quantity is no conflict', () => {
    const limits = (cpu: unknown) =>
      deployment(containers({ ...image('a', '1'), resources: { limits: { cpu } } }));
    const live = update({ next: limits('500m') });
    expect(() => apply({ live, applied: limits(0.5) })).not.toThrow();
    expect(failure(() => apply({ live, applied: limits(0.6) })).code).toBe(409);
  });

  test('an apply that changes nothing changes nothing, not even the time', () => {
    const applied = deployment(containers(image('a', '1')));
    const live = apply({ applied });
    expect(apply({ live, applied, time: later })).toEqual(live);
  });

  test('owners that were never recorded are before-first-apply', () => {
    const live = deployment({ spec: { replicas: 1 } });
    const error = failure(() => apply({ live, applied: deployment({ spec: { replicas: 2 } }) }));
    expect(error.message).toContain('conflict with "before-first-apply" using apps/v1');
  });

  test('kubectl takes over what its client-side apply had set, and renews the annotation', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const first = { spec: { replicas: 1 } };
    const live = update({
      next: deployment(first, {
        annotations: { [annotation]: JSON.stringify(deployment(first)) },
      }),
      manager: 'kubectl-client-side-apply',
    });
    const applied = deployment({ spec: { replicas: 2 } }, { labels: { b: '<&>', a: '1' } });
    failure(() => apply({ live, applied, manager: 'gitops' }));
    const taken = apply({ live, applied, manager: 'kubectl' });
    expect(taken).toMatchObject({ spec: { replicas: 2 } });
    const renewed = taken.metadata.annotations?.[annotation] ?? '';
    expect(JSON.parse(renewed)).toEqual(applied);
    // As the original writes it, so that clients find nothing to change.
    expect(renewed).toBe(
      String.raw`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"a":"1","b":"\u003c\u0026\u003e"},"name":"web"},"spec":{"replicas":2}}` +
        '\n',
    );
    const scaled = update({
      previous: live,
      next: { ...live, ...{ spec: { replicas: 5 } } },
      manager: 'hpa',
    });
    failure(() => apply({ live: scaled, applied, manager: 'kubectl' }));
  });

  test('refuses managedFields', () => {
    expect(failure(() => apply({ applied: deployment({}, { managedFields: [] }) })).code).toBe(400);
  });

  test('an object stays one when all of its metadata that was applied goes', () => {
    const live = apply({ applied: deployment({}, { labels: { a: 'b' } }) });
    expect(apply({ live, applied: deployment({}) }).metadata).toEqual({ name: 'web' });
  });

  test('elements of one key, which only other writes make, stay until somebody applies that key', () => {
    const live = update({
      next: deployment(containers(image('a', '1'), image('a', '2'), image('b', '1'))),
    });
    const other = apply({ live, applied: deployment(containers(image('c', '1'))) });
    const names = ({ spec }: KubeObject & { spec?: unknown }) =>
      (spec as ReturnType<typeof containers>['spec']).template.spec.containers;
    expect(names(other)).toEqual([...names(live), image('c', '1')]);
    const same = apply({ live, applied: deployment(containers(image('a', '3'))), force: true });
    expect(names(same)).toEqual([image('a', '3'), image('b', '1')]);
  });

  test('forgets what managers have in versions that are no more', () => {
    const old = { ...common, apiVersion: 'apps/v1beta1' };
    const live = update({ ...old, next: deployment({ spec: { replicas: 1 } }), manager: 'old' });
    const isVersion = (apiVersion: string) => apiVersion === 'apps/v1';
    const next = { ...live, ...{ spec: { replicas: 1, paused: true } } };
    expect(owners(update({ previous: live, next }))).toHaveProperty('old');
    expect(owners(update({ previous: live, next, isVersion }))).not.toHaveProperty('old');
    const applied = deployment({ spec: { replicas: 2 } });
    failure(() => apply({ live, applied }));
    expect(owners(apply({ live, applied, isVersion }))).toEqual({
      gitops: { 'f:spec': { 'f:replicas': {} } },
    });
  });
});

describe('properties', () => {
  const spec = fc.record(
    {
      replicas: fc.constantFrom(1, 2),
      paused: fc.boolean(),
      template: fc.record({
        spec: fc.record({
          containers: fc.uniqueArray(
            fc.record({
              name: fc.constantFrom('a', 'b', 'c'),
              image: fc.constantFrom('1', '2'),
            }),
            { selector: ({ name }) => name, minLength: 1 },
          ),
        }),
      }),
    },
    { requiredKeys: [] },
  );

  test('after a forced apply the configuration is there, and applying it again changes nothing', () => {
    fc.assert(
      fc.property(spec, spec, spec, (a, b, c) => {
        const live = apply({ applied: deployment({ spec: a }), manager: 'one' });
        const both = apply({ live, applied: deployment({ spec: b }), manager: 'two', force: true });
        const last = apply({
          live: both,
          applied: deployment({ spec: c }),
          manager: 'one',
          force: true,
        });
        if (c.replicas !== undefined)
          expect(last).toMatchObject({ spec: { replicas: c.replicas } });
        for (const container of c.template?.spec.containers ?? []) {
          expect(
            (last as never as { spec: { template: { spec: { containers: object[] } } } }).spec
              .template.spec.containers,
          ).toContainEqual(container);
        }
        expect(apply({ live: last, applied: deployment({ spec: c }), manager: 'one' })).toEqual(
          last,
        );
      }),
    );
  });

  test('one manager alone gets exactly what it applied last', () => {
    fc.assert(
      fc.property(spec, spec, (a, b) => {
        const live = apply({ applied: deployment({ spec: a }) });
        const next = apply({ live, applied: deployment({ spec: b }) });
        const fresh = apply({ applied: deployment({ spec: b }) });
        expect(tidy((next as never as { spec: unknown }).spec)).toEqual(
          tidy((fresh as never as { spec: unknown }).spec),
        );
        expect(owners(next)).toEqual(owners(fresh));
      }),
    );
  });

  /** Without empty containers, and lists in a fixed order. */
  function tidy(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.length === 0 ? undefined : value.map((entry) => JSON.stringify(entry)).sort();
    }
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value)
      .map(([key, entry]) => [key, tidy(entry)] as const)
      .filter(([, entry]) => entry !== undefined);
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  }
});
