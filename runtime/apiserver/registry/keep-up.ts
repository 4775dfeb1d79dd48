import type { ResourceCache } from './cache.ts';

/**
 * Does some work now and after every change of these resources, never twice at a time; changes that
 * come meanwhile are worked on together. `failed` is told what `work` threw. The result ends it.
 */
export function keepUp(
  resources: readonly ResourceCache[],
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): () => void {
  let stopped = false;
  let dirty = false;
  let working = false;
  const run = async () => {
    if (working) return;
    working = true;
    while (dirty && !stopped) {
      dirty = false;
      await work().catch((error: unknown) => {
        if (!stopped) failed(error);
      });
    }
    working = false;
  };
  const look = () => {
    dirty = true;
    void run();
  };
  const unwatch = resources.map((resource) => resource.watch(look));
  look();
  return () => {
    stopped = true;
    for (const end of unwatch) end();
  };
}
