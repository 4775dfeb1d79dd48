/** Deletes the pods that make room for a more important one. */
import { type Clock, timestamp } from '../api/clock.ts';
import { isApiError } from '../api/status.ts';
import type { Pod } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import { at, pods } from '../client/resources.ts';
import type { NodeState, PlacedPod } from './cluster-state.ts';

interface Means {
  client: Client;
  clock: Clock;
  events: EventRecorder;
}

/** Throws ApiError; victims that are gone already are passed over. */
export async function evictVictims(
  { client, clock, events }: Means,
  preemptor: Pod,
  { node, victims }: { node: NodeState; victims: readonly PlacedPod[] },
): Promise<void> {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
    lastTransitionTime: timestamp(clock.now()),
  };
  for (const { pod } of victims) {
    const { name, namespace, uid } = pod.metadata;
    try {
      await client.patch(at(pods, name, namespace, 'status'), 'strategic', {
        status: { conditions: [condition] },
      });
      await client.delete(at(pods, name, namespace), { preconditions: { uid } });
      const message = `Preempted by pod ${preemptor.metadata.uid} on node ${node.name}`;
      events.event(pod, 'Normal', 'Preempted', message);
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
    }
  }
}
