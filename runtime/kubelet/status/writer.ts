/**
 * Writes pods' statuses to the API: in the background, one write a pod at a time, the newest wins. What
 * somebody else writes over it is put right, with growing pauses (see contradiction.ts).
 */

import type { Clock } from '../../api/clock.ts';
import { isApiError } from '../../api/status.ts';
import type { core, Pod } from '../../api/types.ts';
import type { Client } from '../../client/client.ts';
import { pods, targetOf } from '../../client/resources.ts';
import { passingConditions } from './conditions.ts';
import { contradicts, Patience } from './contradiction.ts';

export interface StatusWriter {
  write(pod: Pod, status: core.PodStatus): void;
  /** The pod as the API shows it now, whoever wrote it. */
  observed(pod: Pod): void;
  /** Resolves when the pod's newest status is written; false if it could not be. */
  written(uid: string): Promise<boolean>;
  forget(uid: string): void;
}

export interface StatusWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** Nothing is said again once it has aborted. */
  readonly signal: AbortSignal;
  /** Told of writes that failed; they are made again with the next status. */
  readonly onError: (error: unknown, pod: Pod) => void;
}

interface Entry {
  next: { pod: Pod; status: core.PodStatus } | undefined;
  /** What the next patch starts from. */
  last: core.PodStatus;
  writing: Promise<void> | undefined;
  /** The newest write came to nothing. */
  failed: boolean;
  /** Our newest word: as we wrote it and as the server took it. */
  told: { status: core.PodStatus; taken: core.PodStatus } | undefined;
  seen: Pod;
  readonly patience: Patience;
  cancel: (() => void) | undefined;
}

export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  const { client, clock, signal, onError } = options;
  const entries = new Map<string, Entry>();
  signal.addEventListener('abort', () => {
    for (const { cancel } of entries.values()) cancel?.();
  });

  const drain = async (uid: string, entry: Entry): Promise<void> => {
    while (entry.next !== undefined && entries.get(uid) === entry) {
      const { pod, status } = entry.next;
      entry.next = undefined;
      entry.failed = false;
      if (JSON.stringify(status) === JSON.stringify(entry.last)) {
        entry.told ??= { status, taken: entry.last };
        continue;
      }
      try {
        const answer = await client.patch<Pod>(targetOf(pods, pod, 'status'), 'strategic', {
          metadata: { uid },
          status: patchOf(status, entry.last),
        });
        entry.last = status;
        entry.told = { status, taken: answer.status ?? {} };
      } catch (error) {
        // Gone, or another pod of the same name: nothing is left to be told.
        if (isApiError(error, 'NotFound', 'Conflict')) continue;
        entry.failed = true;
        onError(error, pod);
      }
    }
  };

  const start = (uid: string, entry: Entry): void => {
    entry.writing ??= (async () => {
      // Not before `writing` is set; and it is unset in the very step that finds nothing more to write.
      await Promise.resolve();
      try {
        await drain(uid, entry);
      } finally {
        entry.writing = undefined;
      }
    })();
  };

  const sayAgain = (uid: string, entry: Entry): void => {
    entry.cancel = undefined;
    const { told, seen } = entry;
    // What is being written now puts it right anyway.
    if (told === undefined || entry.writing !== undefined || !isContradicted(entry)) return;
    entry.patience.spent(clock.now());
    entry.last = seen.status ?? {};
    entry.next = { pod: seen, status: told.status };
    start(uid, entry);
  };

  return {
    write: (pod, status) => {
      const { uid } = pod.metadata;
      const entry = entries.get(uid) ?? newEntry(pod);
      entries.set(uid, entry);
      entry.next = { pod, status };
      start(uid, entry);
    },
    observed: (pod) => {
      const { uid } = pod.metadata;
      const entry = entries.get(uid);
      if (entry === undefined) return;
      entry.seen = pod;
      if (entry.cancel !== undefined || signal.aborted || !isContradicted(entry)) return;
      const ms = entry.patience.left(clock.now());
      entry.cancel = clock.after(ms, () => sayAgain(uid, entry));
    },
    written: async (uid) => {
      for (let entry = entries.get(uid); entry?.writing !== undefined; entry = entries.get(uid)) {
        await entry.writing;
      }
      return entries.get(uid)?.failed !== true;
    },
    forget: (uid) => {
      entries.get(uid)?.cancel?.();
      entries.delete(uid);
    },
  };
}

function newEntry(pod: Pod): Entry {
  return {
    next: undefined,
    last: pod.status ?? {},
    writing: undefined,
    failed: false,
    told: undefined,
    seen: pod,
    patience: new Patience(),
    cancel: undefined,
  };
}

/** A pod that has ended, or that is to go, is not argued about. */
function isContradicted({ told, seen }: Entry): boolean {
  const { status = {}, metadata } = seen;
  if (told === undefined || metadata.deletionTimestamp !== undefined) return false;
  if (status.phase === 'Failed' || status.phase === 'Succeeded') return false;
  return contradicts(status, told.taken);
}

/** The status as a strategic merge patch: what is no longer said must be taken back. Pure. */
export function patchOf(status: core.PodStatus, last: core.PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status };
  for (const field of ['reason', 'message', 'podIP', 'podIPs'] as const) {
    if (status[field] === undefined && last[field] !== undefined) patch[field] = null;
  }
  const conditions = status.conditions ?? [];
  const over = (last.conditions ?? []).filter(
    ({ type }) => passingConditions.includes(type) && !conditions.some((one) => one.type === type),
  );
  const kept = conditions.map((condition) => {
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
  patch.conditions = [...kept, ...over.map(({ type }) => ({ $patch: 'delete', type }))];
  return patch;
}
