import { isApiError } from '../../api/status.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { type DeleteRequest, deleteObject } from './delete.ts';
import { type ListAnswer, type ListRequest, listObjects } from './list.ts';

const workers = 4;

/** Deletes what a list would show; the answer is that list, as it was. What is gone meanwhile is no error. */
export async function deleteCollection(
  registry: Registry,
  call: Call,
  served: ServedResource,
  list: ListRequest,
  request: DeleteRequest,
): Promise<ListAnswer> {
  const answer = await listObjects(registry, served, list);
  const queue = answer.views.values();
  const work = async () => {
    for (const view of queue) {
      const { name = '', namespace = '' } = view.object.metadata;
      try {
        await deleteObject(registry, call, served, { namespace, name }, request);
      } catch (error) {
        if (!isApiError(error, 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return answer;
}
