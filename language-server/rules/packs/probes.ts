/** What the rules of probes share. */
import { isDeepStrictEqual } from 'node:util';
import { at } from '../../references/fields.ts';
import { listAt } from '../cross-selectors.ts';
import type { Change } from './pack-rule.ts';
import type { ContainerPlace } from './subject.ts';

/** A probe of the first port that the container names; none where it names no port. */
export function probeChange(
  container: ContainerPlace,
  probe: 'readinessProbe' | 'livenessProbe',
): Change | undefined {
  const [first] = listAt(container.value, ['ports']);
  const port = at(first, ['name']) ?? at(first, ['containerPort']);
  if (typeof port !== 'string' && typeof port !== 'number') return undefined;
  const to =
    probe === 'readinessProbe' ? { httpGet: { path: '/', port } } : { tcpSocket: { port } };
  const title = probe === 'readinessProbe' ? 'Add a readiness probe' : 'Add a liveness probe';
  return { title, fields: [{ set: [...container.path, probe], to }] };
}

/** Whether both ask the same thing in the same way. */
export function areSame(one: unknown, other: unknown): boolean {
  return one !== undefined && isDeepStrictEqual(one, other);
}
