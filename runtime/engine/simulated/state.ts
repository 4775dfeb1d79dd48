/** What a simulated engine remembers: containers, networks, volumes. Time moves it on, nothing runs. */
import type { Clock } from '../../api/clock.ts';
import {
  type ContainerConfig,
  type ContainerInfo,
  EngineError,
  type EngineEvent,
  type NetworkConfig,
} from '../engine.ts';

/** A container of the simulation can be told to end by itself, so that Jobs come to an end. */
const runSeconds = 'SKIFF_SIMULATED_SECONDS';
const exitCode = 'SKIFF_SIMULATED_EXIT_CODE';

export interface SimulatedContainer {
  readonly config: ContainerConfig;
  info: ContainerInfo;
  /** Lines of the log with their times. */
  readonly log: { at: number; line: string }[];
  /** Told when the container ends or is removed. */
  readonly onEnd: Set<() => void>;
  cancelEnd: () => void;
}

export class SimulatedState {
  readonly containers = new Map<string, SimulatedContainer>();
  readonly networks = new Map<string, NetworkConfig>();
  readonly volumes = new Map<string, { path: string; labels: Record<string, string> }>();
  readonly watchers = new Set<{
    labels: Readonly<Record<string, string>>;
    onEvent: (event: EngineEvent) => void;
  }>();
  readonly #names = new Map<string, string>();
  readonly #addresses = new Set<string>();
  #serial = 0;
  #lastAddress = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws EngineError not-found. */
  find(id: string): SimulatedContainer {
    const found = this.containers.get(id) ?? this.containers.get(this.#names.get(id) ?? '');
    if (found === undefined) throw new EngineError('not-found', `No such container: ${id}`);
    return found;
  }

  create(config: ContainerConfig): string {
    const holder = this.#names.get(config.name);
    if (holder !== undefined) {
      throw new EngineError(
        'conflict',
        `Conflict. The container name "/${config.name}" is already in use by container "${holder}".`,
      );
    }
    this.#serial += 1;
    const id = `simulated${this.#serial.toString(16).padStart(55, '0')}`;
    this.#names.set(config.name, id);
    this.containers.set(id, {
      config,
      log: [],
      onEnd: new Set(),
      cancelEnd: () => {},
      info: {
        id,
        name: config.name,
        image: config.image,
        imageId: `simulated:${config.image}`,
        labels: config.labels,
        state: 'created',
        createdAt: this.#clock.now(),
        startedAt: 0,
        finishedAt: 0,
        exitCode: 0,
        oomKilled: false,
        error: '',
        address: '',
        pid: 0,
      },
    });
    return id;
  }

  start(id: string): void {
    const container = this.find(id);
    const { config, info } = container;
    if (info.state === 'running') return;
    const now = this.#clock.now();
    container.info = {
      ...info,
      state: 'running',
      startedAt: now,
      finishedAt: 0,
      exitCode: 0,
      pid: 1,
      address: config.network.type === 'bridge' ? this.#takeAddress(config.network) : '',
    };
    container.log.push({
      at: now,
      line: `simulated: no container runs, this stands for image ${config.image}`,
    });
    const seconds = Number(setting(config, runSeconds) ?? Number.NaN);
    if (seconds >= 0) {
      const code = Number(setting(config, exitCode) ?? 0);
      container.cancelEnd = this.#clock.after(seconds * 1_000, () => this.end(container, code));
    }
    this.#tell('started', container);
  }

  end(container: SimulatedContainer, code: number): void {
    if (container.info.state !== 'running') return;
    container.cancelEnd();
    this.#addresses.delete(container.info.address);
    container.info = {
      ...container.info,
      state: 'exited',
      finishedAt: this.#clock.now(),
      exitCode: code,
      pid: 0,
      address: '',
    };
    for (const told of [...container.onEnd]) told();
    this.#tell('exited', container);
  }

  remove(id: string): void {
    const known = this.containers.get(id) ?? this.containers.get(this.#names.get(id) ?? '');
    if (known === undefined) return;
    this.end(known, 137);
    this.containers.delete(known.info.id);
    this.#names.delete(known.info.name);
    this.#tell('removed', known);
  }

  #tell(type: 'started' | 'exited' | 'removed', { info }: SimulatedContainer): void {
    for (const { labels, onEvent } of [...this.watchers]) {
      if (hasLabels(info.labels, labels)) onEvent({ type, id: info.id, labels: info.labels });
    }
  }

  /** The wanted address, or the next free one of the network. */
  #takeAddress({ name, address }: { name: string; address?: string }): string {
    const subnet = this.networks.get(name)?.subnet ?? '10.244.0.0/16';
    if (address !== undefined) {
      this.#addresses.add(address);
      return address;
    }
    const [a = 10, b = 244, c = 0, d = 0] = (subnet.split('/')[0] ?? '').split('.').map(Number);
    const base = ((a * 256 + b) * 256 + c) * 256 + d;
    const size = 2 ** (32 - Number(subnet.split('/')[1] ?? 16));
    for (let tries = 0; tries < size; tries++) {
      // The first address is the network, the second its gateway, the last one broadcast.
      this.#lastAddress = (this.#lastAddress % (size - 3)) + 1;
      const value = base + 1 + this.#lastAddress;
      const text = [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
      if (this.#addresses.has(text)) continue;
      this.#addresses.add(text);
      return text;
    }
    throw new EngineError('failed', `no available IPv4 addresses on network ${name}`);
  }
}

/** True if all of `wanted` are among `labels`. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function setting(config: ContainerConfig, name: string): string | undefined {
  return config.env?.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
