/**
 * A rule that is one check of the Pod Security levels: it finds what the API server would refuse in
 * a namespace of that level, by the same code, and points at the container or volume that is to blame.
 */
import type { Container, PodToCheck, Run } from '../../../../runtime/api/pod-security/check.ts';
import { checksOf, podIn } from '../../../../runtime/api/pod-security/evaluate.ts';
import type { Path } from '../../../../runtime/api/structure-problem.ts';
import { at } from '../../../references/fields.ts';
import { isRecord } from '../../../routing/manifest-file.ts';
import { listAt } from '../../cross-selectors.ts';
import { withoutNulls } from '../../enforced-level.ts';
import type { Change, Finding, PackRule } from '../pack-rule.ts';
import {
  allContainers,
  type ContainerPlace,
  oncePerSubject,
  type PodPlace,
  type Subject,
} from '../subject.ts';

export interface CheckRule extends Omit<PackRule, 'check' | 'sources' | 'severity'> {
  readonly level: 'baseline' | 'restricted';
  /** The check's name in the original. */
  readonly checkId: string;
  /** The field of the pod's spec, of a container, or of a volume, that is to blame. */
  readonly fields: { readonly pod?: Path; readonly container?: Path; readonly volumes?: true };
  change?(place: Blame): Change | undefined;
}

/** The container that is to blame; none where it is the pod itself. */
export interface Blame {
  readonly pod: PodPlace;
  readonly container: ContainerPlace | undefined;
}

export function checkRule({ level, checkId, fields, change, ...rule }: CheckRule): PackRule {
  const check = checksOf({ level, minor: undefined }).find(({ id }) => id === checkId);
  if (check === undefined) throw new Error(`${level} has no check ${checkId}`);
  return {
    ...rule,
    severity: 'warning',
    sources: [`https://kubernetes.io/docs/concepts/security/pod-security-standards/#${level}`],
    check: (subject) => blamesOf(subject, check.run, fields, change),
  };
}

function blamesOf(
  subject: Subject,
  run: Run,
  fields: CheckRule['fields'],
  change: CheckRule['change'],
): Finding[] {
  const { pod } = subject;
  const checked = checkedPod(subject);
  if (pod === undefined || checked === undefined || run(checked) === undefined) return [];
  const finding = (path: Path, message: string, container?: ContainerPlace): Finding => {
    const better = change?.({ pod, container });
    return { path, message, ...(better === undefined ? {} : { change: better }) };
  };
  if (fields.volumes === true) return volumesOf(pod, checked, run, finding);
  const ofPod = run(withContainers(checked, []))?.detail;
  const findings =
    ofPod === undefined ? [] : [finding([...pod.path, ...(fields.pod ?? [])], ofPod)];
  for (const container of allContainers(pod)) {
    const detail = run(withContainers(checked, [container.value]))?.detail;
    if (detail === undefined || detail === ofPod) continue;
    const field = fields.container ?? ['name'];
    const isThere = at(container.value, field) !== undefined;
    findings.push(finding([...container.path, ...(isThere ? field : ['name'])], detail, container));
  }
  return findings;
}

/** The pod as the API server would read it. */
const checkedPod = oncePerSubject(({ pod, apiVersion, kind, value }) => {
  const whole = pod === undefined ? undefined : cleaned(value);
  return isRecord(whole) ? podIn({ ...whole, apiVersion, kind }) : undefined;
});

function volumesOf(
  pod: PodPlace,
  checked: PodToCheck,
  run: Run,
  finding: (path: Path, message: string) => Finding,
): Finding[] {
  return listAt(checked.spec, ['volumes']).flatMap((volume, index) => {
    const spec = { ...checked.spec, volumes: [volume] } as PodToCheck['spec'];
    const detail = run({ ...checked, spec })?.detail;
    return detail === undefined ? [] : finding([...pod.path, 'volumes', index, 'name'], detail);
  });
}

/** The pod as if it had no others; which list they are in makes no difference to a check. */
function withContainers(pod: PodToCheck, containers: readonly unknown[]): PodToCheck {
  const { initContainers: _, ephemeralContainers: __, ...spec } = pod.spec;
  return { ...pod, spec: { ...spec, containers: containers.map(cleaned) as Container[] } };
}

/** Values are never changed once read, so what was made of one stands as long as it does. */
const clean = new WeakMap<object, unknown>();

function cleaned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const before = clean.get(value);
  if (before !== undefined) return before;
  const after = withoutNulls(value);
  clean.set(value, after);
  return after;
}

/** Sets fields of the security context: the container's, or the pod's where none is to blame. */
export function setContext(title: string, to: Readonly<Record<string, unknown>>) {
  return ({ pod, container }: Blame): Change => ({
    title,
    fields: [{ set: [...(container ?? pod).path, 'securityContext'], to }],
  });
}

/** Sets fields of the pod's security context, which hold for all of its containers. */
export function setPodContext(title: string, to: Readonly<Record<string, unknown>>) {
  return ({ pod }: Blame): Change => ({
    title,
    fields: [{ set: [...pod.path, 'securityContext'], to }],
  });
}
