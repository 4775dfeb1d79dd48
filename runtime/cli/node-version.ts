/**
 * What is wrong with a Node as something to run Skiff with; undefined if nothing is. An old one would
 * start a cluster, and fail over the first thing that it lacks in words that blame something else.
 * @param version as in `process.versions.node`, `20.19.0`
 * @param wanted `engines.node` of package.json, `>=20.19`
 */
export function nodeProblem(version: string, wanted: string): string | undefined {
  const least = wanted.replace('>=', '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `Skiff needs Node ${least} or later, and this is ${version}: get one from https://nodejs.org`;
}
