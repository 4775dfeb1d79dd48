/**
 * The one container of Skiff that may change the engine's machine, and there only routes, service
 * rules and the cluster's own bridge. It lives in the machine's network namespace, so that nothing
 * needs sudo and all of it works where the engine is in a virtual machine.
 */
import { type Engine, engineLabels } from '../engine/engine.ts';
import { mustRun, run } from './commands.ts';

/** /sys of the engine's machine, writable, which the helper's own is not. */
const engineSys = '/run/engine/sys';

/** In the helper: the name of the cluster's bridge. */
const bridgeFile = '/run/skiff-bridge';

/**
 * The helper's own process. Lets every port of the bridge send a frame back to where it came from ("hairpin"): without it a
 * pod cannot reach itself through a service, since translation happens while the frame is bridged.
 * By its path, since a shell that is busybox would take its own `ip`, which cannot watch.
 */
const watchPorts = `
  trap 'exit 0' TERM INT
  while :; do
    /sbin/ip monitor link | while read -r line; do
      read -r bridge < ${bridgeFile} || continue
      case "$line" in *" master $bridge "*) ;; *) continue ;; esac
      port=\${line#*: }
      echo 1 > "${engineSys}/class/net/\${port%%[@:]*}/brport/hairpin_mode"
    done 2>/dev/null &
    wait
    sleep 1
  done`;

const allPorts = `
  echo "$1" > ${bridgeFile}
  for mode in ${engineSys}/class/net/$1/brif/*/hairpin_mode; do
    [ ! -e "$mode" ] || echo 1 > "$mode"
  done`;

const filter = `
  all=$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null) || exit 1
  [ "$all" = 1 ] || echo 1 > "${engineSys}/class/net/$1/bridge/nf_call_iptables"`;

/** Answers the id of the cluster's helper, running. Throws EngineError. */
export async function ensureHelper(
  engine: Engine,
  cluster: string,
  image: string,
): Promise<string> {
  const labels = { [engineLabels.cluster]: cluster, [engineLabels.role]: 'proxy' };
  const [found] = await engine.containers(labels);
  if (found?.state === 'running') return found.id;
  if (found !== undefined) await engine.removeContainer(found.id);
  const id = await engine.createContainer({
    name: `skiff-${cluster}-proxy`,
    image,
    labels,
    entrypoint: ['sh', '-c', watchPorts],
    network: { type: 'host' },
    mounts: [{ type: 'bind', source: '/sys', target: engineSys }],
    capabilities: { add: ['NET_ADMIN'] },
    restartAlways: true,
  });
  await engine.startContainer(id);
  return id;
}

/**
 * Sets the cluster's bridge up for services and answers whether bridged packets pass the machine's
 * rules, after asking for it on this one bridge. The module for that (br_netfilter) must have been
 * loaded by the engine; a container cannot. Throws EngineError.
 */
export async function setUpBridge(
  engine: Engine,
  helperId: string,
  bridge: string,
): Promise<boolean> {
  await mustRun(engine, helperId, ['sh', '-c', allPorts, 'sh', bridge]);
  const { code } = await run(engine, helperId, ['sh', '-c', filter, 'sh', bridge]);
  return code === 0;
}
