/** Makes and deletes the pods of a workload, and says so in events of the workload. */
import type { KubeObject, UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { core, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import { at, pods } from '../../client/resources.ts';
import { isTerminatingNamespace } from '../../client/terminating.ts';
import { messageOf } from './loop.ts';
import { controllerReference } from './ownership.ts';

/** A pod as it is sent to the API server. */
export interface PodDraft extends KubeObject {
  spec: core.PodSpec;
}

/** A pod from a workload's template, controlled by the workload; the server completes its name. */
export function podFromTemplate(template: core.PodTemplateSpec, owner: KubeObject): PodDraft {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...(template.spec ?? { containers: [] }) },
  };
}

export interface PodControl {
  /** Throws ApiError; a namespace that is being deleted gives no event. */
  create(draft: PodDraft, owner: KubeObject): Promise<Pod>;
  /** Throws ApiError, NotFound included. */
  delete(pod: Pod, owner: KubeObject): Promise<void>;
}

export function createPodControl(client: Client, events: EventRecorder): PodControl {
  return {
    async create(draft, owner) {
      const { namespace } = draft.metadata;
      try {
        const object: UnknownObject = { ...draft };
        const pod = await client.create<Pod>({ ...pods, namespace }, object);
        events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
        return pod;
      } catch (error) {
        if (!isTerminatingNamespace(error)) {
          events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
        }
        throw error;
      }
    },
    async delete(pod, owner) {
      const { name, namespace, uid } = pod.metadata;
      try {
        await client.delete(at(pods, name, namespace), { preconditions: { uid } });
        events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
      } catch (error) {
        if (!isApiError(error, 'NotFound', 'Conflict')) {
          events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        }
        throw error;
      }
    },
  };
}
