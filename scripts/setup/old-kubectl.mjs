// Gets kubectl 1.20, the release of the conformance suite, for the tests: the file SKIFF_OLD_KUBECTL names,
// or the one in Debian 12's package kubernetes-client, which is unpacked into the user's cache directory
// and not installed. Elsewhere it can be built: docs/conformance.md.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { aptGet } from '../support/apt.mjs';
import {
  cacheDirectory,
  canInstallPackages,
  run,
  step,
  updatePackages,
  which,
} from '../support/run.mjs';

const name = 'kubectl-1.20';

/** Its path, which is put into SKIFF_OLD_KUBECTL too; undefined where it cannot be had. */
export async function ensureOldKubectl() {
  const given = process.env.SKIFF_OLD_KUBECTL ?? '';
  if (given !== '') return given;
  const path = join(cacheDirectory, name);
  if (!existsSync(path)) {
    // What is unpacked needs no rights, but apt does to learn of its packages.
    if (!canInstallPackages() || which('dpkg-deb') === undefined) return undefined;
    await step('getting kubectl 1.20', () => unpack(path)).catch((error) =>
      console.log(`  not to be had: ${error.message.trim().split('\n').at(-1)}`),
    );
  }
  if (!existsSync(path)) return undefined;
  process.env.SKIFF_OLD_KUBECTL = path;
  return path;
}

/** Moved to its place when whole, so that two runs at once do not disturb each other. Rejects. */
async function unpack(path) {
  const staging = join(cacheDirectory, `.staging-${name}-${process.pid}`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    await updatePackages();
    await aptGet(['download', 'kubernetes-client'], { cwd: staging });
    const [file] = (await readdir(staging)).filter((entry) => entry.endsWith('.deb'));
    await run('dpkg-deb', ['-x', join(staging, file ?? ''), staging], { quiet: true });
    const binary = join(staging, 'usr/bin/kubectl');
    const version = await run(binary, ['version', '--client'], { quiet: true });
    if (!version.includes('v1.20.')) throw new Error(`the package holds ${version.trim()}`);
    await rename(binary, path);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

// `node scripts/setup/old-kubectl.mjs` gets it and prints where it is.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = await ensureOldKubectl();
  if (path === undefined) console.error('no package here has kubectl 1.20');
  console.log(path ?? '');
}
