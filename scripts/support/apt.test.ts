import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aptGet } from './apt.mjs';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'skiff-apt-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** An apt-get that finds the lock held so many times. */
async function aptThatIsLocked(times: number, words: string): Promise<string> {
  const program = join(directory, 'apt-get');
  const count = join(directory, 'count');
  await writeFile(
    program,
    `#!/bin/sh\necho . >> '${count}'\n[ $(wc -l < '${count}') -gt ${times} ] && echo "did $*" && exit 0\n` +
      `echo "E: ${words}" >&2\nexit 100\n`,
  );
  await chmod(program, 0o755);
  return program;
}

const held =
  'Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)';
const patience = { longest: 60_000, pause: 1, tell: 60_000 };

it('waits for another process that holds the lock, and says so', async () => {
  const program = await aptThatIsLocked(2, held);
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  await expect(aptGet(['install', 'x'], { program, log, patience })).resolves.toBe(
    'did install x\n',
  );
  expect(lines).toEqual([
    '  waiting for process 4711 (unattended-upgr), which installs packages (0 s)',
  ]);
});

it('gives up when that takes too long, and does not wait for anything else', async () => {
  const impatient = { ...patience, longest: 0 };
  const program = await aptThatIsLocked(1, held);
  await expect(aptGet(['update'], { program, patience: impatient, log: () => {} })).rejects.toThrow(
    /ended with code 100[\s\S]*4711/,
  );
  const other = await aptThatIsLocked(9, 'Unable to locate package x');
  await expect(aptGet(['install', 'x'], { program: other, patience })).rejects.toThrow(
    /Unable to locate package/,
  );
});
