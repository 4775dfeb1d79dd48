/**
 * Credential plugins: a program that prints an `ExecCredential`.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../api/clock.ts';
import { apiError } from '../api/status.ts';
import type { CredentialSource, Credentials } from './connection.ts';
import type { ClusterEntry } from './kubeconfig.ts';

export interface ExecConfig {
  apiVersion?: string;
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

/** Runs a program and resolves with its standard output; rejects if it does not exit with 0. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => Promise<string>;

export interface ExecCredentialsConfig {
  exec: ExecConfig;
  /** A command with a slash in it is relative to the kubeconfig's folder. */
  directory: string;
  /** For messages: `context "x"`. */
  where: string;
  /** The cluster, for plugins that ask for it, and the folder of its file. */
  info: { cluster: ClusterEntry; directory: string };
  clock: Clock;
  run?: RunProgram | undefined;
}

/** A person may have to log in meanwhile; a plugin that needs longer hangs. */
const pluginTimeoutMs = 60_000;

/** Before this much of a credential's life is left, a new one is fetched. */
const marginMs = 60_000;

/** Credentials that a plugin hands out, kept until they expire. Its `get` throws Unauthorized. */
export function createExecCredentials(config: ExecCredentialsConfig): CredentialSource {
  let known: Promise<{ credentials: Credentials; expiresAt: number }> | undefined;
  return {
    async get() {
      const pending = known ?? fetchCredentials(config);
      known = pending;
      try {
        const { credentials, expiresAt } = await pending;
        if (config.clock.now() < expiresAt - marginMs) return credentials;
        if (known === pending) known = fetchCredentials(config);
        return (await (known ?? pending)).credentials;
      } catch (error) {
        known = undefined;
        throw error;
      }
    },
    expire() {
      known = undefined;
    },
  };
}

async function fetchCredentials({
  exec,
  directory,
  where,
  info,
  clock,
  run = runChild,
}: ExecCredentialsConfig): Promise<{ credentials: Credentials; expiresAt: number }> {
  const fail = (what: string) =>
    apiError(
      'Unauthorized',
      `${where}: credential plugin "${exec.command}" ${what}${exec.installHint ? `. ${exec.installHint.trim()}` : ''}`,
    );
  if (exec.interactiveMode === 'Always') throw fail('needs a terminal; log in with kubectl first');
  const apiVersion = exec.apiVersion ?? 'client.authentication.k8s.io/v1';
  const spec = {
    interactive: false,
    ...(exec.provideClusterInfo ? { cluster: clusterInfo(info) } : {}),
  };
  const request = { apiVersion, kind: 'ExecCredential', spec };
  const env = {
    ...process.env,
    ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(request),
  };
  const command = /[/\\]/.test(exec.command) ? resolve(directory, exec.command) : exec.command;
  const output = await run(command, exec.args ?? [], env).catch((error: Error) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw fail(missing ? 'is not installed' : `failed: ${error.message.trim()}`);
  });
  let status: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
  try {
    status = JSON.parse(output).status ?? {};
  } catch {
    throw fail('did not print an ExecCredential');
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
  if (!token && !clientCertificateData) throw fail('gave neither a token nor a certificate');
  const expiresAt = expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity;
  return {
    credentials: {
      ...(token ? { token } : {}),
      ...(clientCertificateData ? { clientCertificate: clientCertificateData } : {}),
      ...(clientKeyData ? { clientKey: clientKeyData } : {}),
    },
    // A plugin whose clock differs from ours: use what it gave at least once.
    expiresAt: Math.max(expiresAt, clock.now() + marginMs + 1_000),
  };
}

function clusterInfo({ cluster, directory }: ExecCredentialsConfig['info']): unknown {
  const file = cluster['certificate-authority'];
  const data =
    cluster['certificate-authority-data'] ??
    (file ? readFileSync(resolve(directory, file)).toString('base64') : undefined);
  return {
    server: cluster.server,
    'certificate-authority-data': data,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
  };
}

const runChild: RunProgram = (command, args, env) =>
  new Promise((resolveOutput, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        env: env as NodeJS.ProcessEnv,
        timeout: pluginTimeoutMs,
        maxBuffer: 1 << 20,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) resolveOutput(stdout);
        else if (error.killed) {
          reject(new Error(`no answer within ${pluginTimeoutMs / 1000} s`));
        } else {
          const text = stderr.trim().slice(-300);
          reject(text === '' ? error : Object.assign(new Error(text), { code: error.code }));
        }
      },
    );
    child.stdin?.end();
  });
