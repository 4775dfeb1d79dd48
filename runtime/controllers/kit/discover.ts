/** Which collections the server has, custom ones included: asked of the server each time. */
import { kinds } from '../../api/kinds.ts';
import { parseApiVersion } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { messageOf } from './loop.ts';

export interface Discovered {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
}

interface ResourceList {
  groupVersion: string;
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

interface GroupList {
  groups: { name: string; preferredVersion: { groupVersion: string } }[];
}

export interface Discovery {
  resources: Discovered[];
  /** Groups that did not answer. */
  failures: string[];
}

/**
 * The preferred version of every resource; a server without discovery is taken to have our kinds. Throws
 * ApiError if the server does not say which groups it has.
 */
export async function discover(client: Client): Promise<Discovery> {
  let groups: GroupList;
  try {
    groups = await client.raw<GroupList>('/apis');
  } catch (error) {
    // Anything else passes, and must not look as if there were no custom kinds.
    if (!isApiError(error, 'NotFound')) throw error;
    return { resources: [...kinds], failures: [] };
  }
  const paths = [
    '/api/v1',
    ...groups.groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const failures: string[] = [];
  const lists = await Promise.all(
    paths.map(async (path) => {
      try {
        return await client.raw<ResourceList>(path);
      } catch (error) {
        failures.push(`${path.replace(/^\/apis?\//, '')}: ${messageOf(error)}`);
        return undefined;
      }
    }),
  );
  const resources = lists.flatMap((list) =>
    (list?.resources ?? [])
      .filter(({ name }) => !name.includes('/'))
      .map(({ name, kind, namespaced, verbs }) => ({
        ...parseApiVersion(list?.groupVersion ?? ''),
        resource: name,
        kind,
        namespaced,
        verbs,
      })),
  );
  return { resources, failures };
}
