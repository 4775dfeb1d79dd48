// Makes `skiff.local/base:1`, a small base image for machines that can pull none: put together from
// Debian (or Ubuntu) packages and this machine's own `node`. It has a shell with the usual tools
// (busybox), nftables, iproute2 and Node.js; the node image, the examples and the tests build on it.
//
//   node scripts/images/local-base.mjs [--force]
//
// Packages come through apt into ~/.cache/skiff/packages; nothing is installed on the machine.
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { aptGet } from '../support/apt.mjs';

export const localBaseImage = 'skiff.local/base:1';

const run = promisify(execFile);

/** What goes in; the libraries they need are found through apt. */
const wanted = [
  'busybox-static',
  'nftables',
  'conntrack',
  'iproute2',
  'libc6',
  'libstdc++6',
  'libgcc-s1',
];

/** An image that an earlier version of this file made is made again. */
const version = '2';

/**
 * Makes the image unless the engine has it. Throws an Error that says what to do if this machine
 * cannot make it (no apt, no network to the package mirror, no engine).
 * @param {{ force?: boolean, log?: (line: string) => void }} [options]
 */
export async function ensureLocalBase({ force = false, log = console.log } = {}) {
  const docker = new Docker();
  const present = await docker
    .getImage(localBaseImage)
    .inspect()
    .then(
      ({ Config }) => Config.Labels?.['dev.skiff.version'] === version,
      (error) => {
        if (error.statusCode === 404) return false;
        throw new Error(`cannot reach the container engine: ${error.message}`);
      },
    );
  if (present && !force) {
    log(`${localBaseImage} is there`);
    return;
  }
  await importFromPackages(docker, localBaseImage, {
    packages: wanted,
    addTo: (rootfs) => {
      addNode(rootfs);
      addFiles(rootfs);
    },
    changes: ['CMD ["/bin/sh"]', `LABEL dev.skiff.image=base dev.skiff.version=${version}`],
    log,
  });
}

/**
 * Makes an image of Debian packages and the libraries that they need; `addTo` is handed the directory that is to be
 * its root. Throws an Error that says what to do if this machine cannot make it.
 * @param {Docker} docker
 * @param {string} image its name and tag
 * @param {{ packages: string[], addTo: (rootfs: string) => void, changes: string[], log: (line: string) => void }} parts
 */
export async function importFromPackages(docker, image, { packages, addTo, changes, log }) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `${image} can only be made on a Debian or Ubuntu machine; pull a base image instead`,
    );
  }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skiff', 'packages');
  mkdirSync(cache, { recursive: true });
  const names = await closure(packages);
  const files = await download(names, cache, log);
  const rootfs = mkdtempSync(join(tmpdir(), 'skiff-base-'));
  try {
    log(`unpacking ${files.length} packages`);
    layOut(rootfs);
    for (const file of files) await unpack(file, rootfs);
    prune(rootfs);
    addApplets(rootfs);
    addTo(rootfs);
    log(`importing ${image}`);
    await importImage(docker, image, rootfs, changes);
  } finally {
    rmSync(rootfs, { recursive: true, force: true });
  }
  log(`made ${image}`);
}

/** The packages and, through their dependencies, every library they need. */
async function closure(roots) {
  const names = new Set(roots);
  let fresh = roots;
  while (fresh.length > 0) {
    const { stdout } = await run('apt-cache', ['depends', '--important', ...fresh]);
    fresh = [...stdout.matchAll(/^ {1,2}(?:Pre)?Depends: (\S+)$/gm)]
      .map(([, dependency]) => dependency)
      .filter((dependency) => /^(lib|zlib)/.test(dependency) && !names.has(dependency));
    for (const name of fresh) names.add(name);
  }
  return [...names];
}

/** Answers the files; takes those of an earlier run, so that a second one needs no network. */
async function download(names, cache, log) {
  const found = (name) => {
    const files = readdirSync(cache).filter((file) => file.startsWith(`${name}_`));
    return files.length > 0 ? join(cache, files.sort().at(-1)) : undefined;
  };
  const missing = names.filter((name) => found(name) === undefined);
  if (missing.length > 0) {
    log(`downloading ${missing.length} packages`);
    const fetch = () => aptGet(['download', '-q', ...missing], { cwd: cache });
    await fetch().catch(async () => {
      // The lists may be older than what the mirror holds.
      await aptGet(['update', '-q']).catch(() => {});
      await fetch().catch((error) => {
        throw new Error(`cannot download Debian packages: ${lastLine(error.output)}`);
      });
    });
  }
  return names.map((name) => {
    const file = found(name);
    if (file === undefined) throw new Error(`apt-get downloaded no file for ${name}`);
    return file;
  });
}

