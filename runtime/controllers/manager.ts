/**
 * The controller manager: starts every controller on shared informers. Each is a loop of its own
 * that ends with the signal; a failure in one is logged and tried again and touches no other.
 */
import { runDeployments } from './deployment/deployment.ts';
import type { ControllerContext } from './kit/context.ts';
import { runReplicaSets } from './replicaset/replicaset.ts';
import { runReplicationControllers } from './replicaset/replicationcontroller.ts';

type StartController = (context: ControllerContext) => void;

/** By the names of kube-controller-manager. */
const controllers: Readonly<Record<string, StartController>> = {
  'deployment-controller': runDeployments,
  'replicaset-controller': runReplicaSets,
  'replicationcontroller-controller': runReplicationControllers,
};

/** Starts all controllers; a controller that cannot be started is logged and left out. */
export function runControllers(context: ControllerContext): void {
  for (const [name, start] of Object.entries(controllers)) {
    try {
      start(context);
    } catch (error) {
      context.log(`${name} could not be started: ${String(error)}`);
    }
  }
}
