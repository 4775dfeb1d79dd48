/** Probes and hooks that name a port which their container does not have: they can only fail. */
import { nearest } from '../../runtime/api/nearest.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { at, podSpecPath } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import { valueRange } from '../routing/ranges.ts';
import { listAt } from './cross-selectors.ts';
import { type Problem, replaceFix } from './problem.ts';

const asked: readonly Path[] = [
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => [
    [probe, 'httpGet', 'port'],
    [probe, 'tcpSocket', 'port'],
  ]),
  ...['postStart', 'preStop'].flatMap((hook) => [
    ['lifecycle', hook, 'httpGet', 'port'],
    ['lifecycle', hook, 'tcpSocket', 'port'],
  ]),
];

export function portProblems(kind: string, resource: Resource): Problem[] {
  const spec = podSpecPath(kind);
  if (spec === undefined) return [];
  return ['containers', 'initContainers'].flatMap((list) =>
    listAt(resource.value, [...spec, list]).flatMap((container, index) =>
      unknownPorts(container, [...spec, list, index], resource),
    ),
  );
}

function unknownPorts(container: unknown, path: Path, resource: Resource): Problem[] {
  const names = listAt(container, ['ports'])
    .map((port) => at(port, ['name']))
    .filter((name): name is string => typeof name === 'string');
  return asked.flatMap((below): Problem[] => {
    const port = at(container, below);
    if (typeof port !== 'string' || /^\d+$/.test(port) || names.includes(port)) return [];
    const [start, end] = valueRange(resource, [...path, ...below]);
    const has = names.length === 0 ? 'its ports have no names' : `it has ${names.join(', ')}`;
    const meant = nearest(port, names) ?? (names.length === 1 ? names[0] : undefined);
    return [
      {
        rule: 'unknown-port',
        severity: 'warning',
        message: `The container has no port named "${port}"; ${has}`,
        start,
        end,
        ...(meant === undefined ? {} : { fix: replaceFix(meant, start, end) }),
      },
    ];
  });
}
