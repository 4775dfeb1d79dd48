/**
 * Definitions in groups of the Kubernetes community say where their API has been approved, or that it
 * has not been.
 * https://github.com/kubernetes/enhancements/pull/1111
 */
import type { StatusCause } from '../status.ts';
import { Problems } from '../validation/problems.ts';
import type { Condition, Definition } from './definition.ts';

const annotation = 'api-approved.kubernetes.io';
const see = 'see https://github.com/kubernetes/enhancements/pull/1111';

type State = 'Approved' | 'Unapproved' | 'Missing' | 'Invalid';

/** Undefined for a group that everybody may use. */
export function approvalCondition(definition: Definition): Condition | undefined {
  if (!isProtected(definition)) return undefined;
  const [state, message] = approvalOf(definition);
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'Approved' ? 'True' : 'False',
    reason: `${state}Annotation`,
    message,
  };
}

/** A definition must come with an answer; one that was there before without may stay so. */
export function checkApproval(definition: Definition, previous?: Definition): StatusCause[] {
  if (!isProtected(definition)) return [];
  const [state, why] = approvalOf(definition);
  if (previous !== undefined && approvalOf(previous)[0] === state) return [];
  const problems = new Problems();
  const field = `metadata.annotations[${annotation}]`;
  if (state === 'Missing') problems.required(field, why);
  if (state === 'Invalid') problems.invalid(field, annotationOf(definition), why);
  return problems.causes;
}

function isProtected({ spec }: Definition): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '');
}

function annotationOf({ metadata }: Definition): string {
  return metadata.annotations?.[annotation] ?? '';
}

function approvalOf(definition: Definition): [State, string] {
  const text = annotationOf(definition);
  const must = `protected groups must have approval annotation "${annotation}"`;
  if (text === '') return ['Missing', `${must}, ${see}`];
  if (text.startsWith('unapproved')) return ['Unapproved', `not approved: "${text}"`];
  if (URL.canParse(text) && new URL(text).host !== '') return ['Approved', `approved in ${text}`];
  return ['Invalid', `${must} with either a URL or a reason starting with "unapproved", ${see}`];
}
