/** The Helms that scripts/setup/helm.mjs puts into the cache directory, driven against a test cluster. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Result, run, type TestCluster } from './cluster.ts';

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

/** The versions that the set-up script gets. */
export const helms = ['3.17.2', '4.1.4'].map((version) => ({
  version,
  major: Number(version[0]),
  path: join(cache, 'skiff', 'helm', `helm-${version}`),
}));

/** False on machines that have no Helm: tests that need it are skipped there, in CI they fail. */
export const hasHelm = (process.env.CI ?? '') !== '' || helms.every(({ path }) => existsSync(path));

export interface Helm {
  /** The outcome, whatever it is. */
  run(...args: string[]): Promise<Result>;
  /** Standard output. Throws with everything it said if it fails. */
  ok(...args: string[]): Promise<string>;
}

/** Helm with a home of its own, working in one namespace of the cluster. */
export function helmFor(path: string, cluster: TestCluster, namespace: string): Helm {
  const env = {
    ...cluster.environment,
    HELM_CACHE_HOME: cluster.scratch('helm-cache'),
    HELM_CONFIG_HOME: cluster.scratch('helm-config'),
    HELM_DATA_HOME: cluster.scratch('helm-data'),
  };
  const helm: Helm = {
    run: (...args) => run(path, [...args, '--namespace', namespace], { env }),
    async ok(...args) {
      const { code, stdout, stderr } = await helm.run(...args);
      if (code !== 0) throw new Error(`helm ${args.join(' ')}: exit ${code}\n${stdout}\n${stderr}`);
      return stdout;
    },
  };
  return helm;
}
