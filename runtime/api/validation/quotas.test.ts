import { expect, it } from 'vitest';
import type { ResourceQuota } from '../types.ts';
import { validateCreate } from './validate.ts';

function problems(spec: object): string[] {
  const quota = {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'a' }, spec },
  } as unknown as ResourceQuota;
  return validateCreate(quota).map(({ field, message }) => `${field}: ${message}`);
}

const expression = (scopeName: string, operator: string, values?: string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values ? { values } : {}) }] },
});

it('takes every resource that can be counted', () => {
  const names = [
    ...['cpu', 'limits.memory', 'requests.ephemeral-storage', 'requests.storage', 'hugepages-2Mi'],
    ...['requests.nvidia.com/gpu', 'count/deployments.apps', 'services.nodeports', 'pods'],
    'gold.storageclass.storage.k8s.io/requests.storage',
  ];
  expect(problems({ hard: Object.fromEntries(names.map((name) => [name, '1'])) })).toEqual([]);
  expect(problems({ hard: { colour: '1', pods: '500m', 'count/secrets': '0.5' } })).toEqual([
    'spec.hard[colour]: Invalid value: "colour": must be a standard resource type or fully qualified',
    'spec.hard[colour]: Invalid value: "colour": must be a standard resource for quota',
    'spec.hard[pods]: Invalid value: "500m": must be an integer',
    'spec.hard[count/secrets]: Invalid value: "0.5": must be an integer',
  ]);
});

it('lets scopes limit only what is in their reach', () => {
  const hard = { pods: '1', 'requests.cpu': '1', 'count/pods': '1' };
  expect(problems({ hard, scopes: ['NotTerminating', 'NotBestEffort'] })).toEqual([]);
  expect(problems({ hard, scopes: ['BestEffort'] })).toEqual([
    'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  ]);
  expect(problems({ hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort', 'X'] })).toEqual([
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","X"]: unsupported scope',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","X"]: conflicting scopes',
  ]);
  const claims = { hard: { persistentvolumeclaims: '1', 'requests.storage': '1Gi' } };
  expect(problems({ ...claims, ...expression('VolumeAttributesClass', 'In', ['a']) })).toEqual([]);
  expect(problems({ ...claims, ...expression('PriorityClass', 'Exists') })).toHaveLength(2);
});

it('knows which operators take values', () => {
  const hard = { pods: '1' };
  const at = 'spec.scopeSelector.matchExpressions';
  expect(problems({ hard, ...expression('PriorityClass', 'In') })).toEqual([
    `${at}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
  ]);
  expect(problems({ hard, ...expression('PriorityClass', 'Exists', ['a']) })).toEqual([
    `${at}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
  ]);
  expect(problems({ hard, ...expression('Terminating', 'Is') })).toEqual([
    expect.stringContaining(`${at}.operator: Invalid value: "Is": must be 'Exists' when scope is`),
    `${at}.operator: Invalid value: "Is": not a valid selector operator`,
  ]);
});
