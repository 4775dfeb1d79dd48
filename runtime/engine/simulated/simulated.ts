/**
 * An engine that runs nothing: containers change state as the clock says. For tests, and for scale
 * that no laptop has. Everything that a person sees of it says that it is simulated.
 */
import type { Clock } from '../../api/clock.ts';
import { type Engine, EngineError, type ImageInfo } from '../engine.ts';
import { hasLabels, SimulatedState } from './state.ts';
import { simulatedConnection, simulatedLogs, simulatedProcess } from './streams.ts';

export interface SimulatedOptions {
  clock: Clock;
  /** Which images are there without a pull; left out: all. */
  hasImage?: (reference: string) => boolean;
  cpus?: number;
  memoryBytes?: number;
}

/** Makes an empty simulated engine. */
export function createSimulatedEngine(options: SimulatedOptions): Engine {
  const { clock, cpus = 8, memoryBytes = 16 * 2 ** 30 } = options;
  const state = new SimulatedState(clock);
  return {
    info: async () => ({
      name: 'simulated',
      version: '1.0',
      os: 'linux',
      architecture: 'amd64',
      kernelVersion: 'simulated',
      operatingSystem: 'Simulated (no container runs)',
      cpus,
      memoryBytes,
      simulated: true,
    }),
    ...imageCalls(options),
    ...placeCalls(state),
    ...containerCalls(state, options),

    exec: async (id, { command }) => {
      const { info } = state.find(id);
      if (info.state !== 'running') {
        throw new EngineError('conflict', `Container ${id} is not running`);
      }
      return simulatedProcess(command);
    },
    attach: async (id) => {
      state.find(id);
      return simulatedProcess(['attach']);
    },
    logs: async (id, query) => simulatedLogs(state.find(id), query),
    stats: async (id) => {
      const container = state.containers.get(id);
      if (container?.info.state !== 'running') return undefined;
      return { timestamp: clock.now(), cpuNanoseconds: 0, memoryWorkingSetBytes: 0 };
    },
    putArchive: async (id, _directory, tar) => {
      state.find(id);
      if (!(tar instanceof Uint8Array)) tar.resume();
    },
    getArchive: async () => undefined,
    dial: async () => simulatedConnection(),
    watch: (labels, onEvent) => {
      const watcher = { labels, onEvent };
      state.watchers.add(watcher);
      return () => void state.watchers.delete(watcher);
    },
    close: async () => state.watchers.clear(),
  };
}

type ImageCalls = Pick<Engine, 'image' | 'images' | 'pullImage' | 'buildImage' | 'importImage'>;

function imageCalls({ hasImage = () => true }: SimulatedOptions): ImageCalls {
  const made = new Set<string>();
  const imageOf = (reference: string): ImageInfo => ({
    id: `simulated:${reference}`,
    tags: [reference],
    sizeBytes: 0,
    user: '',
    entrypoint: [],
    command: [],
    env: [],
    workingDirectory: '',
    exposedPorts: [],
  });
  return {
    image: async (reference) =>
      made.has(reference) || hasImage(reference) ? imageOf(reference) : undefined,
    images: async () => [...made].map(imageOf),
    pullImage: async (reference) => {
      throw new EngineError('failed', `simulated: nothing is pulled (${reference})`);
    },
    buildImage: async (context, { tag }) => {
      context.resume();
      made.add(tag);
    },
    importImage: async (rootfs, tag) => {
      rootfs.resume();
      made.add(tag);
    },
  };
}

type PlaceCalls = Pick<
  Engine,
  'createNetwork' | 'networks' | 'removeNetwork' | 'createVolume' | 'volumes' | 'removeVolume'
>;

function placeCalls({ networks, volumes }: SimulatedState): PlaceCalls {
  return {
    createNetwork: async (config) => {
      if (networks.has(config.name)) {
        throw new EngineError('conflict', `network with name ${config.name} already exists`);
      }
      networks.set(config.name, config);
    },
    networks: async (labels) =>
      [...networks.values()].filter((network) => hasLabels(network.labels, labels)),
    removeNetwork: async (name) => void networks.delete(name),
    createVolume: async (name, { labels }) => {
      const path = `/simulated/${name}`;
      if (!volumes.has(name)) volumes.set(name, { path, labels });
      return path;
    },
    volumes: async (labels) =>
      [...volumes]
        .filter(([, volume]) => hasLabels(volume.labels, labels))
        .map(([name, { path }]) => ({ name, path })),
    removeVolume: async (name) => void volumes.delete(name),
  };
}

type ContainerCalls = Pick<
  Engine,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'removeContainer'
  | 'container'
  | 'containers'
  | 'updateContainer'
>;

function containerCalls(
  state: SimulatedState,
  { hasImage = () => true }: SimulatedOptions,
): ContainerCalls {
  return {
    createContainer: async (config) => {
      if (!hasImage(config.image)) {
        throw new EngineError('not-found', `No such image: ${config.image}`);
      }
      return state.create(config);
    },
    startContainer: async (id) => state.start(id),
    stopContainer: async (id, graceSeconds) => {
      const found = state.containers.get(id);
      // What listens for its stop signal ends with 143, what is killed with 137.
      if (found !== undefined) state.end(found, graceSeconds > 0 ? 143 : 137);
    },
    killContainer: async (id, signal) => {
      const found = state.find(id);
      if (found.info.state !== 'running') {
        throw new EngineError('conflict', `Container ${id} is not running`);
      }
      state.end(found, signal === 'SIGTERM' || signal === 'TERM' ? 143 : 137);
    },
    removeContainer: async (id) => state.remove(id),
    container: async (id) => state.containers.get(id)?.info,
    containers: async (labels) =>
      [...state.containers.values()]
        .map(({ info }) => info)
        .filter((info) => hasLabels(info.labels, labels)),
    updateContainer: async (id) => void state.find(id),
  };
}
