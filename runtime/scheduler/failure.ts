/** Says in the pod's status that, and why, it has no node. */
import { type Clock, timestamp } from '../api/clock.ts';
import type { Pod } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import { at, pods } from '../client/resources.ts';

/** `nominee`: the node where room is being made for the pod. Throws ApiError. */
export async function reportUnschedulable(
  client: Client,
  clock: Clock,
  pod: Pod,
  message: string,
  nominee: string | undefined,
): Promise<void> {
  const { name, namespace } = pod.metadata;
  const type = 'PodScheduled';
  const current = pod.status?.conditions?.find((condition) => condition.type === type);
  const same = current?.status === 'False' && current.message === message;
  if (same && (nominee === undefined || pod.status?.nominatedNodeName === nominee)) return;
  const now = timestamp(clock.now());
  const lastTransitionTime = current?.status === 'False' ? current.lastTransitionTime : now;
  const condition = {
    type,
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastTransitionTime,
  };
  await client.patch(at(pods, name, namespace, 'status'), 'strategic', {
    status: {
      conditions: [condition],
      ...(nominee === undefined ? {} : { nominatedNodeName: nominee }),
    },
  });
}
