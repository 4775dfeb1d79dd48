/**
 * Runs `count` times the same call in batches of 1, 2, 4, …: if the first fails (a quota, a bad
 * template) the others need not fail too. Resolves with how many succeeded and the first error.
 */
export async function slowStart(
  count: number,
  call: (index: number) => Promise<void>,
): Promise<{ successes: number; error?: unknown }> {
  let done = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - done)) {
    const results = await Promise.allSettled(
      Array.from({ length: size }, (_, index) => call(done + index)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    done += results.filter((result) => result.status === 'fulfilled').length;
    if (failed !== undefined) return { successes: done, error: failed.reason };
  }
  return { successes: done };
}
