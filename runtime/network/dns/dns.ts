/**
 * The cluster's DNS server. It answers from the informers' caches in this process, so that a new
 * service or pod can be found the moment it is known, and asks the machine's name servers the rest.
 */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { createServer, type Socket } from 'node:net';
import { contains, parseCidr } from '../../api/ipv4.ts';
import type { EndpointSlice, Namespace, Service } from '../../api/types.ts';
import type { Informers } from '../../client/informer.ts';
import { endpointSlices, namespaces, services } from '../../client/resources.ts';
import { createResponder, type Responder } from './responder.ts';
import { forward, framed, readFrames, type UpstreamServer } from './upstream.ts';
import type { ZoneData } from './zone.ts';

/** How long a TCP connection may be silent. */
const idleMs = 10_000;

export interface DnsOptions {
  /** To listen on: the gateway of the cluster's network. */
  readonly address: string;
  /** 0 takes any that is free for both UDP and TCP. */
  readonly port: number;
  readonly informers: Informers;
  readonly clusterDomain: string;
  /** Name servers for everything else, in order. Left out: those of this machine at the time. */
  readonly upstream?: readonly UpstreamServer[];
  /** The pods' and services' ranges: what is unknown in them is asked of nobody else. */
  readonly ownRanges?: readonly string[];
  /** What `host.skiff.internal` stands for; left out: `address`. */
  readonly hostAddress?: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Serves until the signal aborts. Rejects if it cannot listen; answers the port. */
export async function runDns(options: DnsOptions): Promise<{ readonly port: number }> {
  const { address, clusterDomain, informers, signal, upstream } = options;
  const ranges = (options.ownRanges ?? []).map(parseCidr);
  const responder = createResponder({
    zone: {
      domain: clusterDomain.toLowerCase(),
      hosts: new Map([['host.skiff.internal', options.hostAddress ?? address]]),
      owns: (asked) => ranges.some((range) => contains(range, asked)),
      data: zoneDataOf(informers),
    },
    forward: (query, transport) => forward(query, upstream ?? machineServers(), transport),
  });
  const port = await listenTcp(options, responder);
  await listenUdp({ ...options, port }, responder);
  signal.throwIfAborted();
  return { port };
}

/** Read anew each time, for a tunnel may have come up since the cluster started. IPv4 only. */
function machineServers(): UpstreamServer[] {
  return new Resolver().getServers().filter((server) => /^\d+(\.\d+){3}(:\d+)?$/.test(server));
}

function zoneDataOf(informers: Informers): ZoneData {
  const spaces = informers.for<Namespace>(namespaces);
  const serviceInformer = informers.for<Service>(services, {
    indexes: { 'dns/address': ({ spec }) => spec.clusterIPs ?? [spec.clusterIP ?? ''] },
  });
  const sliceInformer = informers.for<EndpointSlice>(endpointSlices, {
    indexes: {
      'dns/service': ({ metadata }) => [
        `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`,
      ],
      'dns/address': ({ endpoints = [] }) => endpoints.flatMap(({ addresses }) => addresses),
    },
  });
  return {
    hasNamespace: (name) => spaces.get(name) !== undefined,
    service: (name, namespace) => serviceInformer.get(name, namespace),
    serviceAt: (address) => serviceInformer.byIndex('dns/address', address)[0],
    slices: (name, namespace) => sliceInformer.byIndex('dns/service', `${namespace}/${name}`),
    slicesAt: (address) => sliceInformer.byIndex('dns/address', address),
  };
}

function listenUdp(options: DnsOptions, responder: Responder): Promise<void> {
  const { address, port, signal, log } = options;
  const socket = createSocket('udp4');
  socket.on('message', (query, { address: client, port: clientPort }) => {
    responder.respond(query, 'udp').then(
      (response) => {
        if (response !== undefined && !signal.aborted) socket.send(response, clientPort, client);
      },
      (error) => log(`DNS: ${error}`),
    );
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.removeListener('error', reject);
      socket.on('error', (error) => log(`DNS: ${error}`));
      signal.addEventListener('abort', () => socket.close());
      resolve();
    });
  });
}

function listenTcp(options: DnsOptions, responder: Responder): Promise<number> {
  const { address, port, signal, log } = options;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(idleMs, () => socket.destroy());
    readFrames(socket, (query) => {
      responder.respond(query, 'tcp').then(
        (response) => {
          if (response !== undefined && !socket.destroyed) socket.write(framed(response));
        },
        (error) => log(`DNS: ${error}`),
      );
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.removeListener('error', reject);
      server.on('error', (error) => log(`DNS: ${error}`));
      signal.addEventListener('abort', () => {
        server.close();
        for (const socket of open) socket.destroy();
      });
      resolve(typeof bound === 'object' ? (bound?.port ?? 0) : 0);
    });
  });
}
