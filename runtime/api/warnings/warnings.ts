/** What a server says of an object that it takes. Pure, so that the editor can say it, too. */
import { type KubeObject, parseApiVersion } from '../object.ts';
import type { SoundSpecs } from '../recent-texts.ts';
import { isRecord } from '../validation/values.ts';
import { type Warning, Warnings } from './collector.ts';
import { finalizers } from './finalizers.ts';
import { isOtherGeneration, rules } from './kinds.ts';

export type { Warning } from './collector.ts';

function ruleOf({ apiVersion, kind }: KubeObject) {
  const { group } = parseApiVersion(apiVersion);
  const key = `${group}/${kind}`;
  return Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** A manifest may leave its spec out; what is looked at should not have to ask. */
function withSpec(object: KubeObject): never {
  const { spec } = object as KubeObject & { spec?: unknown };
  return (isRecord(spec) ? object : { ...object, spec: {} }) as never;
}

/**
 * What is to be said of a new object, which has been defaulted and found valid.
 * @param custom whether its kind is one that a CustomResourceDefinition defines
 * @param sound pod specs of which there is nothing to say; the object must be plain JSON then
 */
export function warningsOnCreate(
  object: KubeObject,
  custom: boolean,
  sound?: SoundSpecs,
): readonly Warning[] {
  const warnings = new Warnings(sound);
  if (custom) finalizers(object, undefined, warnings);
  else ruleOf(object)?.create(withSpec(object), warnings);
  return warnings.all;
}

/** What is to be said of a new state of an object, which has been defaulted and found valid. */
export function warningsOnUpdate(
  next: KubeObject,
  previous: KubeObject,
  custom: boolean,
): readonly Warning[] {
  const warnings = new Warnings();
  if (custom) {
    finalizers(next, previous, warnings);
    return warnings.all;
  }
  const rule = ruleOf(next);
  if (rule === undefined || rule.update === 'never') return [];
  if (typeof rule.update === 'function') {
    rule.update(withSpec(next), withSpec(previous), warnings);
  } else if (rule.update === 'same' || isOtherGeneration(next, previous)) {
    rule.create(withSpec(next), warnings);
  }
  return warnings.all;
}
