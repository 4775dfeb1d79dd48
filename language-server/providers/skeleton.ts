/** What is put in for a field besides its name: its shape, with the fields that it must have. */
import type { Schema } from '../../runtime/api/schema.ts';
import type { Catalog } from '../schemas/catalog.ts';

const maxDepth = 4;

/** Snippet lines of LSP: `$1` and `${1|a,b|}` are stops of the cursor. */
class Stops {
  #next = 1;

  stop(): string {
    return `\${${this.#next++}}`;
  }

  choice(values: readonly unknown[]): string {
    const texts = values.map((value) => String(value).replace(/[\\,|}$]/g, '\\$&'));
    return `\${${this.#next++}|${texts.join(',')}|}`;
  }

  preset(value: string): string {
    return `\${${this.#next++}:${value.replace(/[\\}$]/g, '\\$&')}}`;
  }
}

/**
 * `name:` with its shape.
 * @param hang columns by which lines after the first stand further right than the line's own indent
 */
export function fieldSnippet(name: string, field: Schema, catalog: Catalog, hang: number): string {
  const lines = fieldLines(name, field, catalog, new Stops(), 0);
  return lines.map((line, index) => (index === 0 ? line : ' '.repeat(hang) + line)).join('\n');
}

function fieldLines(
  name: string,
  field: Schema,
  catalog: Catalog,
  stops: Stops,
  depth: number,
): string[] {
  const schema = catalog.resolve(field);
  const key = `${escapeText(name)}:`;
  if (schema.type === 'array') {
    return [key, ...itemLines(schema.items ?? {}, catalog, stops, depth).map(indent)];
  }
  if (schema.type === 'object') {
    return [key, ...objectLines(schema, catalog, stops, depth).map(indent)];
  }
  return [`${key} ${scalar(schema, stops)}`];
}

function itemLines(items: Schema, catalog: Catalog, stops: Stops, depth: number): string[] {
  const schema = catalog.resolve(items);
  if (schema.type !== 'object') return [`- ${scalar(schema, stops)}`];
  return objectLines(schema, catalog, stops, depth).map((line, index) =>
    index === 0 ? `- ${line}` : indent(line),
  );
}

function objectLines(schema: Schema, catalog: Catalog, stops: Stops, depth: number): string[] {
  const names = depth >= maxDepth ? [] : wantedFields(schema);
  const lines = names.flatMap((name) => {
    const field = schema.properties?.[name];
    return field === undefined ? [] : fieldLines(name, field, catalog, stops, depth + 1);
  });
  return lines.length === 0 ? [stops.stop()] : lines;
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

function scalar(schema: Schema, stops: Stops): string {
  if (schema.enum !== undefined) return stops.choice(schema.enum);
  if (schema.type === 'boolean') return stops.choice([true, false]);
  if (schema.default !== undefined && typeof schema.default !== 'object' && schema.default !== '') {
    return stops.preset(String(schema.default));
  }
  return stops.stop();
}

function indent(line: string): string {
  return `  ${line}`;
}

function escapeText(text: string): string {
  return text.replace(/[\\}$]/g, '\\$&');
}
