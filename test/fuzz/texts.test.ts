/** The small languages and files that are read outside of requests: no text is too much for them. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goPattern } from '../../runtime/api/cel/regex.ts';
import { parseDuration } from '../../runtime/api/duration.ts';
import { format, parseQuantity } from '../../runtime/api/quantity.ts';
import { parseFieldSelector, parseLabelSelector } from '../../runtime/api/selector.ts';
import { cronProblem } from '../../runtime/api/validation/cron.ts';
import { loadKubeconfig } from '../../runtime/client/kubeconfig.ts';
import { openDisk } from '../../runtime/store/log/disk.ts';
import { openLogStore } from '../../runtime/store/log/log.ts';
import { CorruptStoreError } from '../../runtime/store/log/recover.ts';
import { fuzz, fuzzTimeout, mutated, mutatedText } from './support/mutations.ts';
import { kubeconfigs } from './support/seeds.ts';

const longestMs = 1000;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skiff-fuzz-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs it and gives the milliseconds of processor time that it took. */
async function timed(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('texts', { timeout: fuzzTimeout }, () => {
  it.each([
    [
      'quantities',
      ['1.5Gi', '-100m', '1e3', '.5', '12E6', '0.000000001n'],
      (text: string) => {
        const quantity = parseQuantity(text);
        if (quantity !== undefined) expect(parseQuantity(format(quantity))).toBeDefined();
      },
    ],
    ['durations', ['1h2m3.5s', '-1.5us', '100ms', '0'], parseDuration],
    [
      'schedules',
      ['*/5 1-3 * JAN,FEB MON-FRI', '@hourly', '0 0 1,15 * ?', '1-59/2 * * * 7'],
      cronProblem,
    ],
    [
      'label selectors',
      ['a=b,c!=d,e in (f,g),h notin (i),!j,k,l>5', 'x.y/z==w'],
      parseLabelSelector,
    ],
    ['field selectors', ['metadata.name=a,status.phase!=b\\,c', 'a==\\=\\\\'], parseFieldSelector],
    [
      'patterns',
      ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', '(a+)+$', '\\pL{2,9}|(?i)x', '(a?){50}'],
      (text: string) => {
        goPattern(text).test('a'.repeat(1000));
      },
    ],
  ] as const)('%s', async (_name, seeds, parse) => {
    await fuzz(mutatedText(seeds), async (text) => {
      const held = await timed(() => {
        try {
          parse(text);
        } catch (error) {
          // A refusal in words, never a fault of the parser's own.
          expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(
            false,
          );
        }
      });
      expect(held).toBeLessThan(longestMs);
    });
  });

  it('kubeconfig files', async () => {
    const file = join(directory, 'kubeconfig');
    await fuzz(mutated(kubeconfigs), async (bytes) => {
      await writeFile(file, bytes);
      expect(await timed(() => loadKubeconfig([file]))).toBeLessThan(longestMs);
    });
  });

  it('logs of the store', async () => {
    const path = join(directory, 'store');
    const store = await openLogStore(await openDisk(path));
    for (let i = 0; i < 5; i++) {
      await store.commit([{ type: 'put', key: `/k${i}`, value: Buffer.from(`value ${i}`) }]);
    }
    await store.close();
    const [name = ''] = await readdir(path);
    const good = await readFile(join(path, name));
    const scratch = join(directory, 'scratch');
    await fuzz(mutated([good]), async (bytes) => {
      await rm(scratch, { recursive: true, force: true });
      await mkdir(scratch);
      await writeFile(join(scratch, name), bytes);
      try {
        const opened = await openLogStore(await openDisk(scratch));
        // What is there was written, in order, and nothing else is.
        const { entries } = await opened.list('/');
        expect(entries.map(({ key }) => key)).toEqual(entries.map((_, i) => `/k${i}`));
        expect(opened.revision).toBeLessThanOrEqual(5);
        await opened.close();
      } catch (error) {
        if (!(error instanceof CorruptStoreError)) throw error;
      }
    });
  });
});
