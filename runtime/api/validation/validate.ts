/**
 * Whether an object makes sense, beyond having the right structure: the checks that a server makes
 * before it stores an object, with the fields, reasons and words of the original. Pure, so that the
 * editor can make them, too. Objects must have been defaulted and be of the right structure; what is
 * not is passed over here.
 */
import { type KubeObject, parseApiVersion } from '../object.ts';
import type { SoundSpecs } from '../recent-texts.ts';
import type { StatusCause } from '../status.ts';
import { rules } from './kinds.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { checkSubdomain } from './names.ts';
import { Problems } from './problems.ts';
import { isRecord } from './values.ts';

function ruleOf({ apiVersion, kind }: KubeObject) {
  const { group, version } = parseApiVersion(apiVersion);
  return rules[`${group}/${kind}`] ?? rules[`${group}/${version}/${kind}`];
}

/**
 * What is wrong with a new object; nothing if all is well. Kinds not known here: metadata alone. Pod
 * specs in `sound`, which must be plain JSON then, are passed over, and those found in order added.
 */
export function validateCreate(object: KubeObject, sound?: SoundSpecs): StatusCause[] {
  const problems = new Problems(sound);
  const rule = ruleOf(object);
  if (rule?.nameless !== true) validateMetadata(object, rule?.name ?? checkSubdomain, problems);
  rule?.create?.(object as never, problems);
  return problems.causes;
}

/** What is wrong with a new state of an object, by itself or as a change from `previous`. */
export function validateUpdate(
  next: KubeObject,
  previous: KubeObject,
  sound?: SoundSpecs,
): StatusCause[] {
  const problems = new Problems(sound);
  const rule = ruleOf(next);
  validateMetadataUpdate(next, previous, problems);
  // What was let in once must not keep an object from being deleted.
  if (previous.metadata.deletionTimestamp === undefined && rule?.updateOnly !== true) {
    rule?.create?.(next as never, problems);
  }
  rule?.update?.(withSpec(next), withSpec(previous), problems);
  return problems.causes;
}

/** A body may leave its spec out; what is compared should not have to ask. */
function withSpec(object: KubeObject): never {
  const { spec } = object as KubeObject & { spec?: unknown };
  return (isRecord(spec) ? object : { ...object, spec: {} }) as never;
}
