/** Annotations that mean something to pods: AppArmor's, which came before its fields, and others. */
import type { core, Pod } from '../types.ts';
import type { Problems } from './problems.ts';
import { indexed, record } from './values.ts';

const appArmor = 'container.apparmor.security.beta.kubernetes.io/';
const mirror = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const local = 'localhost/';

type Annotations = Readonly<Record<string, string>> | undefined;
const containerFields = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Of a pod or a template; `field` is that of the annotations. */
export function validatePodAnnotations(
  annotations: Annotations,
  spec: core.PodSpec,
  field: string,
  problems: Problems,
): void {
  const given = record(annotations);
  if (given === undefined) return;
  if (given[mirror] !== undefined && !spec.nodeName) {
    const what = 'must set spec.nodeName if mirror pod annotation is set';
    problems.invalid(`${field}[${mirror}]`, given[mirror], what);
  }
  validateCost(given[deletionCost], field, problems);
  for (const [key, profile] of Object.entries(given)) {
    if (!key.startsWith(appArmor) || typeof profile !== 'string') continue;
    const name = key.slice(appArmor.length);
    const known = containerFields.some((part) =>
      indexed(spec[part]).some(([, container]) => container.name === name),
    );
    if (!known) problems.invalid(`${field}[${key}]`, name, 'container not found');
    if (isProfile(profile)) continue;
    const what = `invalid AppArmor profile name: ${JSON.stringify(profile)}`;
    problems.invalid(`${field}[${key}]`, profile, what);
  }
}

function isProfile(text: string): boolean {
  return ['', 'runtime/default', 'unconfined'].includes(text) || text.startsWith(local);
}

function validateCost(cost: unknown, field: string, problems: Problems): void {
  if (cost === undefined) return;
  const isWhole = /^-?(0|[1-9]\d*)$/.test(String(cost));
  if (isWhole && Number(cost) >= -(2 ** 31) && Number(cost) < 2 ** 31) return;
  problems.invalid(`${field}[${deletionCost}]`, cost, 'must be a 32bit integer');
}

/** The annotation and the field of a container of a new pod, where both are given. */
export function validateAppArmorMatch({ metadata, spec }: Pod, problems: Problems): void {
  const annotations = record(metadata?.annotations);
  if (annotations === undefined || spec.os?.name === 'windows') return;
  const whole = record(spec.securityContext)?.appArmorProfile;
  for (const part of containerFields) {
    for (const [at, container] of indexed(spec[part])) {
      const { name, securityContext } = container as core.Container;
      const text = annotations[`${appArmor}${name}`];
      const profile = record(record(securityContext)?.appArmorProfile ?? whole);
      if (typeof text !== 'string' || profile === undefined) continue;
      const field = `spec.${part}[${at}].securityContext.appArmorProfile`;
      matchProfile(text, profile as core.AppArmorProfile, field, problems);
    }
  }
}

function matchProfile(
  annotation: string,
  { type, localhostProfile }: core.AppArmorProfile,
  field: string,
  problems: Problems,
): void {
  const texts: Readonly<Record<string, string>> = {
    ...{ Unconfined: 'unconfined', RuntimeDefault: 'runtime/default' },
  };
  const matches =
    type === 'Localhost'
      ? annotation.startsWith(local)
      : (texts[type] ?? annotation) === annotation;
  if (!matches) {
    problems.forbidden(`${field}.type`, 'apparmor type in annotation and field must match');
  } else if (type === 'Localhost' && annotation.slice(local.length) !== localhostProfile) {
    const what = 'apparmor profile in annotation and field must match';
    problems.forbidden(`${field}.localhostProfile`, what);
  }
}

/** What of a pod's annotations may not change. */
export function validatePodAnnotationsUpdate(next: Pod, previous: Pod, problems: Problems): void {
  const [after, before] = [next, previous].map(({ metadata }) => record(metadata?.annotations));
  if (after === before) return;
  const kinds = [
    ['AppArmor annotations', (key: string) => key.startsWith(appArmor)],
    ['mirror pod annotation', (key: string) => key === mirror],
  ] as const;
  for (const key of Object.keys({ ...before, ...after })) {
    const [words] = kinds.find(([, is]) => is(key)) ?? [];
    if (words === undefined || before?.[key] === after?.[key]) continue;
    const verb = before?.[key] === undefined ? 'add' : 'remove or update';
    problems.forbidden(`metadata.annotations[${key}]`, `may not ${verb} ${words}`);
  }
  const cost = after?.[deletionCost];
  if (cost !== before?.[deletionCost]) validateCost(cost, 'metadata.annotations', problems);
}
