/** Events are news, not state: an hour after they last changed they go. */
import type { CoreEvent } from '../../api/types.ts';
import { Breath } from '../registry/breath.ts';
import type { Registry } from '../registry/registry.ts';
import { commitRemoval } from './commit.ts';

const lifeMs = 3600_000;
const intervalMs = 5 * 60_000;

/** Looks every five minutes; the result stops it. */
export function expireEvents(registry: Registry, log: (message: string) => void): () => void {
  let cancel: () => void;
  const schedule = () => {
    cancel = registry.clock.after(intervalMs, () => {
      removeOld(registry)
        .catch((error: unknown) => log(`events could not be removed: ${String(error)}`))
        .finally(schedule);
    });
  };
  schedule();
  return () => cancel();
}

async function removeOld(registry: Registry): Promise<void> {
  const cache = registry.cache.resource('core/events');
  const breath = new Breath();
  const before = registry.clock.now() - lifeMs;
  for (const key of cache.keys(cache.prefix)) {
    const item = cache.get(key);
    if (item === undefined || lastChange(item.object as unknown as CoreEvent) > before) continue;
    await commitRemoval(registry, { dryRun: false }, { key, expect: item.revision, also: [] });
    if (breath.due) await breath.pause();
  }
}

function lastChange(event: CoreEvent): number {
  const times = [
    event.metadata.creationTimestamp,
    event.lastTimestamp,
    event.eventTime,
    event.series?.lastObservedTime,
  ];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}
