import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../api/clock.ts';
import { connectionFor, kubeconfigPaths, loadKubeconfig } from './kubeconfig.ts';
import { removeContext, renderKubeconfig, writeContext } from './kubeconfig-write.ts';

describe('kubeconfig', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'skiff-kubeconfig-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const made = { name: 'skiff', server: 'https://127.0.0.1:6443', ca: 'CA PEM', token: 't' };

  const user = (body: string) =>
    write(
      'config',
      `current-context: c
clusters: [{name: k, cluster: {server: "https://k:6443", certificate-authority-data: ${base64('CA')}}}]
contexts: [{name: c, context: {cluster: k, user: u, namespace: team}}]
users:
- name: u
  user: ${body}
`,
    );

  it('raises no warning of the process for tags that nobody knows', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const path = write('odd', 'current-context: !nobody c\nclusters: []\n');
    expect((await loadKubeconfig([path])).currentContext).toBe('c');
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('takes KUBECONFIG or the file in the home', () => {
    expect(kubeconfigPaths({ KUBECONFIG: '/a::/b' }, '/home/x')).toEqual(['/a', '/b']);
    expect(kubeconfigPaths({}, '/home/x')).toEqual(['/home/x/.kube/config']);
  });

  it('merges: the first file that names a thing wins; unreadable files are told', async () => {
    const first = write('first', renderKubeconfig({ ...made, namespace: 'one' }));
    const second = write('second', renderKubeconfig({ ...made, server: 'https://other:1' }));
    const third = write('third', renderKubeconfig({ ...made, name: 'more' }));
    const bad = write('bad', 'clusters: [');
    const config = await loadKubeconfig([first, join(directory, 'none'), second, bad, third]);
    expect(config.contexts.map(({ name, server }) => [name, server])).toEqual([
      ['skiff', 'https://127.0.0.1:6443'],
      ['more', 'https://127.0.0.1:6443'],
    ]);
    expect(config.currentContext).toBe('skiff');
    expect(config.problems).toHaveLength(1);
    expect(await connectionFor(config)).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: 'CA PEM',
      token: 't',
      namespace: 'one',
    });
  });

  it('reads certificates beside the file, and token files', async () => {
    write('crt.pem', 'CRT');
    write('token', 'secret\n');
    const path = user('{client-certificate: crt.pem, client-key-data: S0VZ, tokenFile: token}');
    const connection = await connectionFor(await loadKubeconfig([path]));
    expect(connection).toMatchObject({ clientCertificate: 'CRT', clientKey: 'KEY', ca: 'CA' });
    expect(await connection.credentials?.get()).toEqual({ token: 'secret' });
  });

  it('runs a credential plugin only where that is allowed, and again when it expires', async () => {
    const path = user(
      '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, args: [x], env: [{name: A, value: b}], interactiveMode: IfAvailable}}',
    );
    const config = await loadKubeconfig([path]);
    await expect(connectionFor(config)).rejects.toThrow(/"\.\/login", which is not run without/);
    const clock = new VirtualClock();
    const runs: string[] = [];
    const { credentials } = await connectionFor(config, 'c', {
      allowExec: true,
      clock,
      run: async (command, args, env) => {
        runs.push([command, ...args, env.A].join(' '));
        const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
        return JSON.stringify({ status: { token: `t${runs.length}`, expirationTimestamp } });
      },
    });
    expect(await credentials?.get()).toEqual({ token: 't1' });
    expect(await credentials?.get()).toEqual({ token: 't1' });
    await clock.advance(590_000);
    expect(await credentials?.get()).toEqual({ token: 't2' });
    expect(runs[0]).toBe(`${directory}/login x b`);
  });

  it('says what is wrong with a context', async () => {
    const config = await loadKubeconfig([user('{}')]);
    await expect(connectionFor(config, 'x')).rejects.toThrow(
      'context "x" does not exist (there are: c)',
    );
    await expect(connectionFor(await loadKubeconfig([]))).rejects.toThrow(
      /no kubeconfig was found/,
    );
    const proxied = write(
      'proxied',
      'clusters: [{name: k, cluster: {server: "https://k", proxy-url: "http://p"}}]\ncontexts: [{name: c, context: {cluster: k, user: ""}}]\n',
    );
    await expect(connectionFor(await loadKubeconfig([proxied]), 'c')).rejects.toThrow(/proxy-url/);
  });

  it('adds and replaces its context in a file of the user, and nothing else', async () => {
    const before = `# my clusters
apiVersion: v1
kind: Config
current-context: work # do not touch
clusters:
# the one at work
- name: work
  cluster:
    server: https://work:6443
contexts:
- name: work
  context: {cluster: work, user: me}
users: null
`;
    const path = write('mine', before);
    await writeContext(path, made);
    await writeContext(path, { ...made, token: 'newer' });
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('# my clusters');
    expect(text).toContain('current-context: work # do not touch');
    expect(text).toContain('# the one at work');
    const config = await loadKubeconfig([path]);
    expect(config.contexts.map(({ name }) => name)).toEqual(['work', 'skiff']);
    expect((await connectionFor(config, 'skiff')).token).toBe('newer');
    expect(await removeContext(path, 'skiff')).toBe(true);
    expect((await loadKubeconfig([path])).contexts).toHaveLength(1);
  });

  it('leaves a file alone that it does not understand', async () => {
    const path = write('broken', 'a: [1\nb: }');
    await expect(writeContext(path, made)).rejects.toThrow(/not valid YAML/);
    expect(readFileSync(path, 'utf8')).toBe('a: [1\nb: }');
  });
});
