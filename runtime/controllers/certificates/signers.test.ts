import { expect, it } from 'vitest';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { signers } from './signers.ts';

const node: CertificateRequest = {
  ...{ commonName: 'system:node:n1', organizations: ['system:nodes'] },
  ...{ dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] },
  ...{ publicKey: new Uint8Array(), subject: new Uint8Array() },
  isSigned: () => Promise.resolve(true),
};

/** Why the signer does not certify it; undefined if it does. */
function why(signer: string, request: CertificateRequest, usages: string[]): string | undefined {
  try {
    signers[`kubernetes.io/${signer}`]?.(request, usages);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

it.each([
  [{ organizations: ['system:nodes', 'dev'] }, 'subject organization is not system:nodes'],
  [{ dnsNames: ['n1'] }, 'DNS subjectAltNames are not allowed'],
  [{ ipAddresses: ['10.0.0.1'] }, 'IP subjectAltNames are not allowed'],
  [{ commonName: 'n1' }, 'subject common name does not begin with system:node: prefix'],
  [{}, undefined],
])('certifies kubelets as clients by their name alone: %j', (change, expected) => {
  const usages = ['client auth', 'digital signature', 'key encipherment'];
  expect(why('kube-apiserver-client-kubelet', { ...node, ...change }, usages)).toBe(expected);
});

it.each([
  [{}, 'DNS or IP subjectAltName is required'],
  [{ dnsNames: ['n1'], uris: ['a:b'] }, 'URI subjectAltNames are not allowed'],
  [{ dnsNames: ['n1'], emailAddresses: ['a@b'] }, 'Email subjectAltNames are not allowed'],
  [{ ipAddresses: ['10.0.0.1'], dnsNames: ['n1'] }, undefined],
])('certifies kubelets as servers by their addresses: %j', (change, expected) => {
  const usages = ['server auth', 'digital signature'];
  expect(why('kubelet-serving', { ...node, ...change }, usages)).toBe(expected);
});

it('certifies each for its purpose and no other', () => {
  const serving = { ...node, dnsNames: ['n1'] };
  expect(why('kubelet-serving', serving, ['client auth', 'digital signature'])).toBe(
    'usages did not match [digital signature key encipherment server auth]',
  );
  expect(why('kube-apiserver-client-kubelet', node, ['client auth'])).toBe(
    'usages did not match [client auth digital signature key encipherment]',
  );
  expect(why('kube-apiserver-client', node, ['client auth', 'server auth'])).toBe(
    'invalid usage for client certificate: server auth',
  );
  expect(why('kube-apiserver-client', node, ['digital signature'])).toBe(
    'missing required usage for client certificate: client auth',
  );
});
