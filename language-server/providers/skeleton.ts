/** What is put in for a field besides its name: its shape, with the fields that it must have. */
import type { Schema } from '../../runtime/api/schema.ts';
import { at, labelsAt } from '../references/fields.ts';
import type { Catalog } from '../schemas/catalog.ts';

const maxDepth = 4;

/** A value as far as its schema says what it is to hold. */
type Shape =
  | { readonly kind: 'scalar'; readonly schema: Schema }
  | { readonly kind: 'list'; readonly item: Shape }
  /** Of the pods: the same wherever they stand. */
  | { readonly kind: 'labels' }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Shape])[] };

/** Labels of the pods of a workload, to start from. */
export type Labels = Readonly<Record<string, string>>;

/** Snippet text of LSP: `${1}` and `${1|a,b|}` are stops of the cursor. */
class Stops {
  #next = 1;
  #labels: [key: string, value: string][] | undefined;
  readonly #presets: Labels;

  constructor(presets: Labels = { app: '' }) {
    this.#presets = presets;
  }

  /**
   * What is typed at one place stands at all others, too: a selector and its template agree.
   * @param write how a text is written
   */
  labels(write: (text: string) => string): readonly [key: string, value: string][] {
    this.#labels ??= Object.entries(this.#presets).map(([key, value]) => [
      key,
      value === '' ? this.stop() : `\${${this.#next++}:${escapeText(write(value))}}`,
    ]);
    return this.#labels;
  }

  stop(): string {
    return `\${${this.#next++}}`;
  }

  /** @param write how a value is written */
  scalar(schema: Schema, write: (value: unknown) => string): string {
    const { default: preset } = schema;
    if (schema.enum !== undefined) return this.#choice(schema.enum.map(write));
    if (schema.type === 'boolean') return this.#choice(['true', 'false']);
    if (preset !== undefined && typeof preset !== 'object' && preset !== '') {
      return `\${${this.#next++}:${write(preset).replace(/[\\}$]/g, '\\$&')}}`;
    }
    return this.stop();
  }

  #choice(texts: readonly string[]): string {
    const escaped = texts.map((text) => text.replace(/[\\,|}$]/g, '\\$&'));
    return `\${${this.#next++}|${escaped.join(',')}|}`;
  }
}

/**
 * `name:` with its shape.
 * @param hang columns by which lines after the first stand further right than the line's own indent
 * @param labels of the pods, where it is known what they may be
 */
export function fieldSnippet(
  name: string,
  field: Schema,
  catalog: Catalog,
  hang: number,
  labels?: Labels,
): string {
  const lines = yamlField(name, shapeOf(field, catalog, 0), new Stops(labels));
  return lines.map((line, index) => (index === 0 ? line : ' '.repeat(hang) + line)).join('\n');
}

/** `"name": ` with its shape, as JSON that spans lines. */
export function jsonFieldSnippet(
  name: string,
  field: Schema,
  catalog: Catalog,
  labels?: Labels,
): string {
  const value = jsonLines(shapeOf(field, catalog, 0), new Stops(labels));
  return `${escapeText(JSON.stringify(name))}: ${value.join('\n')}`;
}

/** The value alone. */
export function jsonSnippet(schema: Schema, catalog: Catalog): string {
  return jsonLines(shapeOf(schema, catalog, 0), new Stops()).join('\n');
}

/** The least that a field can hold: its shape with values that say nothing. */
export function skeletonValue(field: Schema, catalog: Catalog, labels: Labels = {}): unknown {
  return plainValue(shapeOf(field, catalog, 0), labels);
}

/** Labels that the pods of an object have, or that it selects; else such as people give. */
export function podLabelsOf(value: Readonly<Record<string, unknown>>): Labels {
  const known = [
    ['spec', 'template', 'metadata', 'labels'],
    ['spec', 'selector', 'matchLabels'],
    ['metadata', 'labels'],
  ].map((path) => labelsAt(value, path));
  const found = known.find((labels) => labels !== undefined && Object.keys(labels).length > 0);
  const name = at(value, ['metadata', 'name']);
  return found ?? { app: typeof name === 'string' ? name : '' };
}

function shapeOf(field: Schema, catalog: Catalog, depth: number): Shape {
  const schema = catalog.resolve(field);
  if (schema.type === 'array') {
    return { kind: 'list', item: shapeOf(schema.items ?? {}, catalog, depth) };
  }
  if (schema.type !== 'object') return { kind: 'scalar', schema };
  const names = depth >= maxDepth ? [] : wantedFields(schema);
  const fields = names.flatMap((name) => {
    const child = schema.properties?.[name];
    if (child === undefined) return [];
    const shape = workloadShape(name, child, schema, catalog, depth);
    return [[name, shape ?? shapeOf(child, catalog, depth + 1)] as const];
  });
  return { kind: 'object', fields };
}

