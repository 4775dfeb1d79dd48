import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { exportKey } from '../../apiserver/pki/certificates.ts';
import { ask } from '../../apiserver/testing/https-client.ts';
import { hasKubectl, type Kubectl, kubectlFor } from '../../apiserver/testing/kubectl.ts';
import { useFreshServer } from '../../apiserver/testing/use-server.ts';
import type { Client } from '../../client/client.ts';
import {
  at,
  clusterRoleBindings,
  certificateSigningRequests as requests,
  secrets,
} from '../../client/resources.ts';
import { useControllers } from '../testing/beside-server.ts';
import { runCertificateApproving } from './approving.ts';
import { isOver } from './cleaner.ts';
import { runCertificateSigning } from './signing.ts';

const server = useFreshServer();
const running = useControllers(server, [runCertificateApproving, runCertificateSigning], () => ({
  signCertificate: server.pki.certify,
}));

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Asked {
  readonly body: UnknownObject;
  readonly keyPem: string;
}

/** A request for `subject`, as a client that has made a key would send it. */
async function asked(name: string, subject: string, spec: object): Promise<Asked> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: subject, keys, signingAlgorithm: algorithm },
    webcrypto,
  );
  const pem = Buffer.from(request.toString('pem')).toString('base64');
  return {
    body: {
      ...{ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' },
      metadata: { name },
      spec: { request: pem, ...spec },
    },
    keyPem: await exportKey(keys.privateKey),
  };
}

const forClients = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
const forKubelets = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
};

/** Resolves with the request once it is as wanted. */
async function until(
  name: string,
  test: (request: CertificateSigningRequest) => unknown,
): Promise<CertificateSigningRequest> {
  const options = { fieldSelector: `metadata.name=${name}`, signal: running.signal };
  for await (const { object } of server.client.watch<CertificateSigningRequest>(
    requests,
    options,
  )) {
    const request = object as CertificateSigningRequest;
    if (test(request)) return request;
  }
  throw new Error('the watch has ended');
}

async function issued(name: string): Promise<string> {
  const { status } = await until(name, (request) => request.status?.certificate);
  return Buffer.from(status?.certificate ?? '', 'base64').toString();
}

/** What the server takes the holder of a certificate for. */
async function whoIs(certPem: string, keyPem: string) {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = await ask(running.port, server.pki.caPem, path, {
    ...{ method: 'POST', body: JSON.stringify(review), as: { certPem, keyPem } },
  });
  return answer.json<{ status: { userInfo: { username: string; groups: string[] } } }>().status
    .userInfo;
}

async function approve(client: Client, name: string) {
  const request = await client.get(at(requests, name));
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: '' }];
  const target = at(requests, name, undefined, 'approval');
  return client.update(target, { ...request, status: { conditions } } as UnknownObject);
}

