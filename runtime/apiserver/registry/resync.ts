/**
 * What happened while nobody was told: the difference between what a cache holds and what the store
 * has now, as events in order. States in between are lost, and with them nothing that a watcher needs.
 */
import type { Entry, StoreEvent } from '../../store/store.ts';

/** `known`: the revision at which each key was last seen. `revision`: that of `entries`. */
export function eventsSince(
  known: ReadonlyMap<string, number>,
  entries: readonly Entry[],
  revision: number,
): StoreEvent[] {
  const events: StoreEvent[] = [];
  const gone = new Set(known.keys());
  for (const entry of entries) {
    gone.delete(entry.key);
    const seen = known.get(entry.key);
    if (seen === entry.revision) continue;
    // Another object of the same name: watchers must see the old one go.
    if (seen !== undefined && entry.createRevision > seen) {
      events.push(removal(entry.key, entry.createRevision - 1));
    }
    events.push({ type: 'put', entry, previous: undefined });
  }
  for (const key of gone) events.push(removal(key, revision));
  const at = (event: StoreEvent) => (event.type === 'put' ? event.entry.revision : event.revision);
  return events.sort((a, b) => at(a) - at(b));
}

function removal(key: string, revision: number): StoreEvent {
  const previous = { key, value: new Uint8Array(), revision, createRevision: revision };
  return { type: 'delete', key, revision, previous };
}
