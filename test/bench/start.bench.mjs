// How long `skiff up` takes from a cold process to a Ready node, and what the runtime then weighs.
import { startCluster } from './support.mjs';

export async function* bench() {
  for (const engine of ['simulated', 'docker']) {
    try {
      const cluster = await startCluster('--engine', engine);
      const { startMs, rssBytes } = await cluster.status();
      yield { engine, upMs: Math.round(cluster.upMs), startMs, rssMb: Math.round(rssBytes / 1e6) };
      await cluster.remove();
    } catch (error) {
      yield {
        engine,
        skipped: String(error.stderr ?? error.message)
          .trim()
          .split('\n')[0],
      };
    }
  }
}
