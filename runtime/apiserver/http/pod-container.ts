/** Which container of a pod a stream is about. */
import { apiError } from '../../api/status.ts';
import type { Pod } from '../../api/types.ts';

/**
 * Throws BadRequest for a container that the pod does not have, and where one must be named but is
 * not; before anything is asked of the pod's node, as the original does.
 */
export function checkContainer({ metadata, spec }: Pod, wanted: string): void {
  const names = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ].map(({ name }) => name);
  if (wanted !== '') {
    if (names.includes(wanted)) return;
    throw apiError('BadRequest', `container ${wanted} is not valid for pod ${metadata.name}`);
  }
  if (spec.containers.length === 1) return;
  const why = `a container name must be specified for pod ${metadata.name}`;
  const choice = names.length === 0 ? '' : `, choose one of: [${names.join(' ')}]`;
  throw apiError('BadRequest', `${why}${choice}`);
}
