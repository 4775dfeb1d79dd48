import { expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { validateCreate } from './validate.ts';

const object = (kind: string, name: string, spec: object): KubeObject =>
  ({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind,
    metadata: { name },
    spec,
  }) as unknown as KubeObject;

const messages = (given: KubeObject) =>
  validateCreate(given).map(({ field, message }) => `${field}: ${message}`);

const schema = (name: string, matchingPrecedence: number, rule: object) =>
  messages(
    object('FlowSchema', name, {
      matchingPrecedence,
      priorityLevelConfiguration: { name: 'catch-all' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: '*' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], ...rule }],
        },
      ],
    }),
  );

it('leaves the first place to the schema that is called exempt', () => {
  expect(schema('exempt', 1, { clusterScope: true })).toEqual([]);
  expect(schema('mine', 2, { clusterScope: true })).toEqual([]);
  const why = "Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1";
  expect(schema('mine', 1, { clusterScope: true })).toEqual([`spec.matchingPrecedence: ${why}`]);
});

it('asks where requests are that a rule is for', () => {
  expect(schema('mine', 2, { namespaces: ['*'] })).toEqual([]);
  const why = 'resource rules that are not cluster scoped must supply at least one namespace';
  expect(schema('mine', 2, {})).toEqual([
    `spec.rules[0].resourceRules[0].namespaces: Required value: ${why}`,
  ]);
});

it('asks for queues where requests are to queue', () => {
  const level = object('PriorityLevelConfiguration', 'mine', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue' } },
  });
  const why = 'Required value: must not be empty if limited.limitResponse.type is Limited';
  expect(messages(level)).toEqual([`spec.limited.limitResponse.queuing: ${why}`]);
});

it('takes a finalizer without a domain where the original does', () => {
  const lease = (apiVersion: string, kind: string) =>
    messages({ apiVersion, kind, metadata: { name: 'mine', finalizers: ['plain'] } });
  expect(lease('coordination.k8s.io/v1', 'Lease')).toEqual([]);
  expect(lease('policy/v1', 'PodDisruptionBudget')).toEqual([]);
  expect(lease('v1', 'ConfigMap')).toHaveLength(1);
});
