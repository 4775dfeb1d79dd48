/** Says in every flow schema whether the priority level that it names is there. */
import { timestamp } from '../../api/clock.ts';
import type { UnknownObject } from '../../api/object.ts';
import { isApiError } from '../../api/status.ts';
import { loopbackUser } from '../authentication/user.ts';
import { copyJson } from '../registry/json.ts';
import { keepUp } from '../registry/keep-up.ts';
import type { Call, Registry } from '../registry/registry.ts';
import { changeObject } from '../verbs/change.ts';
import type { FlowSchema } from './schema.ts';

const group = 'flowcontrol.apiserver.k8s.io';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const call: Call = {
  user: loopbackUser,
  fieldManager: 'api-priority-and-fairness-config-consumer-v1',
  dryRun: false,
  warn: () => {},
};

/** Looks after every change of schemas and levels; the result ends it. */
export function keepFlowStatus(registry: Registry, log: (message: string) => void): () => void {
  const resources = ['flowschemas', 'prioritylevelconfigurations'].map((resource) =>
    registry.cache.resource(`${group}/${resource}`),
  );
  return keepUp(
    resources,
    () => updateAll(registry),
    (error) => log(`the status of flow schemas could not be written: ${String(error)}`),
  );
}

async function updateAll(registry: Registry): Promise<void> {
  const levels = registry.cache.resource(`${group}/prioritylevelconfigurations`);
  const served = registry.served.get(group, 'v1', 'flowschemas');
  for (const item of [...registry.cache.resource(`${group}/flowschemas`).items()]) {
    const { metadata, spec } = item.object as unknown as FlowSchema;
    const level = spec.priorityLevelConfiguration.name;
    const found = levels.get(`${levels.prefix}${level}`) !== undefined;
    const condition = danglingCondition(level, found);
    const own = conditionsOf(item.object).find(({ type }) => type === 'Dangling');
    if (own?.status === condition.status && own.message === condition.message) continue;
    const place = { namespace: '', name: metadata.name };
    await changeObject(registry, call, served, place, {
      subresource: 'status',
      build(previous) {
        const others = conditionsOf(previous).filter(({ type }) => type !== 'Dangling');
        const lastTransitionTime = timestamp(registry.clock.now());
        const conditions = [...others, { ...condition, lastTransitionTime }];
        return { ...copyJson(previous), status: { conditions } };
      },
    }).catch((error: unknown) => {
      // Deleted meanwhile: then there is nothing to say of it.
      if (!isApiError(error, 'NotFound')) throw error;
    });
  }
}

function conditionsOf(object: UnknownObject): Condition[] {
  return (object.status as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}

function danglingCondition(level: string, found: boolean): Condition {
  const what = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return found
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${what} and it exists` }
    : {
        type: 'Dangling',
        status: 'True',
        reason: 'NotFound',
        message: `${what} but there is no such object`,
      };
}
