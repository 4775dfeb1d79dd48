// Makes sure that there is an etcd for the tests of the store: the one on the PATH, or, for root on
// Debian or Ubuntu, the package etcd-server.
import { canInstallPackages, installPackages, step, which } from '../support/run.mjs';

/** Resolves with true once etcd is there, with false where it cannot be had. */
export async function ensureEtcd() {
  if (which('etcd') !== undefined) return true;
  if (!canInstallPackages()) return false;
  // No service of its own: the tests start servers where and when they need them.
  process.env.RUNLEVEL = '1';
  await step('installing etcd', () => installPackages('etcd-server'));
  return which('etcd') !== undefined;
}
