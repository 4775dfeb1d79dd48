/** What is put in for a field besides its name: its shape, with the fields that it must have. */
import type { Schema } from '../../runtime/api/schema.ts';
import type { Catalog } from '../schemas/catalog.ts';

const maxDepth = 4;

/** A value as far as its schema says what it is to hold. */
type Shape =
  | { readonly kind: 'scalar'; readonly schema: Schema }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Shape])[] };

/** Snippet text of LSP: `${1}` and `${1|a,b|}` are stops of the cursor. */
class Stops {
  #next = 1;

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
 */
export function fieldSnippet(name: string, field: Schema, catalog: Catalog, hang: number): string {
  const lines = yamlField(name, shapeOf(field, catalog, 0), new Stops());
  return lines.map((line, index) => (index === 0 ? line : ' '.repeat(hang) + line)).join('\n');
}

/** `"name": ` with its shape, as JSON that spans lines. */
export function jsonFieldSnippet(name: string, field: Schema, catalog: Catalog): string {
  const value = jsonLines(shapeOf(field, catalog, 0), new Stops());
  return `${escapeText(JSON.stringify(name))}: ${value.join('\n')}`;
}

/** The value alone. */
export function jsonSnippet(schema: Schema, catalog: Catalog): string {
  return jsonLines(shapeOf(schema, catalog, 0), new Stops()).join('\n');
}

/** The least that a field can hold: its shape with values that say nothing. */
export function skeletonValue(field: Schema, catalog: Catalog): unknown {
  return plainValue(shapeOf(field, catalog, 0));
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
    return child === undefined ? [] : [[name, shapeOf(child, catalog, depth + 1)] as const];
  });
  return { kind: 'object', fields };
}

/** Names first, as people write them; a label selector is useless without labels. */
function wantedFields(schema: Schema): string[] {
  const fields = schema.properties ?? {};
  if (fields.matchLabels !== undefined) return ['matchLabels'];
  const required = [...(schema.required ?? [])];
  // Optional to the schema, but a container without an image is never accepted.
  if (fields.image !== undefined && fields.imagePullPolicy !== undefined) required.push('image');
  if (fields.template !== undefined && fields.selector !== undefined) required.push('template');
  const unique = [...new Set(required)];
  return unique.sort((a, b) => Number(b === 'name') - Number(a === 'name'));
}

function yamlField(name: string, shape: Shape, stops: Stops): string[] {
  const key = `${escapeText(name)}:`;
  if (shape.kind === 'scalar') return [`${key} ${stops.scalar(shape.schema, String)}`];
  const lines = shape.kind === 'list' ? yamlItem(shape.item, stops) : yamlObject(shape, stops);
  return [key, ...lines.map(indent)];
}

function yamlItem(item: Shape, stops: Stops): string[] {
  if (item.kind === 'scalar') return [`- ${stops.scalar(item.schema, String)}`];
  const lines = item.kind === 'list' ? [stops.stop()] : yamlObject(item, stops);
  return lines.map((line, index) => (index === 0 ? `- ${line}` : indent(line)));
}

function yamlObject({ fields }: Extract<Shape, { kind: 'object' }>, stops: Stops): string[] {
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

function plainValue(shape: Shape): unknown {
  if (shape.kind === 'list') return [plainValue(shape.item)];
  if (shape.kind === 'object') {
    return Object.fromEntries(shape.fields.map(([name, child]) => [name, plainValue(child)]));
  }
  const { enum: choices, default: preset, type } = shape.schema;
  if (choices !== undefined) return choices[0];
  if (preset !== undefined && typeof preset !== 'object') return preset;
  if (type === 'boolean') return false;
  return type === 'integer' || type === 'number' ? 0 : '';
}

function indent(line: string): string {
  return `  ${line}`;
}

function escapeText(text: string): string {
  return text.replace(/[\\}$]/g, '\\$&');
}
