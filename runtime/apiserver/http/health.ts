/** `/healthz`, `/livez` and `/readyz`: https://kubernetes.io/docs/reference/using-api/health-checks/ */
import type { Clock } from '../../api/clock.ts';
import type { Store } from '../../store/store.ts';
import { type Reply, sendBytes, sendNoPage } from './respond.ts';

/** Throws if the part is not well. */
export type HealthCheck = () => void | Promise<void>;

export type HealthChecks = ReadonlyMap<string, HealthCheck>;

/** How long a shared store may take to answer a check, in milliseconds, as in the original. */
const storePatienceMs = 2_000;

/** Throws if a store that other processes share does not answer in time. */
export async function checkStore(store: Store, clock: Clock): Promise<void> {
  if (store.refresh === undefined) return;
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(storePatienceMs, () => reject(new Error('no answer from etcd')));
  });
  await Promise.race([store.refresh(), late]).finally(() => cancel());
}

/** Whether requests may be sent here, which says nothing of whether the process lives. */
const onlyReady: ReadonlySet<string> = new Set(['informer-sync', 'shutdown']);

const pattern = /^\/(healthz|livez|readyz)(?:\/(.+))?$/;

/** What a path asks: all checks of `which`, or one of them. Undefined for any other path. */
export function healthPath(path: string): { which: string; one: string | undefined } | undefined {
  const match = pattern.exec(path);
  return match === null ? undefined : { which: match[1] ?? '', one: match[2] };
}

/** Answers `ok`, or 500 with what failed. */
export async function serveHealth(
  all: HealthChecks,
  { which, one }: { which: string; one: string | undefined },
  query: URLSearchParams,
  reply: Reply,
): Promise<void> {
  const checks =
    which === 'readyz' ? all : new Map([...all].filter(([name]) => !onlyReady.has(name)));
  const send = (well: boolean, text: string) =>
    sendBytes(reply, well ? 200 : 500, Buffer.from(text), 'text/plain; charset=utf-8');
  const sniff = () => reply.response.setHeader('X-Content-Type-Options', 'nosniff');
  if (one === undefined) {
    sniff();
    const { well, report } = await runChecks(checks, query.getAll('exclude'));
    const end = `${which} check ${well ? 'passed' : 'failed'}\n`;
    return send(well, well && !query.has('verbose') ? 'ok' : report + end);
  }
  const check = checks.get(one);
  if (check === undefined) return sendNoPage(reply);
  const failure = await failureOf(check);
  if (failure !== undefined) sniff();
  return send(
    failure === undefined,
    failure === undefined ? 'ok' : `internal server error: ${failure}\n`,
  );
}

async function runChecks(
  checks: HealthChecks,
  exclude: readonly string[],
): Promise<{ well: boolean; report: string }> {
  const excluded = new Set(exclude);
  const lines: string[] = [];
  let well = true;
  for (const [name, check] of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
    } else if ((await failureOf(check)) === undefined) {
      lines.push(`[+]${name} ok`);
    } else {
      well = false;
      // Who may ask is not always who may know: the reason is in the log, and under the check's path.
      lines.push(`[-]${name} failed: reason withheld`);
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(', ')}`);
  }
  return { well, report: lines.map((line) => `${line}\n`).join('') };
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
