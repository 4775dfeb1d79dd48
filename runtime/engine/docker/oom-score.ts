/**
 * A negative oom_score_adj protects a process from the out-of-memory killer. An engine that is itself
 * confined (rootless, or in a container) must not set one, and says so only when the container is
 * started, in words that do not name the cause. So the first container that wants one is preceded
 * by a trial: same image, same score, a program that is not there. If the engine gets as far as
 * looking for the program, the score was accepted; nothing of the image runs either way.
 */
import { type ContainerConfig, EngineError } from '../engine.ts';
import type { DockerConnection } from './connection.ts';
import { asEngineError } from './errors.ts';

const program = '/skiff-oom-score-trial';

export interface OomScoreCheck {
  /** The config as it is, or without a negative score where the engine refuses those. */
  allowed(config: ContainerConfig): Promise<ContainerConfig>;
}

/** Makes a check that tries once and remembers. */
export function createOomScoreCheck(connection: DockerConnection): OomScoreCheck {
  let accepted: Promise<boolean> | undefined;
  return {
    allowed: async (config) => {
      if (config.oomScoreAdj === undefined || config.oomScoreAdj >= 0) return config;
      accepted ??= trial(connection, config).catch((error: unknown) => {
        // The image may be missing, or the engine gone: no answer, so the next one asks again.
        accepted = undefined;
        throw error;
      });
      return (await accepted) ? config : { ...config, oomScoreAdj: 0 };
    },
  };
}

async function trial(
  { docker, log }: DockerConnection,
  { image, oomScoreAdj, labels }: ContainerConfig,
): Promise<boolean> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [program],
    Cmd: [],
    // The cluster's label only, so that nobody takes the trial for a pod.
    Labels: Object.fromEntries(Object.entries(labels).filter(([name]) => /cluster$/.test(name))),
    HostConfig: { NetworkMode: 'none', OomScoreAdj: oomScoreAdj },
  } as Parameters<typeof docker.createContainer>[0]);
  try {
    await container.start();
    return true;
  } catch (error) {
    const { message, code } = asEngineError(error);
    if (code === 'unavailable') throw new EngineError(code, message);
    if (message.includes(program)) return true;
    log(
      `the engine refuses a negative oom_score_adj (${oomScoreAdj}); ` +
        'containers run without this protection from the out-of-memory killer',
    );
    return false;
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}
