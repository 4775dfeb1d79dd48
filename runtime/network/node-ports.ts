/**
 * Node ports and load balancers on the user's own machine: a listener on 127.0.0.1 for each port,
 * made and removed as services come and go, that passes bytes to a ready endpoint through the engine.
 * Nothing has to be published beforehand, and it is the same where the machine cannot reach
 * containers. (Node addresses serve the same ports in the kernel, see proxy/rules.ts.)
 *
 * A LoadBalancer service whose ports could all be taken is given 127.0.0.1 as its external address,
 * otherwise (port 80 needs rights that a user may not have) the addresses of the nodes.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Clock } from '../api/clock.ts';
import type { core, EndpointSlice, Service } from '../api/types.ts';
import type { Client } from '../client/client.ts';
import type { Informers } from '../client/informer.ts';
import { endpointSlices, services } from '../client/resources.ts';
import type { Engine } from '../engine/engine.ts';
import type { ClusterNetwork } from './network.ts';
import { type Backend, keyOf, type ServicePort, servicePorts } from './proxy/backends.ts';

const debounceMs = 50;
/** A port that somebody else holds may become free. */
const retryMs = 10_000;
const loopback = '127.0.0.1';

export interface NodePortsOptions {
  readonly engine: Pick<Engine, 'dial'>;
  readonly network: Pick<ClusterNetwork, 'nodes'>;
  readonly informers: Informers;
  /** Writes the status of LoadBalancer services. */
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Runs until the signal aborts. */
export function runNodePorts(options: NodePortsOptions): void {
  const { informers, clock, signal, log } = options;
  const serviceInformer = informers.for<Service>(services);
  const sliceInformer = informers.for<EndpointSlice>(endpointSlices);
  const listeners = new Listeners(options);

  let cancelUpdate: (() => void) | undefined;
  let updating = false;
  const schedule = (ms: number) => {
    if (signal.aborted) return;
    cancelUpdate ??= clock.after(ms, () => {
      cancelUpdate = undefined;
      if (updating) return schedule(debounceMs);
      updating = true;
      update()
        .catch((error) => {
          if (!signal.aborted) log(`node ports: ${error instanceof Error ? error.message : error}`);
          schedule(retryMs);
        })
        .finally(() => {
          updating = false;
        });
    });
  };
  const update = async () => {
    const all = serviceInformer.list();
    const ports = servicePorts(all, sliceInformer.list());
    await listeners.want(ports);
    for (const service of all) await reportAddress(options, service, ports, listeners);
    if (listeners.incomplete) schedule(retryMs);
  };
  const soon = () => schedule(debounceMs);
  const handler = { added: soon, updated: soon, deleted: soon };
  const ends = [serviceInformer.subscribe(handler), sliceInformer.subscribe(handler)];
  signal.addEventListener('abort', () => {
    for (const end of ends) end();
    cancelUpdate?.();
    listeners.close();
  });
}

/** The listeners of 127.0.0.1, by port. */
class Listeners {
  /** Some port could not be taken. */
  incomplete = false;
  readonly #open = new Map<number, { server: Server; target: ServicePort }>();
  readonly #complaints = new Set<string>();
  readonly #options: NodePortsOptions;
  #turn = 0;

  constructor(options: NodePortsOptions) {
    this.#options = options;
  }

  /** Opens and closes listeners so that every TCP port has one where it can be had. */
  async want(ports: readonly ServicePort[]): Promise<void> {
    const wanted = new Map<number, ServicePort>();
    for (const target of ports) {
      if (target.protocol !== 'tcp') continue;
      if (target.nodePort !== 0) wanted.set(target.nodePort, target);
    }
    for (const target of ports) {
      const { port, protocol, loadBalancer } = target;
      if (protocol === 'tcp' && loadBalancer && !wanted.has(port)) wanted.set(port, target);
    }
    for (const [port, { server }] of this.#open) {
      if (wanted.has(port)) continue;
      server.close();
      this.#open.delete(port);
    }
    this.incomplete = false;
    for (const [port, target] of wanted) await this.#listen(port, target);
  }

  /** Whether the port of 127.0.0.1 leads to this service. */
  serves(target: ServicePort): boolean {
    const found = this.#open.get(target.port);
    return found !== undefined && keyOf(found.target) === keyOf(target);
  }

  close(): void {
    for (const { server } of this.#open.values()) server.close();
    this.#open.clear();
  }

  async #listen(port: number, target: ServicePort): Promise<void> {
    const open = this.#open.get(port);
    if (open !== undefined) {
      open.target = target;
      return;
    }
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(port, socket));
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, loopback, resolve);
      });
    } catch (error) {
      this.incomplete = true;
      const words = error instanceof Error ? error.message : String(error);
      const complaint = `${target.namespace}/${target.service} has no listener: ${words}`;
      if (!this.#complaints.has(complaint)) this.#options.log(complaint);
      this.#complaints.add(complaint);
      return;
    }
    if (this.#options.signal.aborted) server.close();
    else this.#open.set(port, { server, target });
  }

  #accept(port: number, socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const backends = this.#open.get(port)?.target.backends ?? [];
    const backend = backends[this.#turn++ % Math.max(1, backends.length)];
    // As a machine without a listener would, which is what a service without endpoints is.
    if (backend === undefined) socket.resetAndDestroy();
    else this.#connect(socket, backend);
  }

  #connect(socket: Socket, { address, port }: Backend): void {
    this.#options.engine.dial(address, port).then(
      (endpoint) => {
        // Two pipelines, so that either side may stop sending and still hear the other.
        const end = (error: unknown) => {
          if (error === undefined || error === null) return;
          socket.destroy();
          endpoint.destroy();
        };
        pipeline(socket, endpoint, end);
        pipeline(endpoint, socket, end);
      },
      () => socket.resetAndDestroy(),
    );
  }
}

type Ingress = core.LoadBalancerIngress;

/** Writes `status.loadBalancer` if it is not what it should be. */
async function reportAddress(
  { client, network }: NodePortsOptions,
  service: Service,
  ports: readonly ServicePort[],
  listeners: Listeners,
): Promise<void> {
  const { spec, metadata } = service;
  // A class means that somebody else's controller looks after it.
  if (spec.loadBalancerClass !== undefined) return;
  const current = service.status?.loadBalancer?.ingress ?? [];
  let wanted: Ingress[] = [];
  if (spec.type === 'LoadBalancer') {
    const own = ports.filter(
      (port) => port.namespace === metadata.namespace && port.service === metadata.name,
    );
    const local = own.length > 0 && own.every((port) => listeners.serves(port));
    const free = own.every((port) => firstWith(ports, port) === port);
    if (local) wanted = [{ ip: loopback, ipMode: 'Proxy' }];
    else if (free) wanted = network.nodes.map(({ address }) => ({ ip: address, ipMode: 'VIP' }));
  }
  const addresses = (list: readonly Ingress[]) => list.map(({ ip, ipMode }) => `${ip} ${ipMode}`);
  if (addresses(current).join() === addresses(wanted).join()) return;
  const { namespace, name } = metadata;
  const target = { ...services, namespace, name, subresource: 'status' };
  await client.patch(target, 'merge', { status: { loadBalancer: { ingress: wanted } } });
}

/** The load balancer that the nodes' rules let have a port, if several want it. */
function firstWith(ports: readonly ServicePort[], wanted: ServicePort): ServicePort | undefined {
  return ports.find(
    ({ loadBalancer, protocol, port }) =>
      loadBalancer && protocol === wanted.protocol && port === wanted.port,
  );
}
