/**
 * Which node ports a service gets. A number is one service's alone, whatever the protocol; ports of one
 * service that stand for the same port share it.
 * k8s.io/kubernetes/pkg/registry/core/service/storage, initNodePorts and updateNodePorts
 */
import type { core, Service } from '../../api/types.ts';
import { internal } from '../verbs/errors.ts';
import { hasNodePorts, needsHealthPort } from './service.ts';
import { refused } from './service-families.ts';

type Port = core.ServicePort;

export const firstNodePort = 30000;
export const lastNodePort = 32767;

const notInRange = `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-${lastNodePort}`;
const alreadyTaken = 'provided port is already allocated';

/** Where numbers come from. */
export interface NodePorts {
  /** Nobody else has it. */
  isFree(number: number): boolean;
  /** Any number that `accepts` takes; undefined if there is none. */
  any(accepts: (number: number) => boolean): number | undefined;
}

/** Fills in what is free. Throws Invalid if what was asked for is not, InternalError if nothing is left. */
export function chooseNodePorts(
  service: Service,
  previous: Service | undefined,
  source: NodePorts,
): void {
  const { spec } = service;
  const choice = new Choice(service, source);
  if (hasNodePorts(spec)) {
    const isNew = previous === undefined;
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const left = !port.nodePort && spec.allocateLoadBalancerNodePorts === false;
      if (left && spec.type === 'LoadBalancer') continue;
      if (isNew) choice.first(port, index);
      else choice.next(port, index, numbersOf(previous));
    }
  }
  if (needsHealthPort(spec)) choice.health(previous?.spec.healthCheckNodePort);
}

class Choice {
  readonly #service: Service;
  readonly #source: NodePorts;
  readonly #chosen = new Set<number>();
  /** By the port that a service is reached at. */
  readonly #byPort = new Map<number, number>();

  constructor(service: Service, source: NodePorts) {
    this.#service = service;
    this.#source = source;
  }

  /** For a service that is new. */
  first(port: Port, index: number): void {
    const known = this.#byPort.get(port.port);
    if (known !== undefined) {
      if (!port.nodePort) port.nodePort = known;
      else if (port.nodePort !== known) this.#take(port.nodePort, index);
      return;
    }
    const twin = this.#service.spec.ports?.find(
      (other) => other.port === port.port && other.nodePort,
    );
    const asked = twin?.nodePort;
    if (asked) this.#take(asked, index);
    port.nodePort = asked || this.#any();
    this.#byPort.set(port.port, port.nodePort);
  }

  /** For a service that has had `own` before. */
  next(port: Port, index: number, own: ReadonlySet<number>): void {
    const asked = port.nodePort;
    if (!asked) port.nodePort = this.#any();
    else if (!own.has(asked) && !this.#chosen.has(asked)) this.#take(asked, index);
  }

  /** The port that load balancers ask for a node's health; `own` is what the service has had before. */
  health(own: number | undefined): void {
    const { spec } = this.#service;
    const asked = spec.healthCheckNodePort;
    if (!asked) {
      spec.healthCheckNodePort = this.#any('a HealthCheck NodePort 0');
      return;
    }
    const why = asked === own ? undefined : this.#problem(asked);
    if (why === undefined) return;
    throw internal(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
  }

  #take(number: number, index: number): void {
    const why = this.#problem(number);
    if (why !== undefined) {
      throw refused(this.#service, `spec.ports[${index}].nodePort`, number, why);
    }
    this.#chosen.add(number);
  }

  #problem(number: number): string | undefined {
    if (number < firstNodePort || number > lastNodePort) return notInRange;
    return this.#isFree(number) ? undefined : alreadyTaken;
  }

  #isFree(number: number): boolean {
    return !this.#chosen.has(number) && this.#source.isFree(number);
  }

  #any(what = 'a nodePort'): number {
    const number = this.#source.any((candidate) => this.#isFree(candidate));
    if (number === undefined) {
      throw internal(`failed to allocate ${what}: range is full`);
    }
    this.#chosen.add(number);
    return number;
  }
}

function numbersOf({ spec }: Service): Set<number> {
  return new Set(spec.ports?.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
}
