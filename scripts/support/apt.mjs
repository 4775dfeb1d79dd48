// Runs apt-get, and waits for other processes that hold its locks: a machine that has just started
// often updates itself. apt's own `DPkg::Lock::Timeout` does not hold for the lists and the archives.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long others may take, how often to look, and how often to say so, in milliseconds. */
const patience = { longest: 10 * 60_000, pause: 2_000, tell: 15_000 };

const isLocked = (output) =>
  /Could not get lock|Unable to acquire the dpkg .*lock|Unable to lock (the )?(directory|administration)/.test(
    output,
  );

/** See apt.d.mts. */
export async function aptGet(args, options = {}) {
  const { log = console.log, patience: { longest, pause, tell } = patience } = options;
  const started = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  for (;;) {
    const { code, output } = await once(args, options);
    if (code === 0) return output;
    const waited = performance.now() - started;
    if (!isLocked(output) || waited >= longest) {
      const message = `apt-get ${args.join(' ')} ended with code ${code}\n${output}`;
      throw Object.assign(new Error(message), { output });
    }
    if (waited - told >= tell) {
      told = waited;
      const holder = /held by process (\d+ \([^)]*\))/.exec(output)?.[1];
      const who = holder === undefined ? 'another process' : `process ${holder}`;
      log(`  waiting for ${who}, which installs packages (${Math.round(waited / 1000)} s)`);
    }
    await sleep(pause);
  }
}

function once(args, { cwd, program = 'apt-get' }) {
  return new Promise((resolve, reject) => {
    // What is looked for in its words is not translated.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
