/** Networks and volumes, which a cluster makes once and keeps. */
import type { Engine } from '../engine.ts';
import { call, type DockerConnection, labelFilter } from './connection.ts';
import { statusCodeOf } from './errors.ts';

type NetworkCalls = Pick<
  Engine,
  'createNetwork' | 'networks' | 'removeNetwork' | 'createVolume' | 'volumes' | 'removeVolume'
>;

/** The network and volume part of Engine. */
export function networkCalls({ docker }: DockerConnection): NetworkCalls {
  return {
    createNetwork: ({ name, subnet, gateway, labels }) =>
      call(async () => {
        await docker.createNetwork({
          Name: name,
          Driver: 'bridge',
          CheckDuplicate: true,
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
          Labels: { ...labels },
        });
      }),

    networks: (labels) =>
      call(async () => {
        const found = await docker.listNetworks({ filters: { label: labelFilter(labels) } });
        found.sort((a, b) => (madeAt(a.Created) < madeAt(b.Created) ? -1 : 1));
        return found.map((network) => {
          const config = network.IPAM?.Config?.[0];
          return {
            name: network.Name,
            subnet: config?.Subnet ?? '',
            gateway: config?.Gateway ?? '',
            labels: network.Labels ?? {},
          };
        });
      }),

    removeNetwork: (name) => fineIfGone(() => docker.getNetwork(name).remove()),

    createVolume: (name, { labels, tmpfs }) =>
      call(async () => {
        const { sizeBytes, group } = tmpfs ?? {};
        const size = sizeBytes === undefined ? '' : `,size=${sizeBytes}`;
        const mode = group === undefined ? 'mode=0777' : `mode=2777,gid=${group}`;
        await docker.createVolume({
          Name: name,
          Driver: 'local',
          Labels: { ...labels },
          ...(tmpfs === undefined
            ? {}
            : { DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: `${mode}${size}` } }),
        });
        return (await docker.getVolume(name).inspect()).Mountpoint;
      }),

    volumes: (labels) =>
      call(async () => {
        const found = await docker.listVolumes({ filters: { label: labelFilter(labels) } });
        return (found.Volumes ?? []).map(({ Name, Mountpoint }) => ({
          name: Name,
          path: Mountpoint,
        }));
      }),

    removeVolume: (name) => fineIfGone(() => docker.getVolume(name).remove()),
  };
}

function fineIfGone(remove: () => Promise<unknown>): Promise<void> {
  return call(async () => {
    try {
      await remove();
    } catch (error) {
      if (statusCodeOf(error) !== 404) throw error;
    }
  });
}

/** The engine leaves zeros at the end of a fraction out; with them, moments compare as text. */
function madeAt(created: string | undefined): string {
  const [, seconds = '', fraction = ''] = /^([^.Z+]+)(?:\.(\d+))?/.exec(created ?? '') ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
