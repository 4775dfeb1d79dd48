// Everything from a fresh clone: dependencies, build, container engine, cluster, and the editor with
// Skiff loaded on examples/. Ctrl-C ends what it started. `npm start -- --no-open` opens nothing.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ensureEngine } from './setup/engine.mjs';
import {
  cacheDirectory,
  canInstallPackages,
  ensureDependencies,
  root,
  run,
  step,
  which,
} from './support/run.mjs';

const open = !process.argv.includes('--no-open');
const skiff = join(root, 'dist/skiff.js');

/** What ends with us, last started first. */
const endings = [];
/** What Ctrl-C does; a cluster that ran before stays. */
let ctrlC = 'Ctrl-C here takes the cluster down.';
let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  for (const stop of endings.reverse())
    await Promise.resolve(stop()).catch((error) => console.error(error.message));
  process.exit(code);
}
process.on('SIGINT', () => {
  console.log('\nending what was started');
  end(0);
});
process.on('SIGTERM', () => end(0));
// The terminal's window was closed.
process.on('SIGHUP', () => end(0));

/** A public image, or where none can be pulled a base made from the distribution's packages. */
async function ensureBaseImage() {
  const { default: Docker } = await import('dockerode');
  const docker = new Docker();
  for (const image of ['alpine:3.22', 'node:22-alpine']) {
    try {
      await docker.getImage(image).inspect();
      continue;
    } catch {
      // Not there; try to pull it.
    }
    try {
      const stream = await docker.pull(image);
      await new Promise((done, fail) =>
        docker.modem.followProgress(stream, (error) => (error ? fail(error) : done())),
      );
    } catch (error) {
      if (!canInstallPackages()) {
        console.log(
          `  ${image} cannot be pulled (${error.message}); the cluster will say so where it needs it`,
        );
        return undefined;
      }
      console.log(
        `  ${image} cannot be pulled here; making a base image from the distribution's packages`,
      );
      const { ensureLocalBase, localBaseImage } = await import('./images/local-base.mjs');
      await ensureLocalBase();
      return localBaseImage;
    }
  }
  return undefined;
}

async function clusterStatus() {
  return JSON.parse(await run('node', [skiff, 'status', '-o', 'json'], { quiet: true }));
}

/**
 * Starts the cluster unless it runs already, or somebody else (another clone) is starting it this moment;
 * it is ended with us only if it was started here.
 */
async function startCluster(engine) {
  for (let waits = false; ; ) {
    const status = await clusterStatus();
    if (status.state === 'running') {
      console.log(`  cluster "${status.name}" is running already at ${status.server}`);
      ctrlC = 'Ctrl-C here leaves the cluster running ("node dist/skiff.js down" ends it).';
      return;
    }
    if (status.state === 'starting') {
      if (!waits) console.log(`  cluster "${status.name}" is being started; waiting for it`);
      waits = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    try {
      await run('node', [skiff, 'up', '--engine', status.engine?.name ?? engine]);
      endings.push(() => run('node', [skiff, 'down']));
      return;
    } catch {
      // What is wrong is on the screen, unless it is that somebody else was quicker.
      const { state } = await clusterStatus();
      if (state !== 'running' && state !== 'starting') throw new Error('the cluster did not start');
    }
  }
}

function desktopEditor() {
  return which('code') ?? which('code-insiders') ?? which('codium');
}

async function openEditor() {
  const desktop = process.env.DISPLAY || process.platform !== 'linux' ? desktopEditor() : undefined;
  const examples = join(root, 'examples');
  if (desktop !== undefined) {
    const args = ['--new-window', `--extensionDevelopmentPath=${root}`, examples];
    await step('the editor', () => run(desktop, args));
    console.log(`The editor is open. ${ctrlC}`);
    return;
  }
  const { ensureEditor } = await import('./setup/editor.mjs');
  const { node, codeServer } = await step('the editor (code-server; installed once)', () =>
    ensureEditor({ log: (line) => console.log(`  ${line.replace(/^editor: /, '')}`) }),
  );
  const home = join(cacheDirectory, 'browser-editor');
  linkExtension(join(home, 'extensions'));
  calmEditor(join(home, 'data/User/settings.json'));
  const port = await freePort(8010);
  const child = spawn(
    node,
    [
      codeServer,
      '--auth=none',
      `--bind-addr=127.0.0.1:${port}`,
      '--disable-workspace-trust',
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-getting-started-override',
      `--user-data-dir=${join(home, 'data')}`,
      `--extensions-dir=${join(home, 'extensions')}`,
      examples,
    ],
    { stdio: 'ignore', env: { ...process.env, PORT: undefined } },
  );
  endings.push(() => child.kill());
  child.on('exit', () => end(1));
  await step('starting the editor', () => listening(port));
  console.log(`\nThe editor: http://127.0.0.1:${port}/?folder=${encodeURI(examples)}`);
  console.log(`There choose Deploy in the context menu of the folder bookstore. ${ctrlC}`);
}

/** The browser editor loads the checkout itself, so that a rebuild and a reload show a change. */
function linkExtension(directory) {
  mkdirSync(directory, { recursive: true });
  rmSync(join(directory, 'extensions.json'), { force: true });
  const link = join(directory, 'skiff.skiff-0.1.0');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(root, link, 'dir');
}

/** First settings of the browser editor, which is ours alone: nothing but the work. Kept if there. */
function calmEditor(file) {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const settings = {
    'chat.disableAIFeatures': true,
    'git.openRepositoryInParentFolders': 'never',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.startupEditor': 'none',
  };
  writeFileSync(file, `${JSON.stringify(settings, undefined, 2)}\n`);
}

function freePort(from) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(freePort(from + 1)));
    server.listen(from, '127.0.0.1', () => server.close(() => resolve(from)));
  });
}

async function listening(port) {
  for (let waited = 0; waited < 60_000; waited += 250) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('the editor does not answer');
}

try {
  await ensureDependencies();
  await step('building', () => run('node', ['scripts/build.mjs'], { quiet: true }));
  const engine = await ensureEngine();
  if (engine === undefined)
    console.log('Going on with the SIMULATED engine: no container will run.');
  else endings.push(engine.stop);
  if (engine !== undefined) {
    const base = await step('base images', ensureBaseImage);
    if (base !== undefined) process.env.SKIFF_BASE_IMAGE = base;
  }
  if (which(process.platform === 'win32' ? 'kubectl.exe' : 'kubectl') === undefined)
    console.log(
      'kubectl is not here, and nothing needs it; to get it: https://kubernetes.io/docs/tasks/tools/',
    );
  await step('the cluster', () => startCluster(engine === undefined ? 'simulated' : 'docker'));
  if (open) await openEditor();
  else console.log(ctrlC);
  // Stay until Ctrl-C, whatever else still runs.
  setInterval(() => {}, 1 << 30);
} catch (error) {
  console.error(error.message);
  await end(1);
}