describe('a certificate signing request', () => {
  it.skipIf(!hasKubectl)(
    'approved with kubectl becomes a certificate that lets its holder in',
    async () => {
      const kubectl: Kubectl = await kubectlFor(server);
      const { body, keyPem } = await asked('ann', 'CN=ann,O=dev', {
        ...{ ...forClients, expirationSeconds: 3600 },
      });
      await kubectl.ok(['create', '-f', '-'], JSON.stringify(body));
      expect(await kubectl.ok(['get', 'csr'])).toMatch(/ann .*kube-apiserver-client .* Pending/);
      expect(await kubectl.ok(['certificate', 'approve', 'ann'])).toMatch(/ann approved/);
      const certPem = await issued('ann');
      expect(await kubectl.ok(['get', 'csr'])).toMatch(/Approved,Issued/);
      expect(await whoIs(certPem, keyPem)).toMatchObject({
        username: 'ann',
        groups: ['dev', 'system:authenticated'],
      });
      const { validTo } = new X509Certificate(certPem);
      const left = Date.parse(validTo) - systemClock.now();
      expect(left).toBeGreaterThan(3_500_000);
      expect(left).toBeLessThanOrEqual(3_600_000);
    },
  );

  it('of a node that has a bootstrap token is approved and signed without anybody', async () => {
    const { client } = server;
    const bind = (name: string, role: string, group: string) =>
      client.create(clusterRoleBindings, {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
      } as UnknownObject);
    const recognized = 'system:certificates.k8s.io:certificatesigningrequests';
    await bind('bootstrap', 'system:node-bootstrapper', 'system:bootstrappers:nodes');
    await bind('approve', `${recognized}:nodeclient`, 'system:bootstrappers:nodes');
    await bind('renew', `${recognized}:selfnodeclient`, 'system:nodes');
    const stringData = {
      ...{ 'token-id': 'abcdef', 'token-secret': '0123456789abcdef' },
      ...{ 'usage-bootstrap-authentication': 'true' },
      'auth-extra-groups': 'system:bootstrappers:nodes',
    };
    await client.create({ ...secrets, namespace: 'kube-system' }, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token', stringData },
      metadata: { name: 'bootstrap-token-abcdef' },
    } as UnknownObject);
    const first = await asked('first', 'O=system:nodes,CN=system:node:n1', forKubelets);
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const send = (headers: Record<string, string>) =>
      ask(running.port, server.pki.caPem, path, {
        ...{ method: 'POST', body: JSON.stringify(first.body), headers },
      });
    const wrong = await send({ Authorization: 'Bearer abcdef.0123456789abcdeX' });
    expect(wrong.code).toBe(401);
    const made = await send({ Authorization: 'Bearer abcdef.0123456789abcdef' });
    expect(made.code).toBe(201);
    expect(made.json()).toMatchObject({ spec: { username: 'system:bootstrap:abcdef' } });
    const user = await whoIs(await issued('first'), first.keyPem);
    expect(user).toMatchObject({
      username: 'system:node:n1',
      groups: ['system:nodes', 'system:authenticated'],
    });

    const node = server.api.client({ name: user.username, groups: user.groups });
    const renewal = await asked('renewal', 'O=system:nodes,CN=system:node:n1', forKubelets);
    await node.create(requests, renewal.body);
    const { status } = await until('renewal', (request) => request.status?.certificate);
    expect(status?.conditions?.[0]).toMatchObject({
      reason: 'AutoApproved',
      message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    });
    const foreign = await asked('foreign', 'O=system:nodes,CN=system:node:n2', forKubelets);
    await expect(node.create(requests, foreign.body)).rejects.toThrow(
      /can only create a node CSR with CN=system:node:n1$/,
    );
  });

  it('that its signer does not certify has failed', async () => {
    const { client } = server;
    await client.create(requests, (await asked('a', 'CN=n1', forKubelets)).body);
    await approve(client, 'a');
    const failed = (request: CertificateSigningRequest) =>
      request.status?.conditions?.find(({ type }) => type === 'Failed');
    const condition = failed(await until('a', failed));
    expect(condition).toMatchObject({
      reason: 'SignerValidationFailure',
      message: 'subject organization is not system:nodes',
    });
  });

  it('is refused if nobody could sign it, or nobody should', async () => {
    const { client } = server;
    const request = Buffer.from('no PEM').toString('base64');
    const { body } = await asked('a', 'CN=a,O=system:masters', forClients);
    const garbled = { ...body, spec: { ...(body.spec as object), request } };
    await expect(client.create(requests, garbled)).rejects.toThrow(
      /spec\.request: Invalid value: \[\]byte\{0x6e.*PEM block type must be CERTIFICATE REQUEST$/,
    );
    await expect(client.create(requests, body)).rejects.toThrow(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });

  it('is approved by those who may approve for its signer', async () => {
    const { client, api } = server;
    await client.create(requests, (await asked('a', 'CN=a', forClients)).body);
    const rules = [
      { apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['get', 'update'] },
    ];
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
    const metadata = { name: 'updater' };
    await client.create(roles, { ...rbac, kind: 'ClusterRole', metadata, rules } as UnknownObject);
    const apiGroup = 'rbac.authorization.k8s.io';
    await client.create(clusterRoleBindings, {
      ...{ ...rbac, kind: 'ClusterRoleBinding', metadata },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'updater' },
      subjects: [{ apiGroup, kind: 'User', name: 'bob' }],
    } as UnknownObject);
    const bob = api.client({ name: 'bob', groups: [] });
    await expect(approve(bob, 'a')).rejects.toThrow(
      'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
    const found = await client.get(at(requests, 'a'));
    const status = at(requests, 'a', undefined, 'status');
    const signed = { ...found, status: { certificate: 'eA==' } } as UnknownObject;
    await expect(bob.update(status, signed)).rejects.toThrow(/not permitted to sign requests/);
    await approve(client, 'a');
    const both = await client.get<CertificateSigningRequest>(at(requests, 'a'));
    const denied = { type: 'Denied', status: 'True', reason: '', message: '' };
    const conditions = [...(both.status?.conditions ?? []), denied];
    const target = at(requests, 'a', undefined, 'approval');
    const refused = await client
      .update(target, { ...both, status: { conditions } } as UnknownObject)
      .catch((error: unknown) => error);
    expect(isApiError(refused, 'Invalid')).toBe(true);
    expect(String(refused)).toMatch(/Approved and Denied conditions are mutually exclusive/);
  });

  it('is kept for an hour when decided, and for a day when not', () => {
    const hour = 3_600_000;
    const began = Date.parse('2026-01-01T00:00:00Z');
    const request = (type?: string): CertificateSigningRequest =>
      ({
        metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: {},
        status: {
          ...(type === 'Approved' ? { certificate: 'eA==' } : {}),
          conditions: type ? [{ type, status: 'True' }] : [],
        },
      }) as unknown as CertificateSigningRequest;
    for (const type of ['Approved', 'Denied', 'Failed']) {
      expect(isOver(request(type), began + 0.9 * hour)).toBe(false);
      expect(isOver(request(type), began + 1.1 * hour)).toBe(true);
    }
    expect(isOver(request(), began + 23 * hour)).toBe(false);
    expect(isOver(request(), began + 25 * hour)).toBe(true);
  });
});
