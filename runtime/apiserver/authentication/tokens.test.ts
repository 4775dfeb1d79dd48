import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import type { authentication } from '../../api/types.ts';
import type { Resource } from '../../client/client.ts';
import { at, nodes, pods, secrets, serviceAccounts } from '../../client/resources.ts';
import { createMemoryStore } from '../../store/memory/memory.ts';
import type { AuditEvent } from '../audit/event.ts';
import { parsePolicy } from '../audit/policy.ts';
import { Cache } from '../registry/cache.ts';
import { ask } from '../testing/https-client.ts';
import { useTestServer } from '../testing/use-server.ts';
import { boundUser } from './bound-token.ts';

const second = 1000;
const issuer = 'https://kubernetes.default.svc.cluster.local';
const policy = parsePolicy(
  'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n',
);

describe('tokens of service accounts', () => {
  let port: number;
  let late = 0;
  const audited: AuditEvent[] = [];
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + late };

  const write = (event: AuditEvent) => audited.push(event);
  const server = useTestServer({
    ...{ clock, audit: { policy, write }, log: () => {} },
    tokens: { maxExpirationSeconds: 7200 },
  });

  beforeAll(async () => {
    ({ port } = await server.api.listen({ host: '127.0.0.1', port: 0 }));
    await make(serviceAccounts, { kind: 'ServiceAccount', metadata: { name: 'robot' } });
    await make(serviceAccounts, { kind: 'ServiceAccount', metadata: { name: 'other' } });
    const spec = { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'x' }] };
    await make(pods, { kind: 'Pod', metadata: { name: 'p' }, spec });
    await make(secrets, { kind: 'Secret', metadata: { name: 's' } });
    await make(nodes, { kind: 'Node', metadata: { name: 'n' } });
  });
  beforeEach(() => {
    late = 0;
    audited.length = 0;
  });

  function make(resource: Resource, object: object): Promise<UnknownObject> {
    const place = resource.resource === 'nodes' ? resource : { ...resource, namespace: 'default' };
    return server.client.create(place, { apiVersion: 'v1', ...object } as UnknownObject);
  }

  type Spec = Partial<authentication.TokenRequestSpec>;
  /** Over the wire, for what stands in headers. */
  async function request(spec: Spec, metadata: object = {}, account = 'robot') {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec };
    const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`;
    const answer = await ask(port, server.pki.caPem, path, {
      ...{ method: 'POST', as: server.pki.admin, body: JSON.stringify(body) },
    });
    const object = answer.json<
      { message?: string; details?: object; code?: number } & authentication.TokenRequest
    >();
    return { ...object, warning: answer.headers.warning, token: object.status?.token ?? '' };
  }

  function claimsOf(token: string) {
    const [, payload = ''] = token.split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      exp: number;
      iat: number;
      jti: string;
      'kubernetes.io': Record<string, { name: string }> & { warnafter?: number };
    };
  }

  async function review(token: string, audiences: string[] = []) {
    const body = {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' },
      spec: { token, audiences },
    };
    const answer = await ask(
      port,
      server.pki.caPem,
      '/apis/authentication.k8s.io/v1/tokenreviews',
      {
        ...{ method: 'POST', as: server.pki.admin, body: JSON.stringify(body) },
      },
    );
    return answer.json<{ status: { authenticated?: boolean; error?: string } }>().status;
  }

  const annotationsOf = async (key: string) => {
    const find = () => audited.map(({ annotations }) => annotations?.[key]).find(Boolean);
    await expect.poll(find).toBeTruthy();
    return find();
  };
  const bound = (kind: string, name: string, uid?: string) => ({
    boundObjectRef: { apiVersion: 'v1', kind, name, ...(uid === undefined ? {} : { uid }) },
  });

  it('last no longer than the server lets them, and whoever asks for more is told', async () => {
    const { spec, token, warning } = await request({ expirationSeconds: 9000 });
    expect(spec.expirationSeconds).toBe(7200);
    expect(warning).toBe('299 - "requested expiration of 9000 seconds shortened to 7200 seconds"');
    const { exp, iat, jti } = claimsOf(token);
    expect(exp - iat).toBe(7200);
    expect(await annotationsOf('authentication.kubernetes.io/issued-credential-id')).toBe(
      `JTI=${jti}`,
    );
    expect(await request({ expirationSeconds: 2 ** 32 + 1 })).toMatchObject({
      code: 422,
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    });
  });

  it('of a pod, as its default volume asks for them, live a year and tell who is late', async () => {
    const { token, status } = await request({ expirationSeconds: 3607, ...bound('Pod', 'p') });
    const { exp, iat, 'kubernetes.io': claim } = claimsOf(token);
    expect(exp - iat).toBe(365 * 24 * 3600);
    expect(claim.warnafter).toBe(iat + 3607);
    const promised = Date.parse(String(status?.expirationTimestamp)) - clock.now();
    expect(promised).toBeLessThanOrEqual(3607 * second);
    late = 4000 * second;
    expect(await review(token)).toMatchObject({ authenticated: true });
    expect(await annotationsOf('authentication.k8s.io/stale-token')).toMatch(
      /^subject: system:serviceaccount:default:robot, seconds after warning threshold: 39\d$/,
    );
    late = 0;
    for (const spec of [
      { expirationSeconds: 3607 },
      { expirationSeconds: 3607, ...bound('Secret', 's') },
      { expirationSeconds: 3607, ...bound('Pod', 'p'), audiences: [issuer, 'vault'] },
    ]) {
      const claims = claimsOf((await request(spec)).token);
      expect(claims.exp - claims.iat).toBe(3607);
      expect(claims['kubernetes.io'].warnafter).toBeUndefined();
    }
  });

  it('are good for a minute longer than they say, for clocks that differ', async () => {
    const { token } = await request({ expirationSeconds: 600 });
    late = 655 * second;
    expect(await review(token)).toMatchObject({ authenticated: true });
    late = 665 * second;
    expect((await review(token)).error).toBe(
      '[invalid bearer token, service account token has expired]',
    );
    late = 0;
    const early = (await request({})).token;
    late = -70 * second;
    expect((await review(early)).error).toBe(
      '[invalid bearer token, service account token is not valid yet]',
    );
  });

  it('are for those whom they name', async () => {
    const { token } = await request({ audiences: ['vault', 'other'] });
    expect((await review(token)).error).toBe(
      `[invalid bearer token, token audiences ["vault" "other"] is invalid for the target audiences ["${issuer}"]]`,
    );
    expect(await review(token, ['other', 'third'])).toMatchObject({ audiences: ['other'] });
    const [head, payload, signature = ''] = (await request({})).token.split('.');
    const forged = [head, payload, `${signature.slice(0, -4)}AAAA`].join('.');
    expect((await review(forged)).error).toBe('invalid bearer token');
    expect((await review('nonsense')).error).toBe('invalid bearer token');
    // Not what the token itself says of how it is signed: unsigned, or with the public key as a secret.
    const encoded = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString('base64url');
    expect((await review(`${encoded('none')}.${payload}.`)).error).toBe('invalid bearer token');
    const mixed = `${encoded('HS256')}.${payload}`;
    const hmac = createHmac('sha256', server.pki.serviceAccount.publicPem).update(mixed);
    expect((await review(`${mixed}.${hmac.digest('base64url')}`)).error).toBe(
      'invalid bearer token',
    );
  });

  it('must agree with the path and with what they are bound to', async () => {
    expect(await request({}, { name: 'else' })).toMatchObject({
      message:
        'TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "else": must match the service account name if specified',
    });
    expect(await request(bound('Pod', 'p'), {}, 'other')).toMatchObject({
      message:
        'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    });
    for (const [kind, name] of [
      ['Pod', 'p'],
      ['Secret', 's'],
      ['Node', 'n'],
    ] as const) {
      expect(await request(bound(kind, name, 'x'))).toMatchObject({
        code: 409,
        message: `Operation cannot be fulfilled on ${kind} "${name}": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated`,
      });
      const { token } = await request(bound(kind, name));
      expect(claimsOf(token)['kubernetes.io'][kind.toLowerCase()]).toMatchObject({ name });
    }
  });

  it('end with the secret or node that they are bound to, even if another takes its name', async () => {
    const ofSecret = (await request(bound('Secret', 's'))).token;
    const ofNode = (await request(bound('Node', 'n'))).token;
    await server.client.delete(at(secrets, 's', 'default'));
    await server.client.delete(at(nodes, 'n'));
    const gone = '[invalid bearer token, service account token has been invalidated]';
    expect((await review(ofSecret)).error).toBe(gone);
    expect((await review(ofNode)).error).toBe(gone);
    await make(secrets, { kind: 'Secret', metadata: { name: 's' } });
    await make(nodes, { kind: 'Node', metadata: { name: 'n' } });
    expect((await review(ofSecret)).error).toMatch(
      /secret UID \(.+\) does not match service account secret ref claim/,
    );
    expect((await review(ofNode)).error).toMatch(
      /node UID \(.+\) does not match service account node ref claim/,
    );
    const ofRobot = (await request({})).token;
    await server.client.delete(at(serviceAccounts, 'robot', 'default'));
    expect((await review(ofRobot)).error).toBe(
      '[invalid bearer token, serviceaccounts "robot" not found]',
    );
    await make(serviceAccounts, { kind: 'ServiceAccount', metadata: { name: 'robot' } });
    expect((await review(ofRobot)).error).toMatch(/service account UID .* does not match claim/);
  });
});

it('refuses claims of any other shape, whoever has signed them', () => {
  const cache = new Cache(
    createMemoryStore(),
    (_, value) => value,
    (error) => expect.fail(error.message),
  );
  for (const claim of [undefined, null, 'text', 7, {}, { namespace: 'a', serviceaccount: null }]) {
    const verify = () => boundUser({ 'kubernetes.io': claim }, cache, 0, undefined);
    expect(verify).toThrow('invalid bearer token');
  }
});
