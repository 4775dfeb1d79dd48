import { type Journal, MvccStore } from '../mvcc-store.ts';
import type { Store } from '../store.ts';

/** A store that lives as long as its process: for tests. */
export function createMemoryStore(): Store {
  const journal: Journal = {
    append: async (_commit, applied) => applied(),
    close: async () => {},
  };
  return new MvccStore(journal);
}
