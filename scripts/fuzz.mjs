// Works longer on every decoder than `npm test` does: `npm run fuzz -- [SECONDS] [PART OF A TEST'S NAME]`,
// a minute each if nothing is said. A failure names its seed; SKIFF_FUZZ_SEED=… repeats it.
import { run } from './support/run.mjs';

const [seconds = '60', name] = process.argv.slice(2);
if (!(Number(seconds) > 0)) {
  console.error(`npm run fuzz -- SECONDS: ${JSON.stringify(seconds)} is no number of seconds`);
  process.exit(1);
}
const args = ['vitest', 'run', '--project', 'unit', 'test/fuzz'];
if (name !== undefined) args.push('-t', name);
try {
  const { SKIFF_FUZZ_SEED = 'random' } = process.env;
  await run('npx', args, { env: { SKIFF_FUZZ_SECONDS: seconds, SKIFF_FUZZ_SEED } });
} catch {
  // Said already.
  process.exit(1);
}
