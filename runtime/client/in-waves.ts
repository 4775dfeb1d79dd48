/** Requests that do not need each other side by side, those that do one after the other. */

/** Enough to keep a server busy, and few enough not to be sent away by one that is. */
const concurrency = 8;

export interface WaveOptions<R> {
  /** Ends the work at once: rejects with its reason. What had been sent by then may still be done. */
  signal?: AbortSignal;
  /** Told of each result as soon as all before it are there; what it throws ends the work. */
  onResult?: (result: R) => void;
}

/**
 * Works on all items of a wave, eight at a time, before it begins the next; results are in the items'
 * order. Rejects with what `work` or `onResult` throws, and then begins nothing more.
 */
export async function inWaves<T, R>(
  waves: readonly (readonly T[])[],
  work: (item: T) => Promise<R>,
  { signal, onResult }: WaveOptions<R> = {},
): Promise<R[]> {
  const results: R[] = [];
  const end = new AbortController();
  const ended = AbortSignal.any([end.signal, ...(signal === undefined ? [] : [signal])]);
  const aborted = new Promise<never>((_, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason), { once: true });
  });
  aborted.catch(() => {});
  try {
    ended.throwIfAborted();
    for (const wave of waves) {
      const all = sideBySide(wave, work, ended, (result) => {
        results.push(result);
        onResult?.(result);
      });
      await Promise.race([all, aborted]);
    }
    return results;
  } finally {
    end.abort();
  }
}

async function sideBySide<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  ended: AbortSignal,
  tell: (result: R) => void,
): Promise<void> {
  const done = new Map<number, R>();
  let [begun, told] = [0, 0];
  const worker = async () => {
    while (begun < items.length && !ended.aborted) {
      const index = begun++;
      done.set(index, await work(items[index] as T));
      // Another worker may have ended it all meanwhile.
      while (done.has(told) && !ended.aborted) tell(done.get(told++) as R);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}
