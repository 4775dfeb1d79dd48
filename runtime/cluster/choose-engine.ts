/** Picks the container engine of a cluster. */
import type { Clock } from '../api/clock.ts';
import { findDockerEngine, type Surroundings } from '../engine/docker/find.ts';
import type { Engine } from '../engine/engine.ts';
import { createSimulatedEngine } from '../engine/simulated/simulated.ts';
import { ClusterError } from './data-directory.ts';

/** Throws ClusterError that says what was tried and how to get an engine. */
export async function chooseEngine(
  wanted: 'docker' | 'simulated',
  surroundings: Surroundings,
  clock: Clock,
  log: (message: string) => void,
): Promise<Engine> {
  if (wanted === 'simulated') return createSimulatedEngine({ clock });
  const { engine, tried } = await findDockerEngine(surroundings, { clock, log });
  if (engine !== undefined) return engine;
  throw new ClusterError(
    `no container engine answers (${tried.map(({ endpoint, problem }) => `${endpoint}: ${problem}`).join('; ')}). ` +
      `${howToGetOne(surroundings.platform)} Or try "skiff up --engine simulated": everything but the containers.`,
  );
}

function howToGetOne(platform: NodeJS.Platform): string {
  return platform === 'linux'
    ? 'Install Docker (Debian, Ubuntu: "sudo apt install docker.io") and start it, and let your user use it.'
    : 'Start Docker Desktop, or install it from https://docs.docker.com/get-docker/.';
}
