import { describe, expect, it } from 'vitest';
import { Authorizer, type AuthorizerSource } from './authorizer.ts';
import { Budget, CostError } from './cost.ts';
import { CelEnvironment } from './environment.ts';
import { celValue, jsonValue } from './values.ts';

const environment = new CelEnvironment({ object: 'dyn', authorizer: 'dyn' });

function run(source: string, object: unknown = {}, more: object = {}): unknown {
  const program = environment.compile(source);
  return jsonValue(program.evaluate({ object: celValue(object), ...more }, new Budget()));
}

describe('expressions', () => {
  it.each([
    ['"hello".matches("^h.*o$") && matches("a", "(?i)A")'],
    ['"a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b22".findAll("[0-9]+", 1) == ["1"]'],
    ['"%s has %d of %.2f, %x".format(["a", 3, 1.5, 255]) == "a has 3 of 1.50, ff"'],
    [
      '[1, 2, 3].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && ["a"].indexOf("b") == -1',
    ],
    ['sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])'],
    ['quantity("1Gi") == quantity("1024Mi") && quantity("1k").add(1).asInteger() == 1001'],
    [
      'quantity("50m").isLessThan(quantity("1")) && !isQuantity("x") && quantity("-1").sign() == -1',
    ],
    ['ip("::1").isLoopback() && string(ip("2001:db8:0:0:1:0:0:1")) == "2001:db8::1:0:0:1"'],
    ['ip.isCanonical("::ffff") && !ip.isCanonical("2001:0db8::1") && ip("10.0.0.1").family() == 4'],
    [
      'cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.1.0.0/16").containsCIDR("10.0.0.0/8")',
    ],
    ['string(cidr("10.1.2.3/8").masked()) == "10.0.0.0/8" && !isCIDR("10.0.0.0/33")'],
    ['url("https://u@host:8443/p?a=1&a=2").getHost() == "host:8443" && !isURL("x y")'],
    [
      'url("https://[::1]:80/").getHostname() == "::1" && url("http://h/?a=1").getQuery() == {"a": ["1"]}',
    ],
    ['format.dns1123Label().validate("A_b").hasValue() && !format.named("nothing").hasValue()'],
    [
      'semver("1.2.4-rc.1").isLessThan(semver("1.2.4")) && isSemver("v1.0", true) && !isSemver("v1.0")',
    ],
    ['[1, 2, 3].all(i, v, v == i + 1) && {"a": 1}.transformMap(k, v, v + 1) == {"a": 2}'],
    ['[[?object.?a, 2] == [2], {?"a": object.?a} == {}] == [true, true]'],
    ['object.?a.optMap(x, x + 1).orValue(7) == 7 && object[?"a"].orValue("n") == "n"'],
    ['string(timestamp("2024-01-01T00:00:00Z")) == "2024-01-01T00:00:00Z"'],
    ['jsonpatch.escapeKey("a/b~c") == "a~1b~0c"'],
  ])('%s', (source) => {
    expect(run(source)).toBe(true);
  });

  it('make objects, without what is left out', () => {
    const source =
      'Object{spec: Object.spec{replicas: 3, ?paused: object.?p, ?kept: object.?q}, metadata: Object.metadata{labels: {"a": true ? "b" : "c"}}}';
    expect(run(source, { q: 'in {?"x": 1}' })).toEqual({
      spec: { replicas: 3, kept: 'in {?"x": 1}' },
      metadata: { labels: { a: 'b' } },
    });
  });

  it('ask the authorizer', () => {
    const source: AuthorizerSource = {
      resource: ({ verb, group, resource, namespace }) => ({
        allowed: `${verb} ${resource}.${group} ${namespace}` === 'create deployments.apps web',
        reason: 'so it is',
      }),
      path: (path) => ({ allowed: path === '/healthz', reason: '' }),
      serviceAccount: () => source,
    };
    const authorizer = new Authorizer(source);
    const deployments = "authorizer.group('apps').resource('deployments').namespace('web')";
    expect(run(`${deployments}.check('create').allowed()`, {}, { authorizer })).toBe(true);
    expect(run(`${deployments}.check('create').reason()`, {}, { authorizer })).toBe('so it is');
    expect(run("authorizer.path('/x').check('get').allowed()", {}, { authorizer })).toBe(false);
  });
});

