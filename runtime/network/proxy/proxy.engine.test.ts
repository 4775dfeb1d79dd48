import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../api/clock.ts';
import { addressAt, parseCidr } from '../../api/ipv4.ts';
import type { KubeObject } from '../../api/object.ts';
import { createInformers } from '../../client/informer.ts';
import { pods } from '../../client/resources.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { createDockerEngine } from '../../engine/docker/docker.ts';
import type { Engine } from '../../engine/engine.ts';
import { mustRun } from '../commands.ts';
import { runDns } from '../dns/dns.ts';
import { type ClusterNetwork, prepareNetwork, removeNetwork } from '../network.ts';
import { ensureNodeImage } from '../node-image.ts';
import { service, slice } from '../testing/objects.ts';
import { get, startPod, type TestPod } from '../testing/pods.ts';
import { servicePortSets } from '../testing/service-ports.ts';
import type { ServicePort } from './backends.ts';
import { runProxy, type Proxy as ServiceProxy } from './proxy.ts';
import { difference, renderChanges, renderWhole } from './rule-set.ts';
import { machineRules } from './rules.ts';

const cluster = 'g-test';
const log = () => {};
const http = [{ name: '', port: 8080, protocol: 'TCP' }];

describe('services on a real engine', () => {
  const stop = new AbortController();
  const client = new FakeClient({ clock: systemClock });
  let engine: Engine;
  let network: ClusterNetwork;
  let proxy: ServiceProxy;
  let api: Server;
  let first: TestPod;
  let second: TestPod;
  const vip = (index: number) => addressAt(parseCidr(network.serviceCidr), index);

  /** Puts the objects and waits until the kernel has their rules. */
  async function have(...objects: Parameters<FakeClient['put']>[0][]) {
    for (const object of objects) client.put(object);
    await systemClock.sleep(0);
    await proxy.flush();
  }

  beforeAll(async () => {
    engine = createDockerEngine({});
    await removeNetwork({ engine, cluster, purge: true, log });
    network = await prepareNetwork({
      engine,
      cluster,
      nodes: ['node-1', 'node-2'],
      image: await ensureNodeImage(engine, { directory: 'runtime/engine/node-image', log }),
      podCidrs: ['10.237.0.0/16', '10.238.0.0/16'],
      serviceCidrs: ['10.125.0.0/16', '10.126.0.0/16'],
      log,
    });
    api = createServer((request, response) => response.end(request.socket.remoteAddress));
    await new Promise<void>((resolve) => api.listen(0, network.gateway, resolve));
    const address = api.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const informers = createInformers(client, systemClock, stop.signal);
    const dns = await runDns({
      address: network.gateway,
      port: 0,
      informers,
      clusterDomain: 'cluster.local',
      upstream: [],
      log,
      signal: stop.signal,
    });
    proxy = runProxy({
      engine,
      network,
      informers,
      clock: systemClock,
      signal: stop.signal,
      log,
      apiEndpoint: { address: network.gateway, port },
      dnsEndpoint: { address: network.gateway, port: dns.port },
    });
    await proxy.ready;
    [first, second] = await Promise.all([
      startPod(engine, network, 'first'),
      startPod(engine, network, 'second'),
    ]);
  });

  afterAll(async () => {
    stop.abort();
    api?.close();
    await removeNetwork({ engine, cluster, purge: true, log });
    await engine.close();
  });

  it('carries a pod to an endpoint and keeps its address', async () => {
    await have(
      service('web', { clusterIP: vip(20), ports: [{ port: 80 }] }),
      slice('web', http, [second.address]),
    );
    expect((await get(engine, first.id, vip(20))).body).toBe(`second ${first.address}`);
  });

  it('carries the engine machine and nodes, too', async () => {
    expect((await get(engine, network.helperId, vip(20))).body).toBe(`second ${network.gateway}`);
    const node = network.nodes[0]!;
    expect((await get(engine, node.containerId, vip(20))).body).toBe(`second ${node.address}`);
  });

  it('lets a pod reach itself through its service', async () => {
    expect((await get(engine, second.id, vip(20))).body).toBe(`second ${network.gateway}`);
  });

  it('spreads over endpoints', async () => {
    await have(
      service('both', { clusterIP: vip(21), ports: [{ port: 80 }] }),
      slice('both', http, [first.address, second.address]),
    );
    const bodies = new Set<string>();
    for (let round = 0; round < 40 && bodies.size < 2; round++) {
      bodies.add((await get(engine, network.helperId, vip(21))).body.split(' ')[0]!);
    }
    expect(bodies).toEqual(new Set(['first', 'second']));
  });

  it('holds a client at its endpoint with affinity, also when another comes', async () => {
    await have(
      service('sticky', {
        clusterIP: vip(22),
        sessionAffinity: 'ClientIP',
        ports: [{ port: 80 }],
      }),
      slice('sticky', http, [second.address]),
    );
    const ask = async () => (await get(engine, network.helperId, vip(22))).body.split(' ')[0];
    expect(await ask()).toBe('second');
    await have(slice('sticky', http, [first.address, second.address]));
    for (let round = 0; round < 8; round++) expect(await ask()).toBe('second');
  });

  it('refuses a service without endpoints and an address without service at once', async () => {
    await have(
      service('idle', { clusterIP: vip(23), ports: [{ port: 80 }] }),
      slice('idle', http, []),
    );
    for (const from of [first.id, network.helperId, network.nodes[0]!.containerId]) {
      for (const address of [vip(23), vip(4000), `${vip(20)}:81`]) {
        const answer = await get(engine, from, address);
        expect(answer.error).toMatch(/refused/);
        expect(answer.milliseconds).toBeLessThan(2000);
      }
    }
  });

  it('follows endpoints as they come and go', async () => {
    await have(slice('idle', http, [first.address]));
    expect((await get(engine, second.id, vip(23))).body).toBe(`first ${second.address}`);
    await have(slice('idle', http, []));
    expect((await get(engine, second.id, vip(23))).error).toMatch(/refused/);
  });

  it('leads the first service address to the API server', async () => {
    expect((await get(engine, first.id, `${vip(1)}:443`)).body).toBe(first.address);
  });

  it('answers DNS at the tenth service address', async () => {
    client.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    const resolve = `
      const resolver = new (require('dns').promises.Resolver)({ tries: 1 });
      resolver.setServers(['${vip(10)}']);
      resolver.resolve4('web.default.svc.cluster.local').then((found) => console.log(found.join()));`;
    expect(await mustRun(engine, first.id, ['node', '-e', resolve])).toBe(`${vip(20)}\n`);
    const lookUp = ['nslookup', 'idle.default.svc.cluster.local', vip(10)];
    expect(await mustRun(engine, first.id, lookUp)).toContain(vip(23));
  });

  it('moves UDP clients that never pause when their endpoint goes', async () => {
    const udp = [{ name: '', port: 8080, protocol: 'UDP' }];
    await have(
      service('udp', { clusterIP: vip(25), ports: [{ port: 53, protocol: 'UDP' }] }),
      slice('udp', udp, [first.address]),
    );
    // Prints who answers whenever that is somebody else than before.
    const asker = `
      const socket = require('dgram').createSocket('udp4');
      let last = '';
      socket.on('error', () => {});
      process.stdin.on('end', () => process.exit()).resume();
      socket.on('message', (data) => {
        const [name] = String(data).split(' ');
        if (name !== last) console.log(last = name);
      });
      socket.bind(() => setInterval(() => socket.send('?', 53, '${vip(25)}'), 20));`;
    const asking = await engine.exec(second.id, {
      command: ['node', '-e', asker],
      stdin: true,
    });
    let heard = '';
    asking.stdout.on('data', (chunk) => {
      heard += chunk;
    });
    const hears = async (text: string) => {
      while (heard !== text) await once(asking.stdout, 'data');
    };
    await hears('first\n');
    await have(slice('udp', udp, [second.address]));
    await hears('first\nsecond\n');
    asking.stdin?.end();
    await asking.exit;
  });

  it('serves node ports on every node, for pods, nodes and the machine', async () => {
    await have(
      service('open', {
        type: 'NodePort',
        clusterIP: vip(24),
        ports: [{ port: 80, nodePort: 30080 }],
      }),
      slice('open', http, [second.address]),
    );
    for (const node of network.nodes) {
      const target = `${node.address}:30080`;
      for (const from of [first.id, second.id, network.helperId, network.nodes[0]!.containerId]) {
        expect((await get(engine, from, target)).body).toMatch(/^second /);
      }
    }
    await have(slice('open', http, []));
    const answer = await get(engine, first.id, `${network.nodes[0]!.address}:30080`);
    expect(answer.error).toMatch(/refused/);
  });

  it('opens host ports of pods on their node alone, and closes them with the pod', async () => {
    const [node, other] = network.nodes;
    client.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'second', namespace: 'default' },
      spec: {
        nodeName: node!.name,
        containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 8080, hostPort: 8088 }] }],
      },
      status: { phase: 'Running', podIP: second.address },
    } as KubeObject);
    await have();
    const target = `${node!.address}:8088`;
    for (const from of [first.id, second.id, network.helperId, node!.containerId]) {
      expect((await get(engine, from, target)).body).toMatch(/^second /);
    }
    const local = await get(engine, node!.containerId, '127.0.0.1:8088');
    expect(local.body).toBe(`second ${node!.address}`);
    expect((await get(engine, first.id, `${other!.address}:8088`)).error).toMatch(/refused/);
    client.drop(pods, 'second', 'default');
    await have();
    expect((await get(engine, first.id, target)).error).toMatch(/refused/);
  });

  it('writes node port rules again after a node was restarted', async () => {
    await have(slice('open', http, [second.address]));
    const node = network.nodes[1]!;
    await engine.stopContainer(node.containerId, 1);
    await engine.startContainer(node.containerId);
    for (;;) {
      const { body } = await get(engine, first.id, `${node.address}:30080`);
      if (body.startsWith('second ')) break;
    }
  });

  it('puts a table right that somebody removed', async () => {
    await mustRun(engine, network.helperId, ['nft', 'delete', 'table', 'ip', 'skiff_g_test']);
    await have(slice('idle', http, [first.address]));
    expect((await get(engine, second.id, vip(23))).body).toBe(`first ${second.address}`);
    expect((await get(engine, first.id, vip(20))).body).toBe(`second ${first.address}`);
  });
});

