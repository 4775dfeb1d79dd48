import { kubernetesMinor, kubernetesVersion } from '../../api/version.ts';

/** What /version says. A kubectl more than one minor away warns of the skew, as it does of any server. */
export const version = {
  major: '1',
  minor: `${kubernetesMinor}`,
  emulationMajor: '1',
  emulationMinor: `${kubernetesMinor}`,
  minCompatibilityMajor: '1',
  minCompatibilityMinor: `${kubernetesMinor - 1}`,
  gitVersion: kubernetesVersion,
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: `${process.platform === 'win32' ? 'windows' : process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};
