import { describe, expect, it } from 'vitest';
import { parseRequest } from '../http/request-info.ts';
import { judge, parsePolicy } from './policy.ts';

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';
const jane = { name: 'jane', groups: ['dev', 'system:authenticated'] };

describe('an audit policy', () => {
  const policy = parsePolicy(`${head}omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-proxy"]
  verbs: ["watch"]
  resources: [{group: "", resources: ["endpoints", "services"]}]
- level: None
  nonResourceURLs: ["/healthz*", "/version"]
- level: Metadata
  resources: [{group: "", resources: ["secrets", "*/token"]}]
  omitStages: [ResponseStarted]
- level: Request
  resources: [{group: "", resources: ["configmaps"], resourceNames: ["controller-leader"]}]
- level: RequestResponse
  namespaces: ["prod"]
  userGroups: ["dev"]
  resources: [{group: "apps"}, {group: "", resources: ["pods/*"]}]
  omitManagedFields: true
- level: Metadata
  verbs: ["create"]
`);
  const level = (method: string, path: string, user = jane) =>
    judge(policy, user, parseRequest(method, path)).level;

  it.each([
    ['GET', '/healthz/etcd', 'None'],
    ['GET', '/version', 'None'],
    ['GET', '/versions', 'None'],
    ['GET', '/api/v1/namespaces/a/secrets/x', 'Metadata'],
    ['POST', '/api/v1/namespaces/a/serviceaccounts/x/token', 'Metadata'],
    ['GET', '/api/v1/namespaces/a/configmaps/controller-leader', 'Request'],
    ['GET', '/api/v1/namespaces/a/configmaps/other', 'None'],
    ['GET', '/apis/apps/v1/namespaces/prod/deployments', 'RequestResponse'],
    ['GET', '/apis/apps/v1/namespaces/test/deployments', 'None'],
    ['GET', '/api/v1/namespaces/prod/pods/x', 'RequestResponse'],
    ['GET', '/api/v1/namespaces/prod/services', 'None'],
    ['POST', '/api/v1/namespaces/prod/services', 'Metadata'],
  ])('%s %s: %s', (method, path, expected) => {
    expect(level(method, path)).toBe(expected);
  });

  it('lets the first rule decide, by user and verb', () => {
    const proxy = { name: 'system:kube-proxy', groups: [] };
    const watch = parseRequest('GET', '/api/v1/services?watch=1');
    expect(judge(policy, proxy, watch).level).toBe('None');
    const catchAll = parsePolicy(`${head}rules: [{level: None, users: [a]}, {level: Metadata}]`);
    expect(judge(catchAll, { name: 'a', groups: [] }, watch).level).toBe('None');
    expect(judge(catchAll, jane, watch).level).toBe('Metadata');
  });

  it('adds up the stages that policy and rule leave out', () => {
    const verdict = judge(policy, jane, parseRequest('GET', '/api/v1/secrets'));
    expect([...verdict.omitStages]).toEqual(['RequestReceived', 'ResponseStarted']);
    const other = judge(policy, jane, parseRequest('GET', '/apis/apps/v1/namespaces/prod/x'));
    expect(other.omitManagedFields).toBe(true);
  });

  it.each([
    ['kind: Policy', /expected apiVersion/],
    [`${head}rules: []`, /rules: at least one/],
    [`${head}rules: [{level: All}]`, /rules\[0\].level: Unsupported value: "All"/],
    [`${head}rules: [{level: None, user: [a]}]`, /rules\[0\].user: unknown field/],
    [`${head}rules: [{level: None, users: a}]`, /users: must be a list of strings/],
    [`${head}rules: [{level: None, omitStages: [Never]}]`, /Unsupported value: "Never"/],
    [`${head}rules: [{level: None, nonResourceURLs: [healthz]}]`, /must begin with "\/"/],
    [
      `${head}rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]`,
      /cannot apply to both/,
    ],
    [`${head}rules: [{level: None, resources: [{group: apps/v1}]}]`, /no API group/],
    [`${head}rules: [{level: None, resources: [{resourceNames: [a]}]}]`, /at least one resource/],
    ['a: [', /no YAML/],
  ])('is refused: %s', (text, problem) => {
    expect(() => parsePolicy(text)).toThrow(problem);
  });
});
