/**
 * Whether a definition's schemas are structural: every value that they name has a type, nothing is
 * said twice, and every rule and pattern can be read.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { patternProblem } from '../cel/regex.ts';
import type { StatusCause } from '../status.ts';
import { Problems } from '../validation/problems.ts';
import { same } from '../validation/values.ts';
import { checkCosts } from './cost/budget.ts';
import type { CustomSchema, Definition, PrinterColumn, ScalePaths } from './definition.ts';
import { parseJsonPath } from './json-path.ts';
import { checkParts } from './nested.ts';
import { checkRuleTexts, type RulePlace } from './rule-check.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = [
  ...['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'password'],
];

/** Says what is wrong with a default, which stands at `path`. */
export type CheckDefault = (schema: CustomSchema, path: string, problems: Problems) => void;

/**
 * What is wrong with the schemas of a definition whose shape has been checked.
 * @param previous what it was before an update: rules of schemas that stay as they were may cost what
 *   they cost
 */
export function checkSchemas(
  { spec }: Definition,
  checkDefault: CheckDefault,
  previous?: Definition,
): StatusCause[] {
  const problems = new Problems();
  for (const [index, version] of (spec?.versions ?? []).entries()) {
    const at = `spec.versions[${index}]`;
    const root = version.schema?.openAPIV3Schema;
    if (root !== undefined) {
      const field = `${at}.schema.openAPIV3Schema`;
      const found = problems.causes.length;
      new SchemaWalk(problems, checkDefault).root(root, field);
      const isSound = problems.causes.slice(found).every(isAboutRule);
      if (isSound && !same(root, schemaOf(previous, version.name))) {
        checkCosts(root, field, problems);
      }
    }
    for (const [index, column] of (version.additionalPrinterColumns ?? []).entries()) {
      checkColumn(column, `${at}.additionalPrinterColumns[${index}]`, problems);
    }
    const scale = version.subresources?.scale;
    if (scale !== undefined) checkScale(scale, `${at}.subresources.scale`, problems);
    for (const [field, { jsonPath }] of (version.selectableFields ?? []).entries()) {
      checkPath(jsonPath, `${at}.selectableFields[${field}].jsonPath`, problems);
    }
  }
  return problems.causes;
}

function isAboutRule({ field = '' }: StatusCause): boolean {
  return field.includes('.x-kubernetes-validations');
}

function schemaOf(definition: Definition | undefined, version: string): CustomSchema | undefined {
  const found = definition?.spec?.versions?.find(({ name }) => name === version);
  return found?.schema?.openAPIV3Schema;
}

/** In the words of the original's internal version, where the path is spelled in capitals. */
function checkColumn(column: Partial<PrinterColumn>, field: string, problems: Problems): void {
  const { name, type, format, jsonPath } = column;
  const wanted = `must be one of ${columnTypes.join(',')}`;
  if (!name) problems.required(`${field}.name`);
  if (!type) problems.required(`${field}.type`, wanted);
  else if (!columnTypes.includes(type)) problems.invalid(`${field}.type`, type, wanted);
  if (format && !columnFormats.includes(format)) {
    problems.invalid(`${field}.format`, format, `must be one of ${columnFormats.join(',')}`);
  }
  if (!jsonPath) problems.required(`${field}.jsonPath`);
  else checkPath(jsonPath, `${field}.jsonPath`, problems);
}

/** Where a custom resource keeps what autoscalers read and write. */
function checkScale(scale: Partial<ScalePaths>, field: string, problems: Problems): void {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const paths = [
    ['specReplicasPath', specReplicasPath, ['.spec'], true],
    ['statusReplicasPath', statusReplicasPath, ['.status'], true],
    ['labelSelectorPath', labelSelectorPath, ['.spec', '.status'], false],
  ] as const;
  for (const [name, path, roots, isNeeded] of paths) {
    const at = `${field}.${name}`;
    if (!path) {
      if (isNeeded) problems.required(at);
    } else if (!path.startsWith('.') || parseJsonPath(path) === undefined) {
      problems.invalid(at, path, 'must be a simple json path starting with .');
    } else if (!roots.some((root) => path.startsWith(`${root}.`))) {
      const where = roots.length > 1 ? `either ${roots.join(' or ')}` : roots[0];
      problems.invalid(at, path, `should be a json path under ${where}`);
    }
  }
}

function checkPath(path: string | undefined, field: string, problems: Problems): void {
  if (parseJsonPath(path ?? '') === undefined) {
    problems.invalid(field, path ?? '', 'must be a simple json path starting with .');
  }
}

class SchemaWalk {
  readonly #problems: Problems;
  readonly #checkDefault: CheckDefault;

  constructor(problems: Problems, checkDefault: CheckDefault) {
    this.#problems = problems;
    this.#checkDefault = checkDefault;
  }

