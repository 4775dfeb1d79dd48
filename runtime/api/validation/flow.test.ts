import { expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { fixedFlowSchemas, fixedPriorityLevels } from './flow-fixed.ts';
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
  expect(messages(object('FlowSchema', 'exempt', fixedFlowSchemas.exempt))).toEqual([]);
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

it('lets nobody change what every cluster has to have', () => {
  for (const [name, spec] of Object.entries(fixedFlowSchemas)) {
    expect(messages(object('FlowSchema', name, spec))).toEqual([]);
    const [problem] = messages(object('FlowSchema', name, { ...spec, matchingPrecedence: 7 }));
    expect(problem).toMatch(new RegExp(`^spec: .*: spec of '${name}' must equal the fixed value$`));
  }
  const level = (name: string, spec: object) =>
    messages(object('PriorityLevelConfiguration', name, spec));
  const exempt = { ...fixedPriorityLevels.exempt, exempt: { nominalConcurrencyShares: 9 } };
  expect(level('exempt', exempt)).toEqual([]);
  const all = fixedPriorityLevels['catch-all'];
  expect(level('catch-all', all)).toEqual([]);
  const more = { ...all, limited: { ...all.limited, nominalConcurrencyShares: 6 } };
  expect(level('catch-all', more)[0]).toMatch(/: spec of 'catch-all' must equal the fixed value$/);
  const [type, whole] = level('exempt', all);
  const why = "type must be 'Exempt' if and only if name is 'exempt'";
  expect(type).toBe(`spec.type: Invalid value: "Limited": ${why}`);
  expect(whole).toContain("spec of 'exempt' except the 'spec.exempt' field must equal");
  expect(level('mine', exempt)).toEqual([`spec.type: Invalid value: "Exempt": ${why}`]);
});

it('takes a finalizer without a domain where the original does', () => {
  const lease = (apiVersion: string, kind: string) =>
    messages({ apiVersion, kind, metadata: { name: 'mine', finalizers: ['plain'] } });
  expect(lease('coordination.k8s.io/v1', 'Lease')).toEqual([]);
  expect(lease('policy/v1', 'PodDisruptionBudget')).toEqual([]);
  expect(lease('v1', 'ConfigMap')).toHaveLength(1);
});
