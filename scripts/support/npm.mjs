// How npm is asked for packages, and what is said where it fails: its own words are many, and the one
// that matters is among them.
import { statfsSync } from 'node:fs';

/** Two more tries within ten seconds: whoever is offline hears of it soon. */
export const patience = ['--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=8000'];

const unreachable =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EPROTO|ERR_SOCKET_TIMEOUT|FETCH_ERROR|E5\d\d)$/;

/**
 * What went wrong and what to do, in a line or two; the end of the output where that is not known.
 * @param {string} output all that npm printed
 */
export function npmProblem(output) {
  const code = /^npm error code (\S+)/m.exec(output)?.[1] ?? '';
  const reason = /^npm error .*?(request to .*)$/m.exec(output)?.[1] ?? code;
  if (unreachable.test(code))
    return `npm cannot reach its registry: ${reason}\nSee to the network, or to npm's settings "registry" and "proxy" (npm config list), and run this again.`;
  if (code === 'ENOSPC' || /\bENOSPC\b/.test(output))
    return 'npm found no room on the disk (ENOSPC): make some, and run this again.';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const path = /^npm error path (.*)$/m.exec(output)?.[1];
    return `npm may not write${path === undefined ? '' : ` ${path}`} (${code}): see whose it is, and run this again.`;
  }
  return output.trim().split('\n').slice(-25).join('\n');
}

/**
 * Why nobody is found where npm would ask; undefined where somebody is, or a proxy stands between. npm asks
 * for each of hundreds of packages before it says so.
 * @param {(...args: string[]) => Promise<string>} npm runs it, and gives what it printed
 */
export async function registryProblem(npm) {
  const output = await npm('config', 'list', '--json');
  // Warnings may stand around it.
  const {
    registry,
    proxy,
    'https-proxy': secureProxy,
  } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  if (proxy || secureProxy) return undefined;
  try {
    await fetch(registry, { method: 'HEAD', signal: AbortSignal.timeout(15_000) });
    return undefined;
  } catch (error) {
    if (error.name === 'TimeoutError') return `${registry} (nothing within 15 s)`;
    const { code = '', message } = error.cause ?? {};
    return unreachable.test(code) ? `${registry} (${message || code})` : undefined;
  }
}

/** Throws where a disk has too little room: npm would stand still for minutes on one that is full. */
export function checkRoom(directory, megabytes, what) {
  const { bavail, bsize } = statfsSync(directory);
  const left = Math.floor((bavail * bsize) / 1e6);
  if (left >= megabytes) return;
  throw new Error(
    `too little room in ${directory} for ${what}: ${left} MB are left, and about ${megabytes} are needed`,
  );
}