describe('what is wrong', () => {
  it.each([
    ['foo == 1', "1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^"],
    ['foo(1)', "1:4: undeclared reference to 'foo' (in container '')\n | foo(1)\n | ...^"],
    ['Foo{a: 1}', "1:4: undeclared reference to 'Foo' (in container '')"],
    ['1 + "a"', "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
    ['"a".size(1)', "1:9: found no matching overload for 'size' applied to 'string.(int)'"],
    ['object.', "1:8: Syntax error: no viable alternative at input '.'"],
    ['true &&\n  object.x >', "2:13: Syntax error: mismatched input '<EOF>' expecting {"],
    ['(1 + 2', "1:7: Syntax error: missing ')' at '<EOF>'"],
    ['1 = 2', "1:3: Syntax error: token recognition error at: '='"],
    ['object.x ? 1 : "a"', "1:10: found no matching overload for '_?_:_' applied to"],
  ])('%s', (source, words) => {
    expect(() => environment.compile(source)).toThrow(`ERROR: <input>:${words}`);
  });

  it.each([
    ['object.a', 'no such key: a'],
    ['object.list[3]', 'index out of bounds: 3'],
    ['1 / object.zero', 'division by zero'],
    ['9223372036854775807 + object.list.size()', 'integer overflow'],
    ['object.list + "a"', 'no such overload'],
    ['"a".matches(object.pattern)', 'error parsing regexp: missing closing ): `a(`'],
  ])('%s fails', (source, words) => {
    expect(() => run(source, { list: ['a'], zero: 0, pattern: 'a(' })).toThrow(words);
  });
});

describe('has', () => {
  const object = { list: [{ path: { type: 'Exact' } }, {}], map: { a: { b: 1 } }, name: 'x' };
  it.each([
    ['has(object.name)', true],
    ['has(object.list[0].path)', true],
    ['has(object.list[1].path)', false],
    ['has(object.list[0].path.type) && !has(object.list[0].path.value)', true],
    ['has(object.map["a"].b) && !has(object.map["a"].c)', true],
    ['object.map.all(key, has(object.map[key].b))', true],
    ['object.list.filter(item, has(item.path)).size() == 1', true],
    ['has({"a": 1}.a)', true],
    ['has(object.list.filter(item, has(item.path))[0].path)', true],
  ])('%s is %s', (source, expected) => {
    expect(run(source, object)).toBe(expected);
  });
});

describe('limits', () => {
  const list = Array.from({ length: 1000 }, (_, index) => index);

  it('end what goes on too long, however it is put', () => {
    for (const source of [
      'object.all(a, object.all(b, object.all(c, a + b + c >= 0)))',
      'object.exists(a, object.all(i, b, a + b < 0 || object.map(c, c + a).size() < 0))',
      '[0].map(x, object.map(a, object.map(b, object.map(c, "abcdefghij" + string(c)))))',
    ]) {
      const budget = new Budget();
      const program = environment.compile(source);
      const evaluate = () => program.evaluate({ object: celValue(list) }, budget);
      expect(evaluate, source).toThrow(CostError);
      expect(budget.left).toBeLessThan(9_000_001);
    }
  });

  it('count long texts by their length', () => {
    const text = 'a'.repeat(200_000);
    expect(() =>
      run(
        `object.matches("(a+)+(a+)+(a+)+(a+)+(a+)+(a+)+(a+)+(a+)+b$".replace("x", "y") + "${'c'.repeat(200)}")`,
        text,
      ),
    ).toThrow(CostError);
    expect(() =>
      run(
        'cel.bind(a, object + object, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, cel.bind(e, d + d, e + e))))) != ""',
        text,
      ),
    ).toThrow(CostError);
  });
});
