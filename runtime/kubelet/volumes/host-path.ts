/**
 * Checks of hostPath volumes. The path is on the engine's machine, which the process may not see, so
 * a container that lives for a moment looks. https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
 */
import { text } from 'node:stream/consumers';
import { engineLabels } from '../../engine/engine.ts';
import type { KubeletContext } from '../context.ts';
import { quote } from './publish.ts';

/** Prints what is wrong, or nothing. `$path` is the path to look at. */
const scripts: Record<string, string> = {
  Directory: '[ -d "$path" ] || echo "is not a directory"',
  DirectoryOrCreate: '[ -d "$path" ] || mkdir -p "$path" || echo "is not a directory"',
  File: '[ -f "$path" ] || echo "is not a file"',
  FileOrCreate: '[ -f "$path" ] || { [ ! -e "$path" ] && : > "$path"; } || echo "is not a file"',
  Socket: '[ -S "$path" ] || echo "is not a socket"',
  CharDevice: '[ -c "$path" ] || echo "is not a character device"',
  BlockDevice: '[ -b "$path" ] || echo "is not a block device"',
};

/** Throws an Error in Kubernetes' words if the path is not what `type` says. */
export async function checkHostPath(
  { engine, cluster, node }: KubeletContext,
  owner: string,
  path: string,
  type: string,
): Promise<void> {
  const script = scripts[type];
  if (script === undefined) return;
  const id = await engine.createContainer({
    name: `skiff-${cluster.name}-${node.name}-path-${owner}`,
    image: cluster.sandboxImage,
    labels: { [engineLabels.cluster]: cluster.name, [engineLabels.role]: 'helper' },
    entrypoint: ['/bin/sh', '-c', `path=${quote(`/engine${path}`)}\n${script}`],
    network: { type: 'none' },
    mounts: [{ source: '/', type: 'bind', target: '/engine' }],
  });
  try {
    await engine.startContainer(id);
    const problem = (await text(await engine.logs(id, { follow: true }))).trim();
    if (problem !== '' && !problem.startsWith('simulated')) {
      throw new Error(`hostPath type check failed: ${path} ${problem.split('\n').at(-1)}`);
    }
  } finally {
    await engine.removeContainer(id);
  }
}
