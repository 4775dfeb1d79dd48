import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { at, pods, serviceAccounts } from '../../client/resources.ts';
import { createAuthority, issueCertificate, type KeyAndCertificate } from '../pki/certificates.ts';
import { type Ask, ask } from '../testing/https-client.ts';
import { useTestServer } from '../testing/use-server.ts';

const server = useTestServer({ log: (line) => logged.push(line) });
let port: number;
const logged: string[] = [];
const dayMs = 24 * 3600 * 1000;

beforeAll(async () => {
  ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } };
  await server.client.create({ ...serviceAccounts, namespace: 'default' }, account);
});

const get = (path: string, options: Ask = {}) => ask(port, server.pki.caPem, path, options);

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${token}` } };
}

interface Issued {
  spec: { audiences: string[]; expirationSeconds: number };
  status: { token: string; expirationTimestamp: string };
}

async function tokenOf(spec: object = {}): Promise<Issued> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec,
  };
  const target = at(serviceAccounts, 'robot', 'default', 'token');
  return (await server.client.create(target, request as UnknownObject)) as unknown as Issued;
}

async function review<T>(kind: string, spec: object, options: Ask): Promise<T> {
  const group =
    kind === 'SelfSubjectReview' || kind === 'TokenReview' ? 'authentication' : 'authorization';
  const body = { apiVersion: `${group}.k8s.io/v1`, kind, spec };
  const path = `/apis/${group}.k8s.io/v1/${kind.toLowerCase()}s`;
  const answer = await get(path, { ...options, method: 'POST', body: JSON.stringify(body) });
  return answer.json<T>();
}

interface Self {
  status: { userInfo: { username: string; uid?: string; groups: string[]; extra?: object } };
}

describe('nobody in particular', () => {
  it('may see health, version and whose the tokens are, and nothing else', async () => {
    const issuer = ['/.well-known/openid-configuration', '/openid/v1/jwks'];
    for (const path of ['/healthz', '/livez', '/readyz', '/version', ...issuer]) {
      expect((await get(path)).code).toBe(200);
    }
    for (const path of ['/api', '/apis', '/metrics', '/openapi/v2', '/openid/v1', '/livez/ping']) {
      expect((await get(path)).code).toBe(403);
    }
  });
});

describe('a client certificate', () => {
  const admin = () => server.pki.admin;
  const own = (nowMs: number): Promise<KeyAndCertificate> =>
    issueCertificate(
      { certPem: server.pki.caPem, keyPem: server.pki.caKeyPem },
      { subject: [{ O: ['system:masters'] }, { CN: ['late'] }], use: 'client', nowMs, days: 1 },
    );

  it('that has run out, or that somebody else has signed, is refused, and the log says why', async () => {
    const late = await own(systemClock.now() - 3 * dayMs);
    expect(await get('/healthz', { as: late })).toMatchObject({ code: 401 });
    expect(logged.at(-1)).toMatch(/not accepted: CERT_HAS_EXPIRED$/);
    const foreign = await createAuthority('kubernetes', systemClock.now(), 10);
    const forged = await issueCertificate(foreign, {
      subject: [{ O: ['system:masters'] }, { CN: ['forged'] }],
      ...{ use: 'client', nowMs: systemClock.now(), days: 1 },
    });
    const answer = await get('/api', { as: forged });
    expect(answer.json()).toMatchObject({ code: 401, reason: 'Unauthorized' });
    const { token } = (await tokenOf()).status;
    expect((await get('/api', { as: forged, ...bearer(token) })).code).toBe(200);
  });

  it('is believed, and no header that says something else', async () => {
    const forged = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' };
    const { client } = await server.pki.frontProxy();
    const jane = await server.pki.clientCertificate('jane', []);
    const asked = async (as?: KeyAndCertificate) =>
      (await get('/api/v1/nodes', { headers: forged, ...(as === undefined ? {} : { as }) })).code;
    expect([await asked(), await asked(jane), await asked(client)]).toEqual([403, 403, 401]);
  });

  it('for servers does not name a client', async () => {
    const served = await server.pki.serverCertificate(['localhost']);
    expect((await get('/api', { as: served })).code).toBe(401);
    expect((await get('/api', { as: admin() })).code).toBe(200);
  });
});

describe('a token of a service account', () => {
  it('is issued for audiences and a time, and ends with what it is bound to', async () => {
    const { spec, status } = await tokenOf({ expirationSeconds: 600 });
    expect(spec.audiences).toEqual(['https://kubernetes.default.svc.cluster.local']);
    const left = Date.parse(status.expirationTimestamp) - systemClock.now();
    expect(left).toBeGreaterThan(590_000);
    expect(left).toBeLessThanOrEqual(600_000);
    await expect(tokenOf({ expirationSeconds: 599 })).rejects.toThrow(
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    );
    const elsewhere = (await tokenOf({ audiences: ['vault'] })).status.token;
    expect((await get('/api', bearer(elsewhere))).code).toBe(401);
    const answer = await review<{ status: object }>(
      'TokenReview',
      { token: elsewhere, audiences: ['vault', 'other'] },
      { as: server.pki.admin },
    );
    expect(answer.status).toMatchObject({
      ...{ authenticated: true, audiences: ['vault'] },
      user: { username: 'system:serviceaccount:default:robot' },
    });

    const podSpec = { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'x' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: podSpec };
    await server.client.create({ ...pods, namespace: 'default' }, pod as UnknownObject);
    const bound = { apiVersion: 'v1', kind: 'Pod', name: 'p' };
    const { token } = (await tokenOf({ boundObjectRef: bound })).status;
    const self = await review<Self>('SelfSubjectReview', {}, bearer(token));
    expect(self.status.userInfo.extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': ['p'],
    });
    await server.client.delete(at(pods, 'p', 'default'), { gracePeriodSeconds: 0 });
    expect((await get('/api', bearer(token))).code).toBe(401);
    await expect(tokenOf({ boundObjectRef: { ...bound, kind: 'Service' } })).rejects.toThrow(
      'cannot bind token to object of type /v1, Kind=Service',
    );
    await expect(tokenOf({ boundObjectRef: { ...bound, name: 'none' } })).rejects.toThrow(
      'pods "none" not found',
    );
  });

  it('can be checked by others, who find the keys from the issuer', async () => {
    const { token } = (await tokenOf()).status;
    const answer = await get('/.well-known/openid-configuration', bearer(token));
    expect(answer.headers['cache-control']).toBe('public, max-age=3600');
    const { issuer, jwks_uri } = answer.json<{ issuer: string; jwks_uri: string }>();
    expect(issuer).toBe('https://kubernetes.default.svc.cluster.local');
    const keys = await get(new URL(jwks_uri).pathname, bearer(token));
    expect(keys.headers['content-type']).toBe('application/jwk-set+json');
    const [, payload = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString()).iss).toBe(issuer);
    expect(keys.json<{ keys: object[] }>().keys[0]).toMatchObject({ kty: 'EC', alg: 'ES256' });
  });
});

describe('impersonation', () => {
  const as = (headers: Record<string, string | string[]>): Ask => ({
    ...{ as: server.pki.admin, headers },
  });

  it('takes over a user with groups, uid and extra, and adds what authentication would', async () => {
    const { status } = await review<Self>(
      'SelfSubjectReview',
      {},
      as({
        ...{ 'Impersonate-User': 'ann', 'Impersonate-Uid': 'u1' },
        'Impersonate-Group': ['dev', 'ops'],
        'Impersonate-Extra-Example.com%2Fscope': ['a', 'b'],
      }),
    );
    expect(status.userInfo).toEqual({
      ...{ username: 'ann', uid: 'u1', groups: ['dev', 'ops', 'system:authenticated'] },
      extra: { 'example.com/scope': ['a', 'b'] },
    });
    const account = await review<Self>(
      'SelfSubjectReview',
      {},
      as({ 'Impersonate-User': 'system:serviceaccount:default:robot' }),
    );
    expect(account.status.userInfo.groups).toContain('system:serviceaccounts:default');
    const nobody = await get('/api', as({ 'Impersonate-User': 'system:anonymous' }));
    expect(nobody.json()).toMatchObject({
      message: 'forbidden: User "system:anonymous" cannot get path "/api"',
    });
    const wants = { 'Impersonate-Group': ['dev', '<b>'], 'Impersonate-Uid': 'u1' };
    const nameless = await get('/api', as({ ...wants, 'Impersonate-Extra-A%2fb': 'x' }));
    expect(`${nameless.code} ${nameless.headers['content-type']} ${nameless.text}`).toBe(
      '500 text/plain; charset=utf-8 Internal Server Error: "/api": requested [{Group  dev    } {Group  &lt;b&gt;    } {UserExtra  x  authentication.k8s.io/v1  a/b} {UID  u1  authentication.k8s.io/v1  }] without impersonating a user\n',
    );
  });

  it('takes a right for the user, each group, the uid and each extra', async () => {
    const { token } = (await tokenOf()).status;
    const asked = async (headers: Record<string, string>) => {
      const answer = await get('/api', { headers: { ...bearer(token).headers, ...headers } });
      return answer.json<{ message: string }>().message;
    };
    expect(await asked({ 'Impersonate-User': 'ann' })).toBe(
      'users "ann" is forbidden: User "system:serviceaccount:default:robot" cannot impersonate ' +
        'resource "users" in API group "" at the cluster scope',
    );
    const rules = [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }];
    const rbac = 'rbac.authorization.k8s.io';
    const place = { group: rbac, version: 'v1' };
    const metadata = { name: 'actor' };
    const make = (resource: string, object: object) =>
      server.client.create({ ...place, resource }, {
        ...{ apiVersion: `${rbac}/v1`, metadata, ...object },
      } as UnknownObject);
    await make('clusterroles', { kind: 'ClusterRole', rules });
    await make('clusterrolebindings', {
      ...{
        kind: 'ClusterRoleBinding',
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'actor' },
      },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
    });
    const user = { 'Impersonate-User': 'ann' };
    expect(await asked({ ...user, 'Impersonate-Group': 'system:masters' })).toMatch(
      /^groups "system:masters" is forbidden: .*cannot impersonate resource "groups"/,
    );
    expect(await asked({ ...user, 'Impersonate-Uid': 'u' })).toMatch(
      /^uids.authentication.k8s.io "u" is forbidden/,
    );
    expect(await asked({ ...user, 'Impersonate-Extra-Scope': 'a' })).toMatch(
      /cannot impersonate resource "userextras\/scope" in API group "authentication.k8s.io"/,
    );
  });
});

describe('reviews', () => {
  const admin = (): Ask => ({ as: server.pki.admin });

  it('say what somebody may, and refuse half a question', async () => {
    type Access = { status: { allowed: boolean; reason?: string }; message?: string };
    const ask = (kind: string, spec: object) => review<Access>(kind, spec, admin());
    const resourceAttributes = { verb: 'list', resource: 'pods', namespace: 'default' };
    const spec = { user: 'ann', groups: ['system:masters'], resourceAttributes };
    expect((await ask('SubjectAccessReview', spec)).status.allowed).toBe(true);
    const other = await ask('SubjectAccessReview', { ...spec, groups: ['dev'] });
    expect(other.status.allowed).toBe(false);
    expect((await ask('SubjectAccessReview', { resourceAttributes })).message).toBe(
      'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
    );
    expect((await ask('SelfSubjectAccessReview', {})).message).toMatch(
      /exactly one of nonResourceAttributes or resourceAttributes must be specified$/,
    );
    const node = { user: 'system:node:n1', groups: ['system:nodes'] };
    const selected = async (value: string) => {
      const requirements = [{ key: 'spec.nodeName', operator: 'In', values: [value] }];
      const attributes = { ...resourceAttributes, fieldSelector: { requirements } };
      return ask('SubjectAccessReview', { ...node, resourceAttributes: attributes });
    };
    expect((await selected('n1')).status.allowed).toBe(true);
    expect((await selected('n2')).status).toMatchObject({
      ...{ allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector' },
    });
  });
});
