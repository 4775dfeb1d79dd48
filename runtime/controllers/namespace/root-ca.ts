/** Every namespace has a ConfigMap with the certificate by which pods know the API server. */
import type { UnknownObject } from '../../api/object.ts';
import type { ConfigMap, Namespace } from '../../api/types.ts';
import { at, configMaps, namespaces } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import type { ControllerContext } from '../kit/context.ts';
import { sameValue } from '../kit/equality.ts';
import { createLoop } from '../kit/loop.ts';

const mapName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Starts the controller; without a certificate in the context there is nothing to publish. */
export function runRootCaPublisher(context: ControllerContext): void {
  const { client, informers, rootCaPem } = context;
  if (rootCaPem === undefined) return;
  const loop = createLoop(context, 'root-ca-certificate-publisher');
  const spaces = informers.for<Namespace>(namespaces);
  const maps = informers.for<ConfigMap>(configMaps);
  const enqueue = (namespace: Namespace) => loop.queue.add(namespace.metadata.name);
  spaces.subscribe({ added: enqueue, updated: enqueue });
  const enqueueMap = ({ metadata }: ConfigMap) => {
    if (metadata.name === mapName) loop.queue.add(metadata.namespace ?? '');
  };
  maps.subscribe({ updated: enqueueMap, deleted: enqueueMap });
  loop.start([spaces, maps], async (namespace) => {
    const space = spaces.get(namespace);
    if (space === undefined || space.metadata.deletionTimestamp !== undefined) return;
    const current = maps.get(mapName, namespace);
    const data = { 'ca.crt': rootCaPem };
    if (current !== undefined && sameValue(current.data, data)) return;
    const object: UnknownObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...current?.metadata,
        name: mapName,
        namespace,
        annotations: { 'kubernetes.io/description': description },
      },
      data,
    };
    try {
      if (current === undefined) await client.create({ ...configMaps, namespace }, object);
      else await client.update(at(configMaps, mapName, namespace), object);
    } catch (error) {
      if (!isTerminatingNamespace(error)) throw error;
    }
  });
}
