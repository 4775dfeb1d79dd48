/**
 * Routes of the engine's machine. Pod and service ranges must never follow the default route: the
 * service range is a link route on the cluster's bridge (so that the machine itself can use service
 * addresses, and what no rule translates dies there), and beneath both ranges lies `unreachable`, for
 * the moments in which the bridge is not there.
 */

import { type Cidr, parseCidr } from '../api/ipv4.ts';
import type { Engine } from '../engine/engine.ts';
import { mustRun, run } from './commands.ts';
import { bridgeFile, engineSys } from './helper.ts';

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

/**
 * All in one go, since every command through an engine costs a tenth of a second: routes, the bridge's
 * ports (see helper.ts), and whether bridged packets pass the machine's rules. For that the module
 * br_netfilter must have been loaded by the engine, a container cannot; if it was, it is asked for on
 * this one bridge.
 */
const setUp = `
  set -e
  subnet=$1 gateway=$2 services=$3
  /sbin/ip route replace unreachable "$services" metric ${lastResort}
  /sbin/ip route replace unreachable "$subnet" metric ${lastResort}
  bridge=$(/sbin/ip -o -4 address show | grep -F " $gateway/" | awk '{ print $2 }')
  [ -n "$bridge" ] || { echo "the engine's machine does not have $gateway" >&2; exit 1; }
  /sbin/ip route replace "$services" dev "$bridge" src "$gateway"
  echo "$bridge" > ${bridgeFile}
  sys=${engineSys}/class/net/$bridge
  for mode in "$sys"/brif/*/hairpin_mode; do
    [ ! -e "$mode" ] || echo 1 > "$mode"
  done
  all=$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null) || exit 0
  [ "$all" = 1 ] || echo 1 > "$sys/bridge/nf_call_iptables" || exit 0
  echo filtered`;

/**
 * Sets the machine's routes and the cluster's bridge up, again after every restart of the engine.
 * Answers whether traffic between two pods passes the machine's rules. Throws EngineError.
 */
export async function keepInside(
  engine: Engine,
  helperId: string,
  network: { subnet: string; gateway: string; serviceCidr: string },
): Promise<boolean> {
  const { subnet, gateway, serviceCidr } = network;
  const command = ['sh', '-c', setUp, 'sh', subnet, gateway, serviceCidr];
  return (await mustRun(engine, helperId, command)).includes('filtered');
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
