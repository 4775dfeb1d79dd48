/** Containers that stand in for pods in tests on a real engine. */
import { type Engine, engineLabels } from '../../engine/engine.ts';
import { run } from '../commands.ts';
import type { ClusterNetwork } from '../network.ts';

/** Has a shell and Node.js; made by scripts/images/local-base.mjs. */
export const podImage = 'skiff.local/base:1';

/** Answers over HTTP and UDP on port 8080 with its own name and the client's address. */
const server = `
const name = process.env.NAME;
const client = (address) => address.replace('::ffff:', '');
require('http').createServer((request, response) => {
  response.end(name + ' ' + client(request.socket.remoteAddress));
}).listen(8080);
const socket = require('dgram').createSocket('udp4');
socket.on('message', (data, from) => socket.send(name + ' ' + from.address, from.port, from.address));
socket.bind(8080);
`;

export interface TestPod {
  readonly name: string;
  readonly id: string;
  readonly address: string;
}

export async function startPod(
  engine: Engine,
  network: ClusterNetwork,
  name: string,
): Promise<TestPod> {
  if ((await engine.image(podImage)) === undefined) {
    throw new Error(`${podImage} is missing: run node scripts/images/local-base.mjs`);
  }
  const id = await engine.createContainer({
    name: `k8s_test_${network.cluster}_${name}`,
    image: podImage,
    labels: { [engineLabels.cluster]: network.cluster, [engineLabels.role]: 'container' },
    entrypoint: ['node', '-e', server],
    env: [`NAME=${name}`],
    network: { type: 'bridge', name: network.networkName },
  });
  await engine.startContainer(id);
  const address = (await engine.container(id))?.address ?? '';
  for (;;) {
    const { code } = await run(engine, id, ['wget', '-qO-', 'http://127.0.0.1:8080']);
    if (code === 0) return { name, id, address };
  }
}

export interface Answer {
  /** The body; empty if there was none. */
  readonly body: string;
  /** The client's complaint. */
  readonly error: string;
  readonly milliseconds: number;
}

/** GETs `http://address/` from within a container. */
export async function get(engine: Engine, id: string, address: string): Promise<Answer> {
  const started = performance.now();
  const { stdout, stderr } = await run(engine, id, ['wget', '-qO-', `http://${address}/`]);
  return {
    body: stdout,
    error: stderr.trim(),
    milliseconds: Math.round(performance.now() - started),
  };
}