/** /bin, /sbin and /lib as links into /usr, as Debian and Alpine's successors have them. */
function layOut(rootfs) {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(rootfs, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(rootfs, name));
  }
  for (const name of [
    'etc',
    'root',
    'proc',
    'sys',
    'dev',
    'run',
    'var',
    'var/lib',
    'usr/local/bin',
  ])
    mkdirSync(join(rootfs, name), { recursive: true });
  for (const name of ['tmp', 'var/tmp']) {
    mkdirSync(join(rootfs, name));
    chmodSync(join(rootfs, name), 0o1777);
  }
  symlinkSync('/run', join(rootfs, 'var/run'));
}

/** Through tar, since `dpkg-deb -x` would replace the links that layOut made. */
function unpack(file, rootfs) {
  return new Promise((resolve, reject) => {
    const read = spawn('dpkg-deb', ['--fsys-tarfile', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const write = spawn(
      'tar',
      ['-x', '--keep-directory-symlink', '--no-same-owner', '-C', rootfs],
      {
        stdio: [read.stdout, 'ignore', 'pipe'],
      },
    );
    let words = '';
    for (const child of [read, write]) {
      child.on('error', reject);
      child.stderr.on('data', (data) => {
        words += data;
      });
    }
    write.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`cannot unpack ${basename(file)}: ${words}`)),
    );
  });
}

/** Documentation and locales are three quarters of a small package. */
function prune(rootfs) {
  for (const name of ['doc', 'man', 'locale', 'info', 'lintian', 'bash-completion', 'bug'])
    rmSync(join(rootfs, 'usr/share', name), { recursive: true, force: true });
  for (const name of ['gconv', 'i18n']) {
    for (const library of readdirSync(join(rootfs, 'usr/lib')))
      rmSync(join(rootfs, 'usr/lib', library, name), { recursive: true, force: true });
  }
}

/** A link for every tool of busybox that no package brought. */
function addApplets(rootfs) {
  const busybox = realpathSync(join(rootfs, 'bin/busybox'));
  const present = new Set(
    ['bin', 'sbin'].flatMap((name) => readdirSync(join(rootfs, 'usr', name))),
  );
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (applet === '' || present.has(applet)) continue;
    symlinkSync('/bin/busybox', join(rootfs, 'usr/bin', applet));
  }
}

/** This machine's node with whatever libraries the packages did not bring. */
function addNode(rootfs) {
  const target = join(rootfs, 'usr/local/bin/node');
  copyFileSync(realpathSync(process.execPath), target);
  chmodSync(target, 0o755);
  symlinkSync('node', join(rootfs, 'usr/local/bin/nodejs'));
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const [, path] of libraries.matchAll(/=> (\/\S+)/g)) {
    const inside = join(rootfs, path);
    if (lstatSync(inside, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(dirname(inside), { recursive: true });
    copyFileSync(realpathSync(path), inside);
  }
}

/** What a system has in /etc at the least. */
export function addFiles(rootfs) {
  const files = {
    'etc/passwd': [
      'root:x:0:0:root:/root:/bin/sh',
      'node:x:1000:1000:node:/home/node:/bin/sh',
      'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
    ],
    'etc/group': ['root:x:0:', 'node:x:1000:', 'nogroup:x:65534:'],
    'etc/nsswitch.conf': ['passwd: files', 'group: files', 'hosts: files dns'],
    'etc/os-release': [
      'ID=skiff-base',
      'NAME="Skiff base"',
      'PRETTY_NAME="Skiff local base image"',
    ],
    'etc/hostname': ['localhost'],
  };
  for (const [name, lines] of Object.entries(files))
    writeFileSync(join(rootfs, name), `${lines.join('\n')}\n`);
}

/** Every file belongs to root in the image, whoever runs this. */
async function importImage(docker, image, rootfs, changes) {
  const [repo, tag] = image.split(':');
  const tar = spawn('tar', ['-c', '--numeric-owner', '--owner=0', '--group=0', '-C', rootfs, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stream = await docker.importImage(tar.stdout, { repo, tag, changes });
  await new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
}

function lastLine(text) {
  return String(text).trim().split('\n').at(-1) ?? '';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureLocalBase({ force: process.argv.includes('--force') }).catch((error) => {
    console.error(`local-base: ${error.message}`);
    process.exit(1);
  });
}
