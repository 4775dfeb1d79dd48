/** The real kubectl against a test server. */
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestServer } from './test-server.ts';

/** False where kubectl is not installed: tests that need it are skipped there. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

export interface Kubectl {
  /** Options that come before every command. */
  readonly flags: readonly string[];
  run(args: string[], input?: string): Promise<{ code: number; out: string; err: string }>;
  /** As `run`; throws with what kubectl says if it fails. */
  ok(args: string[], input?: string): Promise<string>;
}

/** Lets the server listen, and makes a kubectl that is its administrator. */
export async function kubectlFor(server: TestServer): Promise<Kubectl> {
  const { port } = await server.api.listen({ host: '127.0.0.1', port: 0 });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const { caPem, admin } = server.pki;
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': base64(caPem),
  };
  const user = {
    'client-certificate-data': base64(admin.certPem),
    'client-key-data': base64(admin.keyPem),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  const file = join(server.directory, 'kubeconfig');
  await writeFile(file, JSON.stringify(config));
  const flags = ['--kubeconfig', file, '--cache-dir', join(server.directory, 'cache')];
  const run: Kubectl['run'] = (args, input = '') =>
    new Promise((resolve) => {
      const child = execFile('kubectl', [...flags, ...args], (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
      });
      child.stdin?.end(input);
    });
  return {
    flags,
    run,
    async ok(args, input) {
      const { code, out, err } = await run(args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err}`);
      return out;
    },
  };
}