  root(schema: CustomSchema, path: string): void {
    if (schema.nullable === true) {
      this.#problems.forbidden(`${path}.nullable`, 'nullable cannot be true at the root');
    }
    const { metadata } = schema.properties ?? {};
    for (const name of Object.keys(metadata?.properties ?? {})) {
      if (name !== 'name' && name !== 'generateName') {
        this.#problems.forbidden(
          `${path}.properties[metadata]`,
          'must not specify anything other than name and generateName, but metadata is implicitly specified',
        );
        break;
      }
    }
    this.#check(schema, { path, whole: true });
  }

  #check(schema: CustomSchema, place: RulePlace): void {
    const { path, whole, mixed } = place;
    const { items, properties = {}, additionalProperties } = schema;
    const problems = this.#problems;
    const found = problems.causes.length;
    this.#checkShape(schema, path);
    this.#checkLists(schema, path);
    if (schema.pattern !== undefined) {
      const why = patternProblem(schema.pattern);
      if (why !== undefined) {
        const what = `must be a valid regular expression, but isn't: ${why}`;
        problems.invalid(`${path}.pattern`, schema.pattern, what);
      }
    }
    if (schema.default !== undefined) this.#checkDefault(schema, path, problems);
    for (const [name, property] of Object.entries(properties)) {
      const at = `${path}.properties[${name}]`;
      // What every object has is described by the server; what stands here only restricts it.
      const given = whole && ['apiVersion', 'kind', 'metadata'].includes(name);
      if (given) continue;
      this.#checkTyped(property, at, 'object fields', mixed);
    }
    if (items !== undefined) {
      const isKeyed = schema['x-kubernetes-list-type'] === 'map';
      const within = mixed ?? (isKeyed ? undefined : path);
      this.#checkTyped(items, `${path}.items`, 'array items', within);
    }
    if (typeof additionalProperties === 'object') {
      const at = `${path}.additionalProperties`;
      this.#checkTyped(additionalProperties, at, 'object fields', mixed);
    }
    checkParts(schema, path, problems);
    const embedded = schema['x-kubernetes-embedded-resource'] === true;
    const isSound = problems.causes.slice(found).every(isAboutRule);
    checkRuleTexts(schema, { ...place, whole: whole || embedded }, isSound, problems);
  }

  #checkTyped(schema: CustomSchema, path: string, what: string, mixed: string | undefined): void {
    const free =
      schema['x-kubernetes-int-or-string'] === true ||
      schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (!schema.type && !free) {
      this.#problems.required(`${path}.type`, `must not be empty for specified ${what}`);
    }
    this.#check(schema, { path, whole: false, mixed });
  }

  #checkShape(schema: CustomSchema, path: string): void {
    const { type, items, properties, additionalProperties } = schema;
    const problems = this.#problems;
    if (type && !types.includes(type)) problems.notSupported(`${path}.type`, type, types);
    if (type === 'array' && items === undefined) {
      problems.required(`${path}.items`, 'must be specified');
    }
    if (properties !== undefined && typeof additionalProperties === 'object') {
      problems.forbidden(
        `${path}.additionalProperties`,
        'additionalProperties and properties are mutual exclusive',
      );
    }
    if (additionalProperties === false) {
      problems.forbidden(
        `${path}.additionalProperties`,
        'additionalProperties cannot be set to false',
      );
    }
    if (schema.uniqueItems === true) {
      problems.forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      );
    }
    if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
      const at = `${path}.x-kubernetes-preserve-unknown-fields`;
      problems.invalid(at, false, 'must be true or undefined');
    }
    if (schema.$ref !== undefined) {
      problems.forbidden(`${path}.$ref`, '$ref is not supported');
    }
    if (schema['x-kubernetes-embedded-resource'] === true) {
      const free = schema['x-kubernetes-preserve-unknown-fields'] === true;
      if (type !== 'object') {
        problems.invalid(
          `${path}.type`,
          type ?? '',
          'must be object if x-kubernetes-embedded-resource is true',
        );
      }
      if (!free && properties === undefined) {
        problems.required(
          `${path}.properties`,
          'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
        );
      }
    }
  }

  #checkLists(schema: CustomSchema, path: string): void {
    const listType = schema['x-kubernetes-list-type'];
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const problems = this.#problems;
    if (listType === undefined) {
      if (keys.length > 0) {
        problems.required(
          `${path}.x-kubernetes-list-type`,
          'must be map if x-kubernetes-list-map-keys is non-empty',
        );
      }
      return;
    }
    if (!['atomic', 'set', 'map'].includes(listType)) {
      problems.notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']);
    }
    if (schema.type !== 'array') {
      const what = 'must be array if x-kubernetes-list-type is specified';
      problems.invalid(`${path}.type`, schema.type ?? '', what);
    }
    if (listType !== 'map') return;
    if (keys.length === 0) {
      problems.required(
        `${path}.x-kubernetes-list-map-keys`,
        'must not be empty if x-kubernetes-list-type is map',
      );
    }
    const at = `${path}.x-kubernetes-list-map-keys`;
    if (new Set(keys).size < keys.length) {
      problems.invalid(at, keys, 'must not contain duplicate entries');
    }
    for (const key of new Set(keys)) {
      const { properties = {}, required = [] } = schema.items ?? {};
      if (!Object.hasOwn(properties, key)) {
        problems.invalid(at, keys, 'entries must all be names of item properties');
      } else if (!required.includes(key) && properties[key]?.default === undefined) {
        problems.required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        );
      }
    }
  }
}
