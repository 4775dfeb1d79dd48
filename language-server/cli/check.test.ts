import { describe, expect, it } from 'vitest';
import { schemaDirectory } from '../../runtime/api/schema-bundle.case.ts';
import { deployment, memoryFiles } from '../language-server.case.ts';
import { runCheck } from './check.ts';

const files = {
  '/w/good.yaml': deployment,
  '/w/bad.yaml': deployment.replace('selector:', 'selectr:').replaceAll('web', 'bad'),
  '/w/other/package.json': '{"name": "x"}',
};

async function run(...args: string[]) {
  let out = '';
  let error = '';
  const code = await runCheck(args, {
    schemaDirectory: schemaDirectory(),
    files: memoryFiles(files),
    cwd: '/w',
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

describe('check', () => {
  it('prints what is wrong and fails', async () => {
    const { code, out } = await run('check', '.');
    expect(code).toBe(1);
    expect(out).toBe(
      'bad.yaml:6:3: error: Unknown field "selectr" in spec; did you mean "selector"?  [unknown-field]\n' +
        '3 files: 1 error, 0 warnings\n',
    );
  });

  it('is content with good files', async () => {
    expect(await run('check', 'good.yaml')).toMatchObject({ code: 0, error: '' });
  });

  it('prints JSON', async () => {
    const { out } = await run('check', '--format', 'json', 'bad.yaml');
    expect(JSON.parse(out)).toMatchObject({
      errors: 1,
      files: [{ path: 'bad.yaml', problems: [{ rule: 'unknown-field', severity: 'error' }] }],
    });
  });

  it('prints SARIF', async () => {
    const { out } = await run('check', '.', '--format=sarif');
    expect(JSON.parse(out)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'skiff' } },
          results: [
            {
              ruleId: 'unknown-field',
              level: 'error',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'bad.yaml' },
                    region: { startLine: 6, startColumn: 3 },
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each([
    [[], /no command/],
    [['lint'], /unknown command "lint"/],
    [['check'], /needs a file or a folder/],
    [['check', 'nowhere.yaml'], /no such file or folder: nowhere.yaml/],
    [['check', '.', '--format', 'xml'], /unknown format "xml"/],
    [['check', '--wat'], /--wat/],
    [['check', '.', '--pack', 'nice'], /unknown pack "nice"; best-practice, /],
    [['check', '.', '--rule', 'nice=error'], /unknown rule "nice"/],
    [['check', '.', '--rule', 'latest-tag'], /needs a severity/],
  ])('says in one line what is wrong with %j', async (args, message) => {
    const { code, error } = await run(...args);
    expect(code).toBe(2);
    expect(error).toMatch(message);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
  });

  it('has packs of rules that are asked for', async () => {
    const baseline = await run('check', 'good.yaml', '--pack', 'pod-security-baseline');
    expect(baseline).toMatchObject({ code: 0, out: '1 file: 0 errors, 0 warnings\n' });
    const { code, out } = await run(
      ...['check', 'good.yaml', '--pack', 'pod-security-restricted'],
      ...['--rule', 'run-as-non-root=error', '--rule', 'seccomp-profile=off'],
    );
    expect(code).toBe(1);
    expect(out).toBe(
      'good.yaml:15:17: warning: container "web" must set securityContext.allowPrivilegeEscalation=false  [privilege-escalation]\n' +
        'good.yaml:15:17: warning: container "web" must set securityContext.capabilities.drop=["ALL"]  [drop-capabilities]\n' +
        'good.yaml:15:17: error: pod or container "web" must set securityContext.runAsNonRoot=true  [run-as-non-root]\n' +
        '1 file: 1 error, 2 warnings\n',
    );
  });

  it('lists its rules', async () => {
    const { code, out } = await run('check', '--rules');
    expect(code).toBe(0);
    expect(out).toMatch(/^yaml-syntax +error +always /);
    expect(out).toMatch(/^latest-tag +warning +best-practice +Images are named with a version$/m);
    const json = JSON.parse((await run('check', '--rules', '--format', 'json')).out);
    expect(json).toContainEqual(
      expect.objectContaining({
        id: 'privileged',
        packs: expect.arrayContaining(['best-practice']),
      }),
    );
  });

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/^Usage:/) });
  });
});
