/** What a container had better have: probes, and requests and limits. */
import { at } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { spotAt } from '../routing/path-at.ts';
import type { Change } from '../rules/packs/pack-rule.ts';
import { probeChange } from '../rules/packs/probes.ts';
import { type ContainerPlace, podOf } from '../rules/packs/subject.ts';
import type { Fix } from '../rules/problem.ts';
import { changeFix } from './set-field.ts';

/** For the container in which `offset` is. */
export function containerFixesAt(resource: Resource, offset: number, text: string): Fix[] {
  const container = containerAt(resource, offset);
  if (container === undefined) return [];
  const changes: (Change | undefined)[] = [];
  if (at(container.value, ['resources']) === undefined) {
    const resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '128Mi' } };
    const fields = [{ set: [...container.path, 'resources'], to: resources }];
    changes.push({ title: 'Add resource requests and limits', fields });
  }
  // A job is done when it is done; it is never asked whether it is ready.
  const serves = !['Job', 'CronJob'].includes(resource.kind ?? '');
  for (const probe of serves ? (['readinessProbe', 'livenessProbe'] as const) : []) {
    if (at(container.value, [probe]) === undefined) changes.push(probeChange(container, probe));
  }
  return changes
    .flatMap((change) => (change === undefined ? [] : changeFix(resource, change, text)))
    .filter((fix) => fix !== undefined);
}

function containerAt(resource: Resource, offset: number): ContainerPlace | undefined {
  const path = spotAt(resource, offset)?.path ?? [];
  const containers = podOf(resource.kind ?? '', resource.value)?.containers ?? [];
  return containers.find((container) =>
    container.path.every((part, index) => path[index] === part),
  );
}