describe('rule changes in a real kernel', () => {
  let engine: Engine;
  let id: string;

  beforeAll(async () => {
    engine = createDockerEngine({});
    id = await engine.createContainer({
      name: 'skiff-g-rules',
      image: await ensureNodeImage(engine, { directory: 'runtime/engine/node-image', log }),
      labels: { 'skiff.cluster': 'g-rules' },
      network: { type: 'none' },
      capabilities: { add: ['NET_ADMIN'] },
    });
    await engine.startContainer(id);
  });

  afterAll(async () => {
    await engine.removeContainer(id);
    await engine.close();
  });

  it('lead to what a whole write gives', async () => {
    const rulesOf = (ports: ServicePort[]) =>
      machineRules({
        ports,
        serviceCidr: '10.97.0.0/16',
        subnet: '10.233.0.0/16',
        bridgeFiltered: true,
      });
    const histories = fc.array(servicePortSets, { minLength: 3, maxLength: 3 });
    for (const history of fc.sample(histories, { numRuns: 6, seed: 7 })) {
      const [start, ...rest] = history.map(rulesOf);
      await mustRun(engine, id, ['nft', '-f', '-'], renderWhole('changed', start!));
      let previous = start!;
      for (const next of rest) {
        const script = renderChanges('changed', difference(previous, next));
        await mustRun(engine, id, ['nft', '-f', '-'], script);
        previous = next;
      }
      await mustRun(engine, id, ['nft', '-f', '-'], renderWhole('whole', previous));
      expect(await listing('changed')).toEqual(await listing('whole'));
    }
  });

  /** Everything in the table, without the order in which it was made. */
  async function listing(table: string): Promise<string[]> {
    const text = await mustRun(engine, id, ['nft', '-s', 'list', 'table', 'ip', table]);
    const blocks = text.split(/\n\n|\{\n(?=\tmap services)/).slice(1);
    return blocks.map((block) => sortElements(block.replace(/\n\}\n$/, '').trim())).sort();
  }

  function sortElements(block: string): string {
    const [before = '', elements] = block.split('elements = {');
    if (elements === undefined) return block;
    const sorted = elements.replace(/[\s}]+$/, '').split(/,\s*/);
    return (
      before +
      sorted
        .map((each) => each.trim())
        .sort()
        .join(', ')
    );
  }
});
