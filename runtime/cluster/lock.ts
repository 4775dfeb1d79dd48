/** One process a data directory. The lock is the file runtime.pid; a dead holder's is taken over. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { ClusterError, type ClusterPaths } from './data-directory.ts';

/** The process that holds the directory, if it lives. */
export function holderOf(paths: ClusterPaths): Promise<number | undefined> {
  return liveHolder(paths.pid);
}

async function liveHolder(file: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  return Number.isInteger(pid) && isSkiff(pid) ? pid : undefined;
}

/** Takes the lock for this process; the result gives it back. Throws ClusterError if it is held. */
export function takeLock(paths: ClusterPaths, name: string): Promise<() => Promise<void>> {
  return takeFile(paths.pid, (holder) => alreadyRunning(name, holder));
}

/** As `takeLock`, with a file that says who holds something; throws what `held` makes of the holder. */
export async function takeFile(
  file: string,
  held: (holder: number) => Error,
): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await liveHolder(file);
    if (holder !== undefined) throw held(holder);
    await moveStaleAway(file, held);
  }
  throw new ClusterError(`${file} cannot be taken: another process keeps writing it`);
}

export function alreadyRunning(name: string, pid: number): ClusterError {
  return new ClusterError(`cluster "${name}" is already running (process ${pid})`);
}

/** Of two processes that find a stale lock only one wins the rename; a fresh lock is put back. */
async function moveStaleAway(file: string, held: (holder: number) => Error): Promise<void> {
  const aside = `${file}.stale-${process.pid}`;
  try {
    await rename(file, aside);
  } catch {
    // Another process was faster; taking the lock shows who has it.
    return;
  }
  const pid = Number.parseInt(await readFile(aside, 'utf8'), 10);
  if (pid !== process.pid && isSkiff(pid)) {
    await rename(aside, file);
    throw held(pid);
  }
  await rm(aside, { force: true });
}

/** True if the process lives and, where that can be seen, is one of ours and not a reused number. */
export function isSkiff(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (!existsSync('/proc/self/cmdline')) return true;
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (/\) Z /.test(status)) return false;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('skiff');
  } catch {
    return false;
  }
}
