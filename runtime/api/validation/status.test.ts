import { expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { validateStatusUpdate } from './status.ts';

const object = (kind: string, status: object, apiVersion = 'apps/v1') =>
  ({ apiVersion, kind, metadata: { name: 'a' }, status }) as KubeObject;
const wrong = (kind: string, status: object, before: object = {}, apiVersion = 'apps/v1') =>
  validateStatusUpdate(object(kind, status, apiVersion), object(kind, before, apiVersion)).map(
    ({ field, message }) => `${field}: ${message}`,
  );

// As kube-apiserver answers them.
it('holds counts of parts below those of the whole', () => {
  const status = { replicas: 2, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 2 };
  expect(wrong('Deployment', status)).toEqual([
    'status.updatedReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
  ]);
  expect(wrong('ReplicaSet', { replicas: 1, fullyLabeledReplicas: 2 })).toEqual([
    'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
  ]);
  expect(wrong('StatefulSet', { replicas: 3, currentReplicas: 3, updatedReplicas: 3 })).toEqual([]);
  expect(wrong('ConfigMap', { replicas: -1 }, {}, 'v1')).toEqual([]);
});

it('takes no count below zero, and none that goes down but must not', () => {
  expect(wrong('DaemonSet', { numberReady: -1, collisionCount: 1 }, { collisionCount: 2 })).toEqual(
    [
      'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ],
  );
});

it('lets a job be over in one way', () => {
  const conditions = ['Complete', 'Failed'].map((type) => ({ type, status: 'True' }));
  expect(wrong('Job', { ready: 2, active: 1, conditions }, {}, 'batch/v1')).toEqual([
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
    expect.stringContaining('cannot set Complete=True and Failed=true conditions'),
  ]);
  expect(wrong('Job', { succeeded: 1, conditions: conditions.slice(1) }, {}, 'batch/v1')).toEqual(
    [],
  );
});
