/** One look at a container: what a probe says now. */
import { text } from 'node:stream/consumers';
import type { Clock } from '../../api/clock.ts';
import type { core } from '../../api/types.ts';
import type { Engine } from '../../engine/engine.ts';
import { grpcCheck } from './grpc.ts';
import { httpGet, portNumber } from './http.ts';

export interface ProbeTarget {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly container: core.Container;
  readonly containerId: string;
  readonly podIP: string;
}

export interface Outcome {
  readonly outcome: 'success' | 'failure';
  readonly output: string;
}

/** Never rejects: what cannot be asked has failed. */
export async function runProbe(target: ProbeTarget, probe: core.Probe): Promise<Outcome> {
  const seconds = probe.timeoutSeconds ?? 1;
  const deadline = new AbortController();
  const cancel = target.clock.after(seconds * 1_000, () => deadline.abort());
  try {
    return await look(target, probe, deadline.signal);
  } catch (error) {
    return { outcome: 'failure', output: (error as Error).message };
  } finally {
    cancel();
    deadline.abort();
  }
}

async function look(
  target: ProbeTarget,
  { exec, httpGet: http, tcpSocket, grpc }: core.Probe,
  signal: AbortSignal,
): Promise<Outcome> {
  const { engine, container, containerId, podIP } = target;
  if (exec !== undefined) {
    const { code, output } = await runCommand(engine, containerId, exec.command ?? [], signal);
    return { outcome: code === 0 ? 'success' : 'failure', output };
  }
  if (http !== undefined) {
    const port = portNumber(http.port, container);
    const { statusCode, body } = await httpGet(engine, http, http.host || podIP, port, signal);
    const good = statusCode >= 200 && statusCode < 400;
    return good
      ? { outcome: 'success', output: body }
      : { outcome: 'failure', output: `HTTP probe failed with statuscode: ${statusCode}` };
  }
  if (tcpSocket !== undefined) {
    const port = portNumber(tcpSocket.port, container);
    const host = tcpSocket.host || podIP;
    const late = new Promise<never>((_, reject) => {
      const stop = () => reject(new Error(`dial tcp ${host}:${port}: i/o timeout`));
      signal.addEventListener('abort', stop, { once: true });
    });
    late.catch(() => {});
    const dialled = engine.dial(host, port);
    dialled.then((socket) => socket.destroy()).catch(() => {});
    await Promise.race([dialled, late]);
  } else if (grpc !== undefined) {
    await grpcCheck(engine, podIP, grpc.port, grpc.service ?? '', signal);
  }
  return { outcome: 'success', output: '' };
}

/** Runs a command in a container. Throws an Error if it cannot be run or takes too long. */
export async function runCommand(
  engine: Engine,
  containerId: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number; output: string }> {
  const process = await engine.exec(containerId, { command });
  const late = new Promise<never>((_, reject) => {
    const stop = () => {
      process.close();
      reject(new Error(`command ${JSON.stringify(command.join(' '))} timed out`));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  late.catch(() => {});
  const ended = Promise.all([text(process.stdout), text(process.stderr), process.exit]);
  ended.catch(() => {});
  const [out, error, code] = await Promise.race([ended, late]);
  return { code, output: `${out}${error}`.slice(0, 10 * 1024) };
}
