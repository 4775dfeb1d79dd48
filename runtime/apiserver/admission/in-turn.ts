import type { Registry } from '../registry/registry.ts';

const lines = new WeakMap<Registry, Map<string, Promise<void>>>();

/**
 * Does the work once everything is done that came with the same key before it. Who would only win
 * races against each other waits here instead of trying over and over.
 */
export async function inTurn(
  registry: Registry,
  key: string,
  work: () => Promise<void>,
): Promise<void> {
  const line = lines.get(registry) ?? new Map<string, Promise<void>>();
  lines.set(registry, line);
  const before = line.get(key) ?? Promise.resolve();
  const own = before.then(work);
  // Whoever comes next does not care how this one ends.
  const settled = own.catch(() => {});
  line.set(key, settled);
  try {
    await own;
  } finally {
    if (line.get(key) === settled) line.delete(key);
  }
}
