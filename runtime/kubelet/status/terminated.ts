/**
 * What containers look like once their pod has ended and nobody will ever know more of them. The rules
 * are those of the original's status manager (TerminatePod). Pure.
 */
import type { core, Pod } from '../../api/types.ts';

const unknownEnd: core.ContainerState = {
  terminated: {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  },
};

interface Statuses {
  readonly init: core.ContainerStatus[];
  readonly app: core.ContainerStatus[];
}

/** The statuses of a pod that has ended, with an end for every container whose turn had come. */
export function terminatedStatuses(pod: Pod, { init, app }: Statuses): Statuses {
  // The last init container of which anything is known; those after it never had their turn.
  const begun = init.findLastIndex((status) => endOf(status) !== undefined);
  return {
    init: init.map((status, place) => (place <= begun ? terminated(status) : status)),
    app: hadItsTurn(pod, { init, app }) ? app.map(terminated) : app,
  };
}

/** An end that was told once stays, also when the engine has nothing of it any more. */
function terminated(status: core.ContainerStatus): core.ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  const told = status.state?.waiting && status.lastState?.terminated;
  const isLatest = told !== undefined && told.containerID === status.containerID;
  if (isLatest) return { ...status, state: { terminated: told }, lastState: {} };
  return { ...status, state: unknownEnd, ready: false, started: false };
}

function endOf({ state, lastState }: core.ContainerStatus): unknown {
  return state?.running ?? state?.terminated ?? lastState?.terminated;
}

/** Containers of a pod whose init containers never got so far have not failed. */
function hadItsTurn(pod: Pod, { init, app }: Statuses): boolean {
  if ((pod.spec.initContainers ?? []).length === 0) return true;
  if (app.some(({ state, lastState }) => lastState?.terminated ?? !state?.waiting)) return true;
  const last = init.at(-1);
  return (last?.state?.terminated ?? last?.lastState?.terminated)?.exitCode === 0;
}
