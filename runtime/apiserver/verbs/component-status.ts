import type { UnknownObject } from '../../api/object.ts';

/** What old tools ask for; all parts live in one process that is answering. */
export function componentStatuses(): UnknownObject[] {
  return ['controller-manager', 'etcd-0', 'scheduler'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    metadata: { name },
    conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
  }));
}
