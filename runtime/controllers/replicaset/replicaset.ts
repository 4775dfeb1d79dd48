/** ReplicaSets: see `replicas.ts`. */
import { labelSelectorOf, matchesLabels } from '../../api/selector.ts';
import type { ReplicaSet } from '../../api/types.ts';
import { replicaSets } from '../../client/resources.ts';
import type { ControllerContext } from '../kit/context.ts';
import { runReplicas } from './replicas.ts';

/** Starts the controller. */
export function runReplicaSets(context: ControllerContext): void {
  runReplicas<ReplicaSet>(context, {
    resource: replicaSets,
    component: 'replicaset-controller',
    selects: (set, labels) => matchesLabels(labelSelectorOf(set.spec.selector), labels),
  });
}
