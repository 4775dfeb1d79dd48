/** Every namespace has a ServiceAccount `default`, which pods without another one run as. */
import type { UnknownObject } from '../../api/object.ts';
import type { Namespace, ServiceAccount } from '../../api/types.ts';
import { namespaces, serviceAccounts } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import type { ControllerContext } from '../kit/context.ts';
import { createLoop, tolerate } from '../kit/loop.ts';

/** Starts the controller. */
export function runServiceAccounts(context: ControllerContext): void {
  const { client, informers } = context;
  const loop = createLoop(context, 'serviceaccount');
  const spaces = informers.for<Namespace>(namespaces);
  const accounts = informers.for<ServiceAccount>(serviceAccounts);
  const enqueue = (namespace: Namespace) => loop.queue.add(namespace.metadata.name);
  spaces.subscribe({ added: enqueue, updated: enqueue });
  accounts.subscribe({
    deleted: ({ metadata }) => loop.queue.add(metadata.namespace ?? ''),
  });
  loop.start([spaces, accounts], async (name) => {
    const namespace = spaces.get(name);
    if (namespace === undefined || namespace.status?.phase === 'Terminating') return;
    if (namespace.metadata.deletionTimestamp !== undefined) return;
    if (accounts.get('default', name) !== undefined) return;
    const account: UnknownObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    };
    try {
      await tolerate(
        client.create({ ...serviceAccounts, namespace: name }, account),
        'AlreadyExists',
      );
    } catch (error) {
      if (!isTerminatingNamespace(error)) throw error;
    }
  });
}
