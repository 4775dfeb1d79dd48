/**
 * Routes of the engine's machine. Pod and service ranges must never follow the default route: the
 * service range is a link route on the cluster's bridge (so that the machine itself can use service
 * addresses, and what no rule translates dies there), and beneath both ranges lies `unreachable`, for
 * the moments in which the bridge is not there.
 */
import { type Engine, EngineError } from '../engine/engine.ts';
import { type Cidr, parseCidr } from './addresses.ts';
import { mustRun, run } from './commands.ts';

/** The weakest metric there is: any other route to the same range wins. */
const lastResort = '4294967295';

export interface HostRoute {
  readonly destination: Cidr;
}

/** All routes but the default ones and Skiff's own `unreachable` ones. Throws EngineError. */
export async function routesOf(engine: Engine, helperId: string): Promise<HostRoute[]> {
  const text = await mustRun(engine, helperId, ['ip', '-4', 'route', 'show']);
  const routes: HostRoute[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\d+\.\d+\.\d+\.\d+)(\/\d+)? /.exec(line);
    if (match?.[1] === undefined) continue;
    routes.push({ destination: parseCidr(`${match[1]}${match[2] ?? '/32'}`) });
  }
  return routes;
}

/** Answers the name of the cluster's bridge. Throws EngineError. */
export async function keepInside(
  engine: Engine,
  helperId: string,
  network: { subnet: string; gateway: string; serviceCidr: string },
): Promise<string> {
  for (const range of [network.serviceCidr, network.subnet]) {
    const route = ['unreachable', range, 'metric', lastResort];
    await mustRun(engine, helperId, ['ip', 'route', 'replace', ...route]);
  }
  const text = await mustRun(engine, helperId, ['ip', '-o', '-4', 'address', 'show']);
  const line = text.split('\n').find((each) => each.includes(` ${network.gateway}/`));
  const bridge = line?.split(/\s+/)[1];
  if (bridge === undefined) {
    throw new EngineError('failed', `the engine's machine does not have ${network.gateway}`);
  }
  const link = [network.serviceCidr, 'dev', bridge, 'src', network.gateway];
  await mustRun(engine, helperId, ['ip', 'route', 'replace', ...link]);
  return bridge;
}

/** Once the network is gone. Fine if the routes are. */
export async function releaseRoutes(
  engine: Engine,
  helperId: string,
  ranges: readonly string[],
): Promise<void> {
  for (const range of ranges) {
    const route = ['unreachable', range, 'metric', lastResort];
    await run(engine, helperId, ['ip', 'route', 'del', ...route]);
  }
}
