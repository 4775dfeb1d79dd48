/** A container's life: made, started, stopped, removed, looked at. */
import type Docker from 'dockerode';
import type { ContainerConfig, ContainerInfo, ContainerState, Engine } from '../engine.ts';
import { type DockerConnection, labelFilter, timedCall } from './connection.ts';
import { createOptions, resources } from './container-config.ts';
import { statusCodeOf } from './errors.ts';
import { createOomScoreCheck } from './oom-score.ts';

type ContainerCalls = Pick<
  Engine,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'removeContainer'
  | 'container'
  | 'containers'
  | 'updateContainer'
>;

/** The container part of Engine. */
export function containerCalls(connection: DockerConnection): ContainerCalls {
  const { docker } = connection;
  const oomScore = createOomScoreCheck(connection);
  const call = <T>(action: () => Promise<T>, extraMs?: number) =>
    timedCall(connection, action, extraMs);

  const inspect = async (id: string): Promise<ContainerInfo | undefined> => {
    try {
      return infoOf(await docker.getContainer(id).inspect());
    } catch (error) {
      if (statusCodeOf(error) === 404) return undefined;
      throw error;
    }
  };

  return {
    createContainer: (config: ContainerConfig) =>
      call(async () => {
        const allowed = await oomScore.allowed(config);
        const container = await docker.createContainer(createOptions(allowed));
        return container.id;
      }),

    startContainer: (id) =>
      call(() => ignoring([304], async () => void (await docker.getContainer(id).start()))),

    stopContainer: (id, graceSeconds) =>
      call(
        () =>
          ignoring([304, 404], async () => {
            // Whole seconds are all that Docker takes, and 0 kills at once.
            await docker.getContainer(id).stop({ t: Math.max(0, Math.ceil(graceSeconds)) });
          }),
        graceSeconds * 1_000,
      ),

    killContainer: (id, signal) =>
      call(async () => void (await docker.getContainer(id).kill({ signal }))),

    removeContainer: (id) =>
      // 409: it is being removed already.
      call(() =>
        ignoring([404, 409], async () => {
          await docker.getContainer(id).remove({ force: true, v: true });
        }),
      ),

    container: (id) => call(() => inspect(id)),

    containers: (labels) =>
      call(async () => {
        const found = await docker.listContainers({
          all: true,
          filters: { label: labelFilter(labels) },
        });
        const infos = await Promise.all(found.map(({ Id }) => inspect(Id)));
        return infos.filter((info) => info !== undefined);
      }),

    updateContainer: (id, wanted) =>
      call(async () => void (await docker.getContainer(id).update(resources(wanted)))),
  };
}

async function ignoring(statusCodes: number[], action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!statusCodes.includes(statusCodeOf(error) ?? 0)) throw error;
  }
}

/** Reads what GET /containers/{id}/json says. */
export function infoOf(found: Docker.ContainerInspectInfo): ContainerInfo {
  const { State, Config, NetworkSettings } = found;
  const address = Object.values(NetworkSettings?.Networks ?? {})
    .map((network) => network?.IPAddress ?? '')
    .find((ip) => ip !== '');
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: Config.Image,
    imageId: found.Image,
    labels: Config.Labels ?? {},
    state: stateOf(State),
    createdAt: millisecondsOf(found.Created),
    startedAt: millisecondsOf(State.StartedAt),
    finishedAt: millisecondsOf(State.FinishedAt),
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled,
    error: State.Error ?? '',
    address: address ?? '',
    pid: State.Pid ?? 0,
  };
}

function stateOf(state: Docker.ContainerInspectInfo['State']): ContainerState {
  if (state.Running) return 'running';
  // A container whose process could not be started stays `created`, with an error and a code.
  return state.Status === 'created' && (state.Error ?? '') === '' ? 'created' : 'exited';
}

/** Docker writes the year 1 for "has not happened". */
function millisecondsOf(time: string | undefined): number {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}
