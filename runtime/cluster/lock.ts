/** One process a data directory. The lock is the file runtime.pid; a dead holder's is taken over. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { ClusterError, type ClusterPaths } from './data-directory.ts';

/** The process that holds the directory, if it lives. */
export async function holderOf(paths: ClusterPaths): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(paths.pid, 'utf8').catch(() => ''), 10);
  return Number.isInteger(pid) && isSkiff(pid) ? pid : undefined;
}

/** Takes the lock for this process; the result gives it back. Throws ClusterError if it is held. */
export async function takeLock(paths: ClusterPaths, name: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(paths.pid, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      return () => rm(paths.pid, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await holderOf(paths);
    if (holder !== undefined) throw alreadyRunning(name, holder);
    await moveStaleAway(paths, name);
  }
  throw new ClusterError(`${paths.pid} cannot be taken: another process keeps writing it`);
}

export function alreadyRunning(name: string, pid: number): ClusterError {
  return new ClusterError(`cluster "${name}" is already running (process ${pid})`);
}

/** Of two processes that find a stale lock only one wins the rename; a fresh lock is put back. */
async function moveStaleAway(paths: ClusterPaths, name: string): Promise<void> {
  const aside = `${paths.pid}.stale-${process.pid}`;
  try {
    await rename(paths.pid, aside);
  } catch {
    return;
  }
  const pid = Number.parseInt(await readFile(aside, 'utf8'), 10);
  if (pid !== process.pid && isSkiff(pid)) {
    await rename(aside, paths.pid);
    throw alreadyRunning(name, pid);
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
