/** The official JavaScript client, connected to an API server of a test. */
import './node-20.ts';
import { Writable } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import type { TestServer } from '../../../runtime/apiserver/testing/test-server.ts';

/** What a kubeconfig says of a server's administrator. */
export function configFor({ pki }: TestServer, port: number): KubeConfig {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const { caPem, admin } = pki;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'test',
      server: `https://127.0.0.1:${port}`,
      caData: base64(caPem),
      skipTLSVerify: false,
    },
    { name: 'test', certData: base64(admin.certPem), keyData: base64(admin.keyPem) },
  );
  return config;
}

/** Everything that is written into it, as text. */
export function collector() {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}
