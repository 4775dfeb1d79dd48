// Puts together what the packages say and what our tables of facts add.
import { enums } from './facts/enums.mjs';
import { atomicTypes, conditionsOf, kept, fields as listFacts } from './facts/lists.mjs';
import { metaKinds } from './facts/names.mjs';
import {
  defaults,
  intOrStringRef,
  microTimeRef,
  refs,
  definitions as scalars,
  timeRef,
} from './facts/types.mjs';
import { flat } from './names.mjs';
import { zerosOf } from './read-zeros.mjs';

const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

/** Definition name → schema, for every class that has a name and every scalar. */
export function assemble(models, named, declarations) {
  const definitions = new Map(Object.entries(scalars));
  for (const [className, place] of named) {
    const model = models.get(className);
    definitions.set(place.name, definitionOf(model, place, named, declarations));
  }
  return new Map([...definitions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function definitionOf(model, place, named, declarations) {
  const declared = declarations.get(flat(place.name)) ?? {};
  const properties = {};
  const required = [];
  for (const name of Object.keys(model.fields).sort()) {
    const field = model.fields[name];
    properties[name] = propertyOf(name, field, place, named, declared[name] ?? {});
    if (field.required) required.push(name);
  }
  const key = `${place.stem}.${place.type}`;
  const emptied = emptiedOf(place, properties, required);
  return {
    // Not part of the published schema: runtime/api/bundle.ts takes it out.
    ...(emptied.length === 0 ? {} : { 'x-skiff-emptied': emptied }),
    ...(model.description === undefined ? {} : { description: model.description }),
    type: 'object',
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
    ...(atomicTypes.has(key) || atomicTypes.has(versionedKey(place))
      ? { 'x-kubernetes-map-type': 'atomic' }
      : {}),
    ...kindOf(model, place),
  };
}

/** Fields that are left out if there is nothing in them. */
function emptiedOf(place, properties, required) {
  const zeros = zerosOf(place);
  const shown = new Set([...required, ...(kept[`${place.stem}.${place.type}`]?.split(' ') ?? [])]);
  return Object.keys(properties).filter((name) => {
    const { type, additionalProperties } = properties[name];
    const isMany = type === 'array' || additionalProperties !== undefined;
    return (isMany || zeros.has(name)) && !shown.has(name);
  });
}

const versionedKey = (place) => `${place.stem}.${place.version}.${place.type}`;

/** Whatever has apiVersion, kind and metadata is sent on its own. */
function kindOf({ fields }, { stem, type, group, version }) {
  const whole = ['apiVersion', 'kind', 'metadata'].every((name) => name in fields);
  if (stem === 'meta' ? !metaKinds.has(type) : !whole) return {};
  return { 'x-kubernetes-group-version-kind': [{ group, version, kind: type }] };
}

function propertyOf(name, field, place, named, declared) {
  const shape = shapeOf(`${place.type}.${name}`, field, named);
  const description = field.description ?? declared.description;
  const values =
    enums[`${place.stem}.${place.type}.${name}`] ?? enums[`${place.type}.${name}`] ?? declared.enum;
  const facts = {
    ...(description === undefined ? {} : { description }),
    ...defaultOf(place.type, name),
    ...mergeFactsOf(name, field, place),
  };
  if (values !== undefined) {
    const sorted = [...values].sort();
    if (shape.type === 'array') shape.items = { ...shape.items, enum: sorted };
    else if (shape.type === 'string') shape.enum = sorted;
  }
  if (shape.$ref !== undefined && Object.keys(facts).length > 0)
    return { ...facts, allOf: [shape] };
  return { ...facts, ...shape };
}

function defaultOf(type, name) {
  const value = defaults[type]?.[name];
  return value === undefined ? {} : { default: value };
}

function mergeFactsOf(name, field, place) {
  const key = `${place.stem}.${place.type}`;
  const facts = listFacts[versionedKey(place)]?.[name] ?? listFacts[key]?.[name];
  if (facts !== undefined) return facts;
  if (name === 'conditions' && field.type.startsWith('Array<V')) return conditionsOf(key);
  return {};
}

function shapeOf(path, { type, format }, named) {
  const special = refs[path] === undefined ? undefined : ref(refs[path]);
  if (type.startsWith('Array<')) {
    const inner = type.slice('Array<'.length, -1);
    return { type: 'array', items: special ?? shapeOf('', { type: inner, format }, named) };
  }
  if (type.startsWith('{ [key: string]:')) {
    const inner = type.slice('{ [key: string]: '.length, -'; }'.length);
    const values = special ?? shapeOf('', { type: inner, format }, named);
    return { type: 'object', additionalProperties: values };
  }
  return special ?? scalarOf(type, format, named);
}

function scalarOf(type, format, named) {
  if (format === 'date-time') return timeRef;
  if (format === 'date-time-micro') return microTimeRef;
  if (format === 'int-or-string') return intOrStringRef;
  if (type === 'string') return { type: 'string', ...(format === '' ? {} : { format }) };
  if (type === 'boolean') return { type: 'boolean' };
  if (type === 'number') return { type: format === 'double' ? 'number' : 'integer', format };
  if (type === 'any') return {};
  const place = named.get(type);
  if (place === undefined) throw new Error(`unknown type ${type}`);
  return ref(place.name);
}
