/** A version of a custom resource definition as a kind that can be served. */

import {
  type DefinedVersion,
  type Definition,
  isTrue,
  type Names,
  type PrinterColumn,
  type ScalePaths,
} from '../../api/custom/definition.ts';
import { type JsonPath, parseJsonPath } from '../../api/custom/json-path.ts';
import { fillDefaults, prune } from '../../api/custom/prune.ts';
import { checkRules, hasRules } from '../../api/custom/rules.ts';
import { validateAgainst } from '../../api/custom/validate.ts';
import { allVerbs, scale, status } from '../../api/kinds/define.ts';
import type { Kind, Subresource, Verb } from '../../api/kinds.ts';
import { apiVersionOf, type UnknownObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import type { StatusCause } from '../../api/status.ts';
import { customKindWarning } from '../../api/warnings/deprecated-kinds.ts';
import type { Reach } from '../admission/webhooks/transport.ts';
import type { Conversion } from '../registry/conversion.ts';
import { type Strategy, wholeMetadata } from '../strategies/strategy.ts';
import { publishedSchema } from './schema.ts';
import { Versions } from './versions.ts';

/** What of a custom kind its definition decides. */
export interface CustomFacts {
  /** Of the definition that this was made from. */
  readonly definitionName: string;
  readonly conversion: Conversion;
  readonly listKind: string;
  readonly schema: Schema;
  readonly strategy: Strategy;
  readonly printerColumns: readonly PrinterColumn[];
  readonly selectableFields: ReadonlyMap<string, JsonPath>;
  readonly scale: ScalePaths | undefined;
  /** Said to whoever uses the version. */
  readonly warning: string | undefined;
  /** Takes out what the schema does not name; the paths of what is gone. */
  prune(object: UnknownObject): (readonly (string | number)[])[];
  /** Prunes and fills in defaults. The object must be unfrozen. */
  complete(object: UnknownObject): void;
  /** True for the apiVersions of the definition, also for those that are not served. */
  hasVersion(apiVersion: string): boolean;
  /** An object of this version in another one. Throws ApiError. */
  convert(object: UnknownObject, apiVersion: string): Promise<UnknownObject>;
  validate(object: UnknownObject, previous: UnknownObject | undefined): StatusCause[];
}

export interface CustomKind extends Kind {
  readonly custom: CustomFacts;
}

/** What is left to do with the objects of a definition that is going. */
const lastVerbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'watch'];

/** The kinds of a definition's versions, the preferred one first. */
export function customKinds(definition: Definition, reach: Reach): CustomKind[] {
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const versions = new Versions(definition, names.kind, reach);
  return definition.spec.versions
    .filter(({ served }) => served)
    .toSorted((a, b) => compareVersions(a.name, b.name))
    .map((version) => kindOf(definition, version, names, versions));
}

function kindOf(
  definition: Definition,
  version: DefinedVersion,
  names: Names,
  versions: Versions,
): CustomKind {
  const { group, scope } = definition.spec;
  const subresources: Subresource[] = [
    ...(version.subresources?.status === undefined ? [] : [status]),
    ...(version.subresources?.scale === undefined ? [] : [scale]),
  ];
  return {
    group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    verbs: isTrue(definition, 'Terminating') ? lastVerbs : allVerbs,
    subresources,
    custom: factsOf(definition, version, names, versions),
  };
}

function factsOf(
  definition: Definition,
  version: DefinedVersion,
  names: Names,
  versions: Versions,
): CustomFacts {
  const gvk = { group: definition.spec.group, version: version.name, kind: names.kind };
  const apiVersion = apiVersionOf(gvk);
  const root = versions.schemaOf(apiVersion);
  const ruled = hasRules(root);
  const pruned = (object: UnknownObject) => prune(object, root, true);
  return {
    definitionName: definition.metadata.name ?? '',
    conversion: versions.conversionFor(apiVersion),
    listKind: names.listKind ?? `${names.kind}List`,
    schema: publishedSchema(root, gvk),
    strategy: strategyOf(version),
    printerColumns: version.additionalPrinterColumns ?? [defaultColumn],
    selectableFields: selectable(version),
    scale: version.subresources?.scale,
    warning: customKindWarning(gvk, version),
    prune: pruned,
    complete(object) {
      fillDefaults(object, root);
      pruned(object);
    },
    hasVersion: (other) => versions.has(other),
    convert: (object, other) => versions.convert(object, other),
    validate(object, previous) {
      const causes = validateAgainst(object, previous, root);
      return causes.length > 0 || !ruled ? causes : checkRules(object, previous, root);
    },
  };
}

const defaultColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'The time since the object was created.',
  jsonPath: '.metadata.creationTimestamp',
};

function strategyOf(version: DefinedVersion): Strategy {
  const separate = version.subresources?.status !== undefined;
  return {
    generation: true,
    generationOfStatus: !separate,
    needsResourceVersion: true,
    keepsStatusOnCreate: true,
    keptByStatus: wholeMetadata,
    prepareForCreate(object) {
      if (separate) delete object.status;
    },
  };
}

function selectable(version: DefinedVersion): Map<string, JsonPath> {
  const fields = new Map<string, JsonPath>();
  for (const { jsonPath } of version.selectableFields ?? []) {
    const path = parseJsonPath(jsonPath);
    if (path !== undefined) fields.set(jsonPath.replace(/^\./, ''), path);
  }
  return fields;
}

/** v2, v1, v1beta2, v1beta1, v1alpha1, and then all others by name. */
export function compareVersions(a: string, b: string): number {
  const left = rankOf(a);
  const right = rankOf(b);
  if (left === undefined || right === undefined) {
    if (left === right) return a < b ? -1 : a > b ? 1 : 0;
    return left === undefined ? 1 : -1;
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function rankOf(name: string) {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (parts === null) return undefined;
  const stability = parts[2] === undefined ? 2 : parts[2] === 'beta' ? 1 : 0;
  return { stability, major: Number(parts[1]), minor: Number(parts[3] ?? 0) };
}
