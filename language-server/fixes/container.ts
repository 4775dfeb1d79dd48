/** What a container had better have: probes, and requests and limits. */
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at, podSpecPath } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { spotAt } from '../routing/path-at.ts';
import { listAt } from '../rules/cross-selectors.ts';
import type { Fix } from '../rules/problem.ts';
import { insertion } from './add-field.ts';

/** For the container in which `offset` is. */
export function containerFixesAt(resource: Resource, offset: number, text: string): Fix[] {
  const container = containerAt(resource, offset);
  if (container === undefined) return [];
  const value = at(resource.value, container);
  const fixes: (Fix | undefined)[] = [];
  if (at(value, ['resources']) === undefined) {
    fixes.push(
      insertion(resource, container, text, 'Add resource requests and limits', (indent) =>
        [
          'resources:',
          '  requests:',
          '    cpu: 100m',
          '    memory: 128Mi',
          '  limits:',
          '    memory: 128Mi',
        ].join(`\n${indent}`),
      ),
    );
  }
  const [port] = listAt(value, ['ports']);
  const target = at(port, ['name']) ?? at(port, ['containerPort']);
  // A job is done when it is done; it is never asked whether it is ready.
  const serves = !['Job', 'CronJob'].includes(resource.kind ?? '') && target !== undefined;
  for (const probe of serves ? ['readinessProbe', 'livenessProbe'] : []) {
    if (at(value, [probe]) !== undefined) continue;
    const title = probe === 'readinessProbe' ? 'Add a readiness probe' : 'Add a liveness probe';
    fixes.push(
      insertion(resource, container, text, title, (indent) =>
        [`${probe}:`, '  httpGet:', '    path: /', `    port: ${String(target)}`].join(
          `\n${indent}`,
        ),
      ),
    );
  }
  return fixes.filter((fix) => fix !== undefined);
}

function containerAt(resource: Resource, offset: number): Path | undefined {
  const spec = podSpecPath(resource.kind ?? '');
  const path = spotAt(resource, offset)?.path ?? [];
  const depth = spec?.length ?? 0;
  const isInside = spec?.every((part, index) => path[index] === part) === true;
  if (!isInside || path[depth] !== 'containers' || typeof path[depth + 1] !== 'number') {
    return undefined;
  }
  return path.slice(0, depth + 2);
}
