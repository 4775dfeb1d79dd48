/**
 * The one container of Skiff that may change the engine's machine, and there only routes, service
 * rules and the cluster's own bridge. It lives in the machine's network namespace, so that nothing
 * needs sudo and all of it works where the engine is in a virtual machine.
 */
import { createHash } from 'node:crypto';
import { type Engine, engineLabels } from '../engine/engine.ts';

/** /sys of the engine's machine, writable, which the helper's own is not. */
export const engineSys = '/run/engine/sys';

/** In the helper: the name of the cluster's bridge; routes.ts writes it. */
export const bridgeFile = '/run/skiff-bridge';

/**
 * The helper's own process. Lets every port of the bridge send a frame back to where it came from
 * ("hairpin"): without it a pod cannot reach itself through a service, since translation happens while
 * the frame is bridged. By its path, since a shell that is busybox would take its own `ip`, which cannot watch.
 */
const watchPorts = `
  trap 'exit 0' TERM INT
  while :; do
    /sbin/ip monitor link | while read -r line; do
      read -r bridge < ${bridgeFile} || continue
      case "$line" in *" master $bridge "*) ;; *) continue ;; esac
      port=\${line#*: }
      file="${engineSys}/class/net/\${port%%[@:]*}/brport/hairpin_mode"
      read -r mode < "$file" || continue
      # Every write is an event itself: writing what is there already would never end.
      [ "$mode" = 1 ] || echo 1 > "$file"
    done 2>/dev/null &
    wait
    sleep 1
  done`;

/** One that an earlier Skiff made, with another process, is replaced. */
const version = createHash('sha256').update(watchPorts).digest('hex').slice(0, 12);
const versionLabel = 'skiff.helper';

/** Answers the id of the cluster's helper, running. Throws EngineError. */
export async function ensureHelper(
  engine: Engine,
  cluster: string,
  image: string,
): Promise<string> {
  const own = { [engineLabels.cluster]: cluster, [engineLabels.role]: 'proxy' };
  const labels = { ...own, [versionLabel]: version };
  const [found] = await engine.containers(own);
  const current = found?.labels[versionLabel] === version;
  if (found?.state === 'running' && current) return found.id;
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
