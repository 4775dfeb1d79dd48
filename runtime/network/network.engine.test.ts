import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../engine/docker/docker.ts';
import type { Engine } from '../engine/engine.ts';
import { mustRun, run } from './commands.ts';
import { type ClusterNetwork, prepareNetwork, removeNetwork } from './network.ts';
import { ensureNodeImage } from './node-image.ts';

const cluster = 'g-net';
const log = () => {};

describe('the network of a cluster on a real engine', () => {
  let engine: Engine;
  let network: ClusterNetwork;
  let image: string;
  const prepare = (nodes: string[]) =>
    prepareNetwork({
      engine,
      cluster,
      nodes,
      image,
      podCidrs: ['10.233.0.0/16', '10.234.0.0/16'],
      serviceCidrs: ['10.121.0.0/16', '10.122.0.0/16'],
      log,
    });

  beforeAll(async () => {
    engine = createDockerEngine({});
    image = await ensureNodeImage(engine, { directory: 'runtime/engine/node-image', log });
    await removeNetwork({ engine, cluster, purge: true, log });
    network = await prepare(['node-1', 'node-2']);
  });

  afterAll(async () => {
    await removeNetwork({ engine, cluster, purge: true, log });
    await engine.close();
  });

  it('gives nodes addresses from the end of the range', () => {
    const base = network.subnet.replace('.0.0/16', '');
    expect(network.nodes.map(({ name, address }) => [name, address])).toEqual([
      ['node-1', `${base}.255.254`],
      ['node-2', `${base}.255.253`],
    ]);
  });

  it('finds everything again', async () => {
    await engine.killContainer(network.nodes[1]!.containerId, 'KILL');
    expect(await prepare(['node-1', 'node-2'])).toEqual(network);
  });

  it('mounts the volume in the nodes', async () => {
    const [first, second] = network.nodes;
    await mustRun(engine, first!.containerId, ['sh', '-c', 'echo hello > /var/lib/skiff/greeting']);
    const read = await mustRun(engine, second!.containerId, ['cat', '/var/lib/skiff/greeting']);
    expect(read).toBe('hello\n');
  });

  it('keeps both ranges off the default route', async () => {
    const routes = await mustRun(engine, network.helperId, ['ip', '-4', 'route', 'show']);
    for (const range of [network.subnet, network.serviceCidr]) {
      expect(routes).toContain(`unreachable ${range} metric 4294967295`);
    }
    expect(routes).toMatch(
      new RegExp(`${network.serviceCidr} dev br-\\w+ .*src ${network.gateway}`),
    );
  });

  it('costs nothing while nothing happens', async () => {
    const count = `
      read -r bridge < /run/skiff-bridge
      timeout 1 /sbin/ip monitor link | grep -c "master $bridge "`;
    const { stdout } = await run(engine, network.helperId, ['sh', '-c', count]);
    expect(stdout).toBe('0\n');
  });

  it('gives other ranges to clusters that start at the same moment', async () => {
    const names = ['g-net2', 'g-net3'];
    const prepareOther = (cluster: string) =>
      prepareNetwork({
        engine,
        cluster,
        nodes: ['only'],
        image,
        podCidrs: [network.subnet, '10.235.0.0/16', '10.236.0.0/16'],
        serviceCidrs: [network.serviceCidr, '10.123.0.0/16', '10.124.0.0/16'],
        log,
      });
    try {
      const all = [network, ...(await Promise.all(names.map(prepareOther)))];
      expect(new Set(all.map(({ subnet }) => subnet)).size).toBe(3);
      expect(new Set(all.map(({ serviceCidr }) => serviceCidr)).size).toBe(3);
    } finally {
      for (const cluster of names) await removeNetwork({ engine, cluster, purge: true, log });
    }
  });

  it('removes a node that is no longer wanted', async () => {
    const smaller = await prepare(['node-1']);
    expect(smaller.nodes).toEqual([network.nodes[0]]);
    expect(await engine.container(network.nodes[1]!.containerId)).toBeUndefined();
  });

  it('leaves nothing behind', async () => {
    const { helperId, subnet, serviceCidr } = network;
    await removeNetwork({ engine, cluster, purge: true, log });
    expect(await engine.container(helperId)).toBeUndefined();
    expect(await engine.networks({ 'skiff.cluster': cluster })).toEqual([]);
    expect(await engine.volumes({ 'skiff.cluster': cluster })).toEqual([]);
    network = await prepare(['node-1']);
    const routes = await run(engine, network.helperId, ['ip', 'route', 'show']);
    expect(routes.stdout.match(/unreachable/g)?.length).toBeGreaterThanOrEqual(2);
    expect([network.subnet, network.serviceCidr]).toEqual([subnet, serviceCidr]);
  });
});
