/**
 * AppArmor profiles had annotations before they had fields; until the annotations are gone, each is
 * written into the other: https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/24-apparmor
 */
import { isDeepStrictEqual } from 'node:util';
import type { core, Pod } from '../../api/types.ts';
import { part } from './strategy.ts';

const prefix = 'container.apparmor.security.beta.kubernetes.io/';
const local = 'localhost/';

/**
 * Gives every container of a new pod the field for its annotation, or the annotation for its field or
 * the pod's. Tells `warn` of annotations that had no field.
 */
export function syncAppArmor(pod: Pod, warn: (text: string) => void): void {
  const { spec } = pod;
  if (spec.os?.name === 'windows') return;
  const whole = spec.securityContext?.appArmorProfile;
  // Whether there are any is judged later.
  const { initContainers, containers, ephemeralContainers } = spec as Partial<core.PodSpec>;
  const all = [...(initContainers ?? []), ...(containers ?? []), ...(ephemeralContainers ?? [])];
  const hasField = ({ securityContext }: core.Container | core.EphemeralContainer) =>
    securityContext?.appArmorProfile !== undefined;
  // Of most pods there is nothing to say.
  const isTold = Object.keys(pod.metadata.annotations ?? {}).some((key) => key.startsWith(prefix));
  if (whole === undefined && !isTold && !all.some(hasField)) return;
  for (const container of all) {
    const key = `${prefix}${container.name}`;
    const annotation = pod.metadata.annotations?.[key];
    const own = container.securityContext?.appArmorProfile;
    if (annotation === undefined) {
      const text = annotationOf(own ?? whole);
      if (text !== undefined) part(pod.metadata as never, 'annotations')[key] = text;
      continue;
    }
    const profile = own === undefined ? profileOf(annotation) : undefined;
    if (profile === undefined || isDeepStrictEqual(profile, whole)) continue;
    part(container as never, 'securityContext').appArmorProfile = profile;
    const at = `metadata.annotations[${key}]`;
    warn(`${at}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

function annotationOf(profile: core.AppArmorProfile | undefined): string | undefined {
  switch (profile?.type) {
    case 'Unconfined':
      return 'unconfined';
    case 'RuntimeDefault':
      return 'runtime/default';
    case 'Localhost':
      return profile.localhostProfile && `${local}${profile.localhostProfile}`;
    default:
      return undefined;
  }
}

/** Undefined for what names no profile. */
function profileOf(annotation: string): core.AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = annotation.startsWith(local) ? annotation.slice(local.length) : '';
  return name === '' ? undefined : { type: 'Localhost', localhostProfile: name };
}
