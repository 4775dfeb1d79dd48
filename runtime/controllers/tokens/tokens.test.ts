import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock, timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { Secret } from '../../api/types.ts';
import { ask } from '../../apiserver/testing/https-client.ts';
import { useFreshServer } from '../../apiserver/testing/use-server.ts';
import type { Resource } from '../../client/client.ts';
import { at, configMaps, secrets, serviceAccounts } from '../../client/resources.ts';
import { useControllers } from '../testing/beside-server.ts';
import { runBootstrapSigner, runTokenCleaner } from './bootstrap-tokens.ts';
import { runServiceAccountTokens } from './service-account-tokens.ts';

const server = useFreshServer();
const running = useControllers(
  server,
  [runServiceAccountTokens, runTokenCleaner, runBootstrapSigner],
  () => ({
    rootCaPem: server.pki.caPem,
    signServiceAccountToken: server.pki.serviceAccount.sign,
  }),
);

function decoded({ data }: { data?: Record<string, string> }, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

/** Resolves with the object once it is as wanted; `undefined` stands for one that is gone. */
async function until<T extends UnknownObject>(
  resource: Resource,
  namespace: string,
  name: string,
  test: (object: T | undefined) => unknown,
): Promise<T | undefined> {
  const fieldSelector = `metadata.name=${name}`;
  const place = { ...resource, namespace };
  const { items, metadata } = await server.client.list(place, { fieldSelector });
  const first = items[0] as T | undefined;
  if (test(first)) return first;
  const { resourceVersion = '' } = metadata;
  const options = { fieldSelector, resourceVersion, signal: running.signal };
  const events = server.client.watch(place, options);
  for await (const { type, object } of events) {
    const now = type === 'DELETED' ? undefined : (object as T);
    if (test(now)) return now;
  }
  throw new Error('the watch has ended');
}

function tokenSecret(name: string, account: string): UnknownObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
    metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
  };
}

async function who(token: string): Promise<{ code: number; username?: string }> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await ask(running.port, server.pki.caPem, path, {
    ...{ method: 'POST', body: JSON.stringify(review) },
    headers: { Authorization: `Bearer ${token}` },
  });
  const { status } = answer.json<{ status?: { userInfo?: { username: string } } }>();
  const username = status?.userInfo?.username;
  return { code: answer.code, ...(username === undefined ? {} : { username }) };
}

describe('a token Secret that somebody makes', () => {
  const own = { ...secrets, namespace: 'default' };
  const accounts = { ...serviceAccounts, namespace: 'default' };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
  type S = Secret & UnknownObject;
  const filled = () => until<S>(secrets, 'default', 'key', (secret) => secret?.data?.token);

  it('is filled with a token that its account is known by, and that notes its use', async () => {
    const { client, pki } = server;
    await client.create(accounts, account);
    await client.create(own, tokenSecret('key', 'robot'));
    const secret = (await filled()) as S;
    expect(decoded(secret, 'ca.crt')).toBe(pki.caPem);
    expect(decoded(secret, 'namespace')).toBe('default');
    const token = decoded(secret, 'token');
    const username = 'system:serviceaccount:default:robot';
    expect(await who(token)).toEqual({ code: 201, username });
    const used = 'kubernetes.io/legacy-token-last-used';
    const noted = await until<S>(secrets, 'default', 'key', (now) => now?.metadata.labels?.[used]);
    const today = new Date(systemClock.now()).toISOString().slice(0, 10);
    expect(noted?.metadata.labels?.[used]).toBe(today);

    const labels = { 'kubernetes.io/legacy-token-invalid-since': today };
    await client.patch(at(secrets, 'key', 'default'), 'merge', { metadata: { labels } });
    expect(await who(token)).toEqual({ code: 401 });
  });

  it('goes with its account, and so does its token', async () => {
    const { client } = server;
    await client.create(accounts, account);
    await client.create(own, tokenSecret('key', 'robot'));
    const token = decoded((await filled()) as S, 'token');
    expect((await who(token)).code).toBe(201);
    await client.delete(at(serviceAccounts, 'robot', 'default'));
    expect(await who(token)).toEqual({ code: 401 });
    await until(secrets, 'default', 'key', (now) => now === undefined);
  });

  it('is removed at once if there is no such account', async () => {
    await server.client.create(own, tokenSecret('key', 'nobody'));
    await until(secrets, 'default', 'key', (now) => now === undefined);
    expect((await server.client.list(own)).items).toEqual([]);
  });
});

describe('a bootstrap token', () => {
  const system = { ...secrets, namespace: 'kube-system' };
  const tokenOf = (id: string, more: object = {}): UnknownObject => ({
    ...{ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token' },
    metadata: { name: `bootstrap-token-${id}` },
    stringData: {
      ...{ 'token-id': id, 'token-secret': '0123456789abcdef' },
      ...{ 'usage-bootstrap-authentication': 'true', 'usage-bootstrap-signing': 'true' },
      ...more,
    },
  });

  it('lets in until it has run out, and is then removed', async () => {
    const { client } = server;
    const expiration = timestamp(systemClock.now() + 3_600_000);
    await client.create(system, tokenOf('aaaaaa', { expiration }));
    const username = 'system:bootstrap:aaaaaa';
    expect(await who('aaaaaa.0123456789abcdef')).toEqual({ code: 201, username });
    expect(await who('aaaaaa.0123456789abcdee')).toEqual({ code: 401 });
    await client.create(system, tokenOf('bbbbbb', { 'usage-bootstrap-authentication': 'false' }));
    expect(await who('bbbbbb.0123456789abcdef')).toEqual({ code: 401 });
    const past = Buffer.from('2020-01-01T00:00:00Z').toString('base64');
    const name = 'bootstrap-token-aaaaaa';
    await client.patch(at(secrets, name, 'kube-system'), 'merge', { data: { expiration: past } });
    expect(await who('aaaaaa.0123456789abcdef')).toEqual({ code: 401 });
    await until(secrets, 'kube-system', name, (now) => now === undefined);
  });

  it('signs cluster-info, as long as it is there', async () => {
    const { client } = server;
    await client.create(system, tokenOf('aaaaaa'));
    const kubeconfig = 'apiVersion: v1\nkind: Config\n';
    await client.create({ ...configMaps, namespace: 'kube-public' }, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster-info' } },
      data: { kubeconfig },
    } as UnknownObject);
    type Info = UnknownObject & { data?: Record<string, string> };
    const key = 'jws-kubeconfig-aaaaaa';
    const info = (test: (info: Info | undefined) => unknown) =>
      until<Info>(configMaps, 'kube-public', 'cluster-info', test);
    const jws = (await info((now) => now?.data?.[key]))?.data?.[key] ?? '';
    const [header = '', content, signature] = jws.split('.');
    expect(content).toBe('');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      ...{ alg: 'HS256', kid: 'aaaaaa' },
    });
    const whole = `${header}.${Buffer.from(kubeconfig).toString('base64url')}`;
    const own = createHmac('sha256', '0123456789abcdef').update(whole).digest('base64url');
    expect(signature).toBe(own);
    await client.delete(at(secrets, 'bootstrap-token-aaaaaa', 'kube-system'));
    await info((now) => now !== undefined && now.data?.[key] === undefined);
  });
});
