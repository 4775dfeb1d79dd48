/** Custom resources as the real kubectl sees them. Skipped where kubectl is not installed. */
import { beforeAll, describe, expect, it } from 'vitest';
import { hasKubectl, type Kubectl, kubectlFor } from '../testing/kubectl.ts';
import { useTestServer } from '../testing/use-server.ts';
import { cronTabs } from './testing/cron-tabs.ts';

let kubectl: Kubectl;

const cronTab = (name: string, spec: string, version = 'v1') => `
apiVersion: stable.example.com/${version}
kind: CronTab
metadata: {name: ${name}}
spec: ${spec}
`;
const good = '{cronSpec: "* * * * *", image: "a:1"}';

describe.skipIf(!hasKubectl)('custom resources', () => {
  const server = useTestServer();
  beforeAll(async () => {
    kubectl = await kubectlFor(server);
    await kubectl.ok(['apply', '-f', '-'], cronTabs);
    await kubectl.ok(['wait', '--for=condition=Established', 'crd/crontabs.stable.example.com']);
  });

  it('are found and explained', async () => {
    const { ok } = kubectl;
    const list = await ok(['api-resources', '--api-group=stable.example.com']);
    expect(list).toMatch(/crontabs +ct +stable.example.com\/v1 +true +CronTab/);
    expect(await ok(['explain', 'crontab.spec.cronSpec'])).toMatch(
      /GROUP: +stable.example.com\nKIND: +CronTab\nVERSION: +v1\n\nFIELD: cronSpec <string>/,
    );
    expect(await ok(['get', 'ct'])).toBe('');
  });

  it('are made with defaults and without what nobody knows, and shown in columns', async () => {
    const { ok, run } = kubectl;
    const odd = '{cronSpec: "* * * * *", image: "a:1", colour: red, extra: {any: [1]}}';
    const refused = await run(['apply', '-f', '-'], cronTab('odd', odd));
    expect(refused.err).toContain('strict decoding error: unknown field "spec.colour"');
    const made = await run(['apply', '--validate=warn', '-f', '-'], cronTab('odd', odd));
    expect(made.err).toContain('Warning: unknown field "spec.colour"');
    expect(JSON.parse(await ok(['get', 'ct', 'odd', '-o', 'jsonpath={.spec}']))).toEqual({
      cronSpec: '* * * * *',
      image: 'a:1',
      replicas: 1,
      extra: { any: [1] },
    });
    const table = await ok(['get', 'ct']);
    expect(table.split('\n')[0]?.split(/ +/)).toEqual(['NAME', 'SPEC', 'REPLICAS', 'READY', 'AGE']);
    expect(table).toMatch(/odd +\* \* \* \* \* +1 +\d+s/);
    expect(await ok(['get', 'ct', '-o', 'wide'])).toContain('IMAGE');
    await ok(['delete', 'ct', 'odd']);
  });

  it('must be as the schema says', async () => {
    const bad = '{cronSpec: "* *", replicas: 11, color: blue, port: 1.5, since: today, image: 3}';
    const { err } = await kubectl.run(['apply', '-f', '-'], cronTab('bad', bad));
    expect(err).toContain('The CronTab "bad" is invalid:');
    for (const line of [
      'spec.cronSpec: Invalid value: "* *": spec.cronSpec in body should match \'^(\\S+)( \\S+){4}$\'',
      'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
      'spec.color: Unsupported value: "blue": supported values: "red", "green"',
      'spec.image: Invalid value: "integer": spec.image in body must be of type string: "integer"',
      'spec.since: Invalid value: "today": spec.since in body must be of type date-time: "today"',
    ]) {
      expect(err).toContain(line);
    }
    const empty = await kubectl.run(['apply', '-f', '-'], cronTab('bad', '{}'));
    expect(empty.err).toContain('spec.cronSpec: Required value');
    const twice = '{cronSpec: "* * * * *", ports: [{name: a}, {name: a}]}';
    const repeated = await kubectl.run(['apply', '-f', '-'], cronTab('bad', twice));
    expect(repeated.err).toContain('spec.ports[1]: Duplicate value: {"name":"a"}');
  });

  it('are changed, scaled and applied on the server', async () => {
    const { ok, run } = kubectl;
    await ok(['apply', '-f', '-'], cronTab('one', good));
    expect(await ok(['apply', '-f', '-'], cronTab('one', good))).toContain('unchanged');
    await ok(['patch', 'ct', 'one', '--type=merge', '-p', '{"spec":{"color":"red"}}']);
    const where = ['--field-selector', 'spec.color=red', '-o', 'name'];
    expect(await ok(['get', 'ct', ...where])).toBe('crontab.stable.example.com/one\n');
    await ok(['scale', 'ct', 'one', '--replicas=3']);
    await ok(
      ['patch', 'ct', 'one', '--subresource=status', '--type=merge', '-p'].concat(
        '{"status":{"replicas":3,"conditions":[{"type":"Ready","status":"True"}]},"spec":{"replicas":9}}',
      ),
    );
    const path = 'jsonpath={.metadata.generation} {.spec.replicas} {.status.replicas}';
    expect(await ok(['get', 'ct', 'one', '-o', path])).toBe('3 3 3');
    expect(await ok(['get', 'ct', 'one'])).toMatch(/one .* 3 +True +/);
    const apply = (manager: string, ports: string) =>
      run(
        ['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'],
        cronTab('two', `{cronSpec: "* * * * *", ports: ${ports}}`),
      );
    expect((await apply('a', '[{name: x, number: 1}]')).code).toBe(0);
    expect((await apply('b', '[{name: z, number: 2}]')).err).toBe('');
    expect(await ok(['get', 'ct', 'two', '-o', 'jsonpath={.spec.ports[*].name}'])).toBe('x z');
    const conflict = await apply('b', '[{name: x, number: 5}]');
    expect(conflict.err).toContain('conflict with "a": .spec.ports[name="x"].number');
    await ok(['delete', 'ct', '--all']);
  });

  it('are there in every version', async () => {
    const { ok, run } = kubectl;
    const made = await run(['apply', '-f', '-'], cronTab('old', good, 'v1beta1'));
    expect(made.err).toContain('Warning: stable.example.com/v1beta1 CronTab is deprecated');
    const versioned = async (version: string) =>
      ok(['get', `crontabs.${version}.stable.example.com`, 'old', '-o', 'jsonpath={.apiVersion}']);
    expect(await versioned('v1')).toBe('stable.example.com/v1');
    expect(await versioned('v1beta1')).toBe('stable.example.com/v1beta1');
  });

  it('go with their definition', async () => {
    const { ok, run } = kubectl;
    await ok(['delete', 'crd', 'crontabs.stable.example.com', '--timeout=20s']);
    const { err } = await run(['get', 'crontabs']);
    expect(err).toContain('the server could not find the requested resource');
    expect(await ok(['get', '--raw', '/apis'])).not.toContain('stable.example.com');
    expect(await ok(['get', '--raw', '/openapi/v3'])).not.toContain('stable.example.com');
    await ok(['apply', '-f', '-'], cronTabs);
    await ok(['wait', '--for=condition=Established', 'crd/crontabs.stable.example.com']);
    expect(await ok(['get', 'crontabs'])).toBe('');
  });
});