/** What a workload has of its pods: none of it is required by the schema, and all of it is needed. */
function workloadShape(
  name: string,
  field: Schema,
  { properties = {}, required = [] }: Schema,
  catalog: Catalog,
  depth: number,
): Shape | undefined {
  if (properties.template === undefined || properties.selector === undefined) return undefined;
  const labels: Shape = { kind: 'labels' };
  const schema = catalog.resolve(field);
  if (name === 'selector') {
    const isMap = schema.properties?.matchLabels === undefined;
    return isMap ? labels : { kind: 'object', fields: [['matchLabels', labels]] };
  }
  const pods = name === 'template' ? schema.properties?.spec : undefined;
  if (pods === undefined) return undefined;
  const spec = shapeOf(pods, catalog, depth + 1);
  if (required.includes('selector') || properties.backoffLimit === undefined) {
    const metadata: Shape = { kind: 'object', fields: [['labels', labels]] };
    return {
      kind: 'object',
      fields: [
        ['metadata', metadata],
        ['spec', spec],
      ],
    };
  }
  // The pods of a Job may not be restarted always, as is the default.
  const policy: Shape = {
    kind: 'scalar',
    schema: { type: 'string', enum: ['OnFailure', 'Never'] },
  };
  const fields = spec.kind === 'object' ? spec.fields : [];
  return {
    kind: 'object',
    fields: [['spec', { kind: 'object', fields: [['restartPolicy', policy], ...fields] }]],
  };
}

/** Names first, as people write them; a label selector is useless without labels. */
function wantedFields(schema: Schema): string[] {
  const fields = schema.properties ?? {};
  if (fields.matchLabels !== undefined) return ['matchLabels'];
  const required = [...(schema.required ?? [])];
  // Optional to the schema, but a container without an image is never accepted.
  if (fields.image !== undefined && fields.imagePullPolicy !== undefined) required.push('image');
  if (fields.template !== undefined && fields.selector !== undefined) required.push('template');
  if (fields.clusterIP !== undefined && fields.ports !== undefined) {
    required.push('selector', 'ports');
  }
  const unique = [...new Set(required)];
  return unique.sort((a, b) => Number(b === 'name') - Number(a === 'name'));
}

function yamlField(name: string, shape: Shape, stops: Stops): string[] {
  const key = `${escapeText(name)}:`;
  if (shape.kind === 'scalar') return [`${key} ${stops.scalar(shape.schema, String)}`];
  const lines = shape.kind === 'list' ? yamlItem(shape.item, stops) : yamlMap(shape, stops);
  return [key, ...lines.map(indent)];
}

function yamlItem(item: Shape, stops: Stops): string[] {
  if (item.kind === 'scalar') return [`- ${stops.scalar(item.schema, String)}`];
  const lines = item.kind === 'list' ? [stops.stop()] : yamlMap(item, stops);
  return lines.map((line, index) => (index === 0 ? `- ${line}` : indent(line)));
}

function yamlMap(shape: Extract<Shape, { kind: 'object' | 'labels' }>, stops: Stops): string[] {
  if (shape.kind === 'labels') {
    return stops.labels(asText).map(([key, value]) => `${escapeText(key)}: ${value}`);
  }
  const { fields } = shape;
  if (fields.length === 0) return [stops.stop()];
  return fields.flatMap(([name, shape]) => yamlField(name, shape, stops));
}

function jsonLines(shape: Shape, stops: Stops): string[] {
  if (shape.kind === 'scalar') {
    const text = stops.scalar(shape.schema, (value) => JSON.stringify(value));
    // What can be anything is a text more often than not.
    const isText = !['integer', 'number', 'boolean'].includes(shape.schema.type ?? 'string');
    return [isText && /^\$\{\d+\}$/.test(text) ? `"${text}"` : text];
  }
  if (shape.kind === 'list') return ['[', ...jsonLines(shape.item, stops).map(indent), ']'];
  if (shape.kind === 'labels') {
    const written = stops.labels((text) => text);
    const pairs = written.map(([key, value]) => `${JSON.stringify(key)}: "${value}"`);
    return [`{ ${pairs.join(', ')} }`];
  }
  if (shape.fields.length === 0) return [`{${stops.stop()}}`];
  const fields = shape.fields.map(([name, child]) => {
    const [first = '', ...rest] = jsonLines(child, stops);
    return [`${escapeText(JSON.stringify(name))}: ${first}`, ...rest];
  });
  const lines = fields.flatMap((own, index) =>
    index === fields.length - 1 ? own : [...own.slice(0, -1), `${own.at(-1)},`],
  );
  return ['{', ...lines.map(indent), '}'];
}

function plainValue(shape: Shape, labels: Labels): unknown {
  if (shape.kind === 'list') return [plainValue(shape.item, labels)];
  if (shape.kind === 'labels') return { ...labels };
  if (shape.kind === 'object') {
    return Object.fromEntries(
      shape.fields.map(([name, child]) => [name, plainValue(child, labels)]),
    );
  }
  const { enum: choices, default: preset, type } = shape.schema;
  if (choices !== undefined) return choices[0];
  if (preset !== undefined && typeof preset !== 'object') return preset;
  if (type === 'boolean') return false;
  return type === 'integer' || type === 'number' ? 0 : '';
}

const truth = /^(?:true|false|yes|no|on|off|y|n|null|~)$/i;
const number =
  /^(?:[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0[xob][\da-f_]+|\d+(?::\d+)+)$/i;

/** A text as YAML; in quotes where it would be taken for something else. */
export function asText(text: string): string {
  return truth.test(text) || number.test(text) ? JSON.stringify(text) : text;
}

function indent(line: string): string {
  return `  ${line}`;
}

function escapeText(text: string): string {
  return text.replace(/[\\}$]/g, '\\$&');
}
