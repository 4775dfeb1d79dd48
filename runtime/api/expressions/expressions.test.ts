import { describe, expect, it } from 'vitest';
import type { UnknownObject } from '../object.ts';
import { checkExpressions } from './check.ts';

const policy = (spec: object, kind = 'ValidatingAdmissionPolicy') =>
  ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'p' },
    spec,
  }) as UnknownObject;

const said = (object: UnknownObject, previous?: UnknownObject) =>
  checkExpressions(object, previous).map(({ field, message }) => `${field}: ${message}`);

const validation = (expression: string, more: object = {}) =>
  policy({ ...more, validations: [{ expression }] });

describe('expressions of policies', () => {
  it.each([
    ['object.spec.replicas <=', 'Syntax error: mismatched input'],
    ['objct.spec.replicas < 5', "undeclared reference to 'objct'"],
    ['params.limit < 5', "undeclared reference to 'params'"],
    ['variables.a', "undeclared reference to 'variables'"],
    ['request.userinfo.username == "a"', "ERROR: <input>:1:8: undefined field 'userinfo'"],
    ['namespaceObject.labels.env == "a"', "undefined field 'labels'"],
    ['"a" + "b"', 'must evaluate to bool'],
    ['request.name.startsWit("a")', "undeclared reference to 'startsWit'"],
    [
      'request.name.startsWith(1)',
      "ERROR: <input>:1:24: found no matching overload for 'startsWith' applied to 'string.(int)'",
    ],
    ['request.dryRun.startsWith("a")', "overload for 'startsWith' applied to 'bool.(string)'"],
    ['request.userInfo.groups.contains("a")', "'contains' applied to 'list(string).(string)'"],
    ['size(request.dryRun) > 1', "overload for 'size' applied to '(bool)'"],
    ['request.name.size() == "1"', "overload for '_==_' applied to '(int, string)'"],
    ['request.name.all(c, c == "a")', "expression of type 'string' cannot be range"],
    [' ', 'Required value: expression is not specified'],
  ])('%s', (expression, words) => {
    expect(said(validation(expression))).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    'request.?name.orValue("a").startsWith("b")',
    'request.userInfo.groups.exists(group, group.contains("a") && size(group) > 1)',
    'request.userInfo.groups.join(",").size() > 3 && request.userInfo.groups.indexOf("a") < 0',
    'int(request.name) + 1 > 2 && string(request.dryRun) == "true"',
    'sets.contains(request.userInfo.groups, ["a"]) && request.name in request.userInfo.groups',
    'quantity(request.name).isLessThan(quantity("1")) || request.name.matches("a+")',
    'request.userInfo.extra["a"].all(text, text.lowerAscii().split(",").size() > 0)',
  ])('take what functions are for: %s', (expression) => {
    expect(said(validation(expression))).toEqual([]);
  });

  it('may use their parameters, and variables that come before them', () => {
    const variables = [
      { name: 'a', expression: 'request.userInfo' },
      { name: 'b', expression: 'variables.a.username' },
      { name: 'c', expression: 'variables.d' },
      { name: 'd', expression: 'variables.a.nam' },
      { name: 'in', expression: '1' },
    ];
    const more = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, variables };
    expect(said(validation('variables.b == params.data.user', more))).toEqual([
      expect.stringMatching(/^spec.variables\[2\].expression: .*undefined field 'd'/s),
      expect.stringMatching(/^spec.variables\[3\].expression: .*undefined field 'nam'/s),
      expect.stringContaining('name is not a valid CEL identifier'),
    ]);
  });

  it('know less in conditions and in messages', () => {
    const spec = {
      variables: [{ name: 'a', expression: '1' }],
      matchConditions: [
        { name: 'a b', expression: 'variables.a == 1' },
        { name: 'c', expression: 'authorizer.path("/x").check("get").allowed()' },
        { name: 'c', expression: 'true' },
      ],
      validations: [
        { expression: 'true', messageExpression: 'string(variables.a)' },
        { expression: 'true', messageExpression: 'string(authorizer == null)' },
        { expression: 'true', messageExpression: '1 + 1' },
      ],
    };
    expect(said(policy(spec))).toEqual([
      expect.stringContaining("undeclared reference to 'variables'"),
      expect.stringMatching(/^spec.matchConditions\[0\].name: Invalid value: "a b": name part/),
      'spec.matchConditions[2].name: Duplicate value: "c"',
      expect.stringMatching(/^spec.validations\[1\].*undeclared reference to 'authorizer'/s),
      expect.stringMatching(
        /^spec.validations\[2\].messageExpression: .* must evaluate to string$/,
      ),
    ]);
  });

  it('are left as they are by an update that keeps them', () => {
    const broken = validation('a.b');
    expect(said(broken, broken)).toEqual([]);
    expect(said(broken, validation('true'))).toHaveLength(1);
  });
});

describe('selectors of devices', () => {
  const claim = (expression: string) =>
    ({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: { name: 'c' },
      spec: {
        devices: { requests: [{ name: 'r', exactly: { selectors: [{ cel: { expression } }] } }] },
      },
    }) as UnknownObject;
  const at = 'spec.devices.requests[0].exactly.selectors[0].cel.expression';

  it.each([
    ['device.driver == "a.b" && device.attributes["a.b"].size > 1', undefined],
    ['device.capacity["a.b"].memory.isGreaterThan(quantity("1Gi"))', undefined],
    ['device.name == "a"', "undefined field 'name'"],
    ['device.driver', 'must evaluate to bool or the unknown type, not string'],
    ['"a"', 'must evaluate to bool or the unknown type, not string'],
    ['dev.driver == ""', "undeclared reference to 'dev'"],
  ])('%s', (expression, words) => {
    const wanted = words === undefined ? [] : [expect.stringContaining(words)];
    expect(said(claim(expression))).toEqual(wanted);
    if (words !== undefined) expect(said(claim(expression))[0]).toContain(`${at}: `);
  });
});
