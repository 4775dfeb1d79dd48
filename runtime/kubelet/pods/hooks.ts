/** Lifecycle hooks: what a container does right after its start and right before its end. */
import type { Clock } from '../../api/clock.ts';
import type { core } from '../../api/types.ts';
import type { Engine } from '../../engine/engine.ts';
import { httpGet, portNumber } from '../probes/http.ts';
import { runCommand } from '../probes/run.ts';

export interface HookTarget {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly container: core.Container;
  readonly containerId: string;
  readonly podIP: string;
}

/**
 * Runs a hook to its end, or until the signal aborts. Throws an Error if it fails.
 * https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export async function runHook(
  { engine, clock, container, containerId, podIP }: HookTarget,
  hook: core.LifecycleHandler,
  signal: AbortSignal,
): Promise<void> {
  if (hook.exec !== undefined) {
    const command = hook.exec.command ?? [];
    const { code, output } = await runCommand(engine, containerId, command, signal);
    if (code !== 0) {
      throw new Error(
        `Exec lifecycle hook (${JSON.stringify(command)}) for Container "${container.name}" ` +
          `failed - error: command '${command.join(' ')}' exited with ${code}: ${output.trim()}`,
      );
    }
  } else if (hook.httpGet !== undefined) {
    const { port, host } = hook.httpGet;
    const number = portNumber(port, container);
    const { statusCode } = await httpGet(engine, hook.httpGet, host || podIP, number, signal);
    // Any answer will do but those that say the server failed or knows nothing of the path.
    if (statusCode >= 400) {
      throw new Error(`Http lifecycle hook failed - the server answered ${statusCode}`);
    }
  } else if (hook.sleep !== undefined) {
    await clock.sleep((hook.sleep.seconds ?? 0) * 1_000, signal).catch(() => {});
  }
}
