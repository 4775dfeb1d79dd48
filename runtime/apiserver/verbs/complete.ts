/** Defaults and checks, by the tables of built-in kinds or by a custom kind's schema. */

import { checkApproval } from '../../api/custom/approval.ts';
import type { Definition } from '../../api/custom/definition.ts';
import { checkSchemas } from '../../api/custom/structural.ts';
import { applyDefaults } from '../../api/defaults/defaults.ts';
import { checkExpressions } from '../../api/expressions/check.ts';
import type { UnknownObject } from '../../api/object.ts';
import { SoundSpecs } from '../../api/recent-texts.ts';
import type { StatusCause } from '../../api/status.ts';
import { asOriginal } from '../../api/validation/original-fields.ts';
import { validateCreate, validateUpdate } from '../../api/validation/validate.ts';
import { asOfDefinition } from '../../api/validation/whole-definition.ts';
import { type Warning, warningsOnCreate } from '../../api/warnings/warnings.ts';
import { checkDefault } from '../custom/default-check.ts';
import { sameJson } from '../registry/json.ts';
import type { Call, Registry } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';

/** The original's structs have a spec, though an empty one, also where nobody gave it. */
export function giveSpec(
  { schemas }: Registry,
  served: ServedResource,
  object: UnknownObject,
): void {
  if ((object.spec ?? undefined) !== undefined || served.custom !== undefined) return;
  if (served.schema(schemas)?.properties?.spec !== undefined) object.spec = {};
}

/** Fills in defaults, and takes out what a custom kind does not know. Changes the object. */
export function completeObject({ custom }: ServedResource, object: UnknownObject): void {
  if (custom === undefined) applyDefaults(object);
  else custom.complete(object);
}

function isDefinition({ kind }: ServedResource): boolean {
  return kind.kind === 'CustomResourceDefinition' && kind.group === 'apiextensions.k8s.io';
}

/** Of a definition that has perhaps none. */
function versionsOf(object: UnknownObject): NonNullable<Definition['spec']['versions']> {
  const { spec }: Partial<Definition> = object as unknown as Definition;
  return spec?.versions ?? [];
}

/** A definition that was let in with its schema may keep it. */
function definitionCauses(
  served: ServedResource,
  object: UnknownObject,
  previous: UnknownObject | undefined,
): StatusCause[] {
  if (!isDefinition(served)) return [];
  const definition = object as unknown as Definition;
  const before = previous as Definition | undefined;
  const approval = checkApproval(definition, before);
  return sameJson(object.spec, previous?.spec)
    ? approval
    : [...approval, ...checkSchemas(definition, checkDefault, before)];
}

/** Says what there is to say of an object that is taken. */
export function warn(call: Call, warnings: readonly Warning[]): void {
  for (const { text } of warnings) call.warn(text);
}

const valid = new SoundSpecs();
const quiet = new SoundSpecs();

/** Says what there is to say of a new object. */
export function warnOfNew(call: Call, { custom }: ServedResource, object: UnknownObject): void {
  warn(call, warningsOnCreate(object, custom !== undefined, quiet));
}

/** What is wrong with the object; `previous` is undefined on create. */
export function causesOf(
  served: ServedResource,
  object: UnknownObject,
  previous: UnknownObject | undefined,
): StatusCause[] {
  const { custom } = served;
  const causes =
    previous === undefined
      ? validateCreate(object, valid)
      : validateUpdate(object, previous, valid);
  if (causes.length === 0) {
    causes.push(...definitionCauses(served, object, previous));
    causes.push(...checkExpressions(object, previous));
  }
  if (custom === undefined) {
    const told = asOriginal(causes, served.kind.kind);
    return isDefinition(served) ? asOfDefinition(told, versionsOf(object)) : told;
  }
  // What was let in once must not keep an object from being deleted.
  if (previous?.metadata.deletionTimestamp !== undefined) return causes;
  return [...causes, ...custom.validate(object, previous)];
}
