import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks; a block is told this much too short at worst. */
const resolution = 2;

/**
 * How long the event loop was held up at most, in seconds, since the last call. Measuring wakes the
 * process hundreds of times a second, so it begins with the first call: a cluster whose metrics
 * nobody reads is left alone.
 */
export function longestBlock(): () => number {
  let histogram: IntervalHistogram | undefined;
  return () => {
    if (histogram === undefined) {
      histogram = monitorEventLoopDelay({ resolution });
      histogram.enable();
      return 0;
    }
    // Nanoseconds from look to look, the pause that was meant among them.
    const longest = histogram.count === 0 ? 0 : histogram.max / 1e9 - resolution / 1e3;
    histogram.reset();
    return Math.max(0, longest);
  };
}
