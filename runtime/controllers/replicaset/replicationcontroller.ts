/** ReplicationControllers: see `replicas.ts`. Their selector is a plain map of labels. */
import type { ReplicationController } from '../../api/types.ts';
import { replicationControllers } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { runReplicas } from './replicas.ts';

/** Starts the controller. */
export function runReplicationControllers(context: ControllerContext): void {
  runReplicas<ReplicationController>(context, {
    resource: replicationControllers,
    component: 'replication-controller',
    selects: (controller, labels) => {
      const wanted = Object.entries(controller.spec.selector ?? {});
      return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
    },
  });
}
