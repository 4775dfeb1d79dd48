/**
 * What `fast-check` means in the tests (vitest.config.mts): the same inputs every time, so that a red run
 * says something of a change. SKIFF_FUZZ_SEED gives another beginning, or `random`; a failure names it.
 */
import fc from '../../node_modules/fast-check/lib/fast-check.js';

const seed = process.env.SKIFF_FUZZ_SEED ?? '1';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

// biome-ignore lint/style/noDefaultExport: it stands in for a module that has one.
export default fc;
