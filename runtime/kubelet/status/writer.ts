/** Writes pods' statuses to the API: in the background, one write a pod at a time, the newest wins. */

import { isApiError } from '../../api/status.ts';
import type { core, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { pods, targetOf } from '../../client/resources.ts';

export interface StatusWriter {
  write(pod: Pod, status: core.PodStatus): void;
  /** Resolves when the pod's newest status is written, or cannot be. */
  written(uid: string): Promise<void>;
  forget(uid: string): void;
}

interface Entry {
  next: { pod: Pod; status: core.PodStatus } | undefined;
  last: core.PodStatus;
  writing: Promise<void> | undefined;
}

/** `onError` is told of writes that failed; they are made again with the next status. */
export function createStatusWriter(
  client: Client,
  onError: (error: unknown, pod: Pod) => void,
): StatusWriter {
  const entries = new Map<string, Entry>();

  const drain = async (uid: string, entry: Entry): Promise<void> => {
    while (entry.next !== undefined && entries.get(uid) === entry) {
      const { pod, status } = entry.next;
      entry.next = undefined;
      if (JSON.stringify(status) === JSON.stringify(entry.last)) continue;
      try {
        await client.patch(targetOf(pods, pod, 'status'), 'strategic', {
          metadata: { uid },
          status: patchOf(status, entry.last),
        });
        entry.last = status;
      } catch (error) {
        // Gone, or another pod of the same name: nothing is left to be told.
        if (!isApiError(error, 'NotFound', 'Conflict')) onError(error, pod);
      }
    }
  };

  return {
    write: (pod, status) => {
      const { uid } = pod.metadata;
      const entry = entries.get(uid) ?? {
        next: undefined,
        last: pod.status ?? {},
        writing: undefined,
      };
      entries.set(uid, entry);
      entry.next = { pod, status };
      entry.writing ??= drain(uid, entry).finally(() => {
        entry.writing = undefined;
      });
    },
    written: async (uid) => {
      for (let entry = entries.get(uid); entry?.writing !== undefined; entry = entries.get(uid)) {
        await entry.writing;
      }
    },
    forget: (uid) => void entries.delete(uid),
  };
}

/** The status as a strategic merge patch: what is no longer said must be taken back. Pure. */
export function patchOf(status: core.PodStatus, last: core.PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status };
  for (const field of ['reason', 'message', 'podIP', 'podIPs'] as const) {
    if (status[field] === undefined && last[field] !== undefined) patch[field] = null;
  }
  patch.conditions = (status.conditions ?? []).map((condition) => {
    const before = last.conditions?.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastProbeTime: null,
      ...(before?.reason !== undefined && condition.reason === undefined ? { reason: null } : {}),
      ...(before?.message !== undefined && condition.message === undefined
        ? { message: null }
        : {}),
    };
  });
  return patch;
}
