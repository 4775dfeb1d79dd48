// Makes sure that a container engine answers: the one that is there, or, for root on Debian or
// Ubuntu, one that is installed and started here.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  cacheDirectory,
  canInstallPackages,
  installPackages,
  step,
  which,
} from '../support/run.mjs';

function sockets() {
  const host = process.env.DOCKER_HOST;
  if (host?.startsWith('unix://')) return [host.slice('unix://'.length)];
  if (process.platform === 'win32') return ['//./pipe/docker_engine'];
  const home = homedir();
  return [
    '/var/run/docker.sock',
    `${process.env.XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`}/docker.sock`,
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
  ];
}

function answers(socketPath) {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: 3000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

async function anyAnswers() {
  // An engine at an address of its own is the user's business; take their word for it.
  if (process.env.DOCKER_HOST && !process.env.DOCKER_HOST.startsWith('unix://')) return true;
  for (const socket of sockets()) if (await answers(socket)) return true;
  return false;
}

/** Where an engine may well be, but not for this user. */
function forbiddenSocket() {
  return sockets().find((path) => {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      return false;
    } catch (error) {
      return error.code === 'EACCES';
    }
  });
}

/**
 * Resolves with `{stop}` once an engine answers; `stop` ends it if it was started here. Resolves with
 * undefined, after one line that says how to get one, where nothing can be done.
 */
export async function ensureEngine() {
  if (await anyAnswers()) return { stop: async () => {} };
  if (!canInstallPackages()) {
    const how = forbiddenSocket()
      ? `let your user use the one at ${forbiddenSocket()} ("sudo usermod -aG docker $USER", then log in anew)`
      : process.platform === 'linux'
        ? 'install Docker ("sudo apt install docker.io" on Debian and Ubuntu) and start it'
        : 'start Docker Desktop (https://docs.docker.com/get-docker/)';
    console.log(`No container engine answers; to get one, ${how}.`);
    return undefined;
  }
  const dockerd = () => which('dockerd') ?? ['/usr/sbin/dockerd'].find((path) => existsSync(path));
  if (dockerd() === undefined || which('iptables') === undefined) {
    await step('installing Docker (docker.io) from the distribution', () =>
      installPackages('docker.io', 'iptables'),
    );
    if (await anyAnswers()) return { stop: async () => {} };
  }
  return step('starting the Docker engine', () => startDaemon(dockerd()));
}

async function startDaemon(program) {
  mkdirSync(cacheDirectory, { recursive: true });
  const logFile = join(cacheDirectory, 'dockerd.log');
  const log = openSync(logFile, 'w');
  const child = spawn(program, [], { detached: true, stdio: ['ignore', log, log] });
  let ended = false;
  child.on('exit', () => {
    ended = true;
  });
  for (let waited = 0; waited < 60_000; waited += 200) {
    if (await anyAnswers()) {
      child.unref();
      return { stop: () => end(child, () => ended) };
    }
    if (ended) throw new Error(`the Docker engine did not start; see ${logFile}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill();
  throw new Error(`the Docker engine does not answer; see ${logFile}`);
}

/** How many containers run on the engine at a socket; none if it does not say. */
function runningContainers(socketPath) {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/containers/json', timeout: 3000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? JSON.parse(text).length : 0));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end();
  });
}

async function end(child, hasEnded) {
  const running = await runningContainers('/var/run/docker.sock');
  if (running > 0) {
    console.log(`the Docker engine stays: ${running} containers of others run on it`);
    return;
  }
  child.kill('SIGTERM');
  for (let waited = 0; waited < 20_000 && !hasEnded(); waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
