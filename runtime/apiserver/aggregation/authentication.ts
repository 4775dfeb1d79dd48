/** What extension API servers read to know whom to trust. Who may read it: bootstrap/namespace-roles.ts. */
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Client, Resource } from '../../client/client.ts';
import { configMaps } from '../../client/resources.ts';
import { remoteHeaders } from './remote.ts';

const name = 'extension-apiserver-authentication';
const metadata = { name, namespace: 'kube-system' };
/** The common name of the front proxy's certificate. */
export const frontProxyName = 'front-proxy-client';

/** Publishes both authorities: of clients, and of the front proxy that speaks for them. */
export async function publishAuthentication(
  client: Client,
  clientCaPem: string,
  frontProxyCaPem: string,
): Promise<void> {
  const list = (text: string) => JSON.stringify([text]);
  await put(client, configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: {
      'client-ca-file': clientCaPem,
      'requestheader-allowed-names': list(frontProxyName),
      'requestheader-client-ca-file': frontProxyCaPem,
      'requestheader-extra-headers-prefix': list(remoteHeaders.extraPrefix),
      'requestheader-group-headers': list(remoteHeaders.group),
      'requestheader-uid-headers': list(remoteHeaders.uid),
      'requestheader-username-headers': list(remoteHeaders.user),
    },
  });
}

async function put(client: Client, resource: Resource, object: UnknownObject): Promise<void> {
  const { namespace = '', name: own = '' } = object.metadata;
  try {
    await client.create({ ...resource, namespace }, object);
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
    await client.patch({ ...resource, namespace, name: own }, 'merge', object);
  }
}
