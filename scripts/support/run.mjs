// Small helpers for the scripts: run a program, show what takes long, end what was started.
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { aptGet } from './apt.mjs';
import { checkRoom, npmProblem, patience, registryProblem } from './npm.mjs';

export const root = resolve(import.meta.dirname, '../..');

/** Where what is installed once and used often is kept: outside every checkout. */
export const cacheDirectory = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'skiff',
);

/** Runs a program to its end; its output is shown, or kept and put into the error. Rejects on failure. */
export function run(command, args, { quiet = false, cwd = root, env = {} } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0
        ? done(output)
        : fail(
            Object.assign(
              new Error(`${command} ${args.join(' ')} ended with code ${code}\n${output}`),
              { output },
            ),
          ),
    );
  });
}

/** Says what is being done, and how long it took if that was more than a second. */
export async function step(title, work) {
  const started = performance.now();
  process.stdout.write(`• ${title}\n`);
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(`  … still at it: ${title} (${seconds} s)\n`);
  }, 15_000);
  try {
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    if (seconds > 1) process.stdout.write(`  done in ${seconds.toFixed(1)} s\n`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Installs the packages of the lock file unless that has been done. */
export async function ensureDependencies() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  await step('installing dependencies', async () => {
    checkRoom(root, 600, 'the dependencies');
    const nobody = await registryProblem((...args) => run('npm', args, { quiet: true }));
    if (nobody !== undefined)
      console.log(`  npm's registry does not answer: ${nobody}; trying all the same`);
    try {
      await run('npm', ['ci', '--no-audit', '--no-fund', ...patience], { quiet: true });
    } catch (error) {
      throw new Error(
        `The dependencies could not be installed. ${npmProblem(error.output ?? error.message)}`,
      );
    }
  });
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/** The path of a program, if it is there. */
export function which(program) {
  const separator = process.platform === 'win32' ? ';' : ':';
  return (process.env.PATH ?? '')
    .split(separator)
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));
}

/** True where Debian packages can be installed by this user. */
export function canInstallPackages() {
  return process.platform === 'linux' && isRoot() && which('apt-get') !== undefined;
}

let updated = false;

/** Learns once which Debian packages there are; call only where `canInstallPackages`. */
export async function updatePackages() {
  if (!updated) await aptGet(['update', '-q']);
  updated = true;
}

/** Installs Debian packages; call only where `canInstallPackages`. */
export async function installPackages(...names) {
  await updatePackages();
  await aptGet(['install', '-yq', '--no-install-recommends', ...names]);
}
