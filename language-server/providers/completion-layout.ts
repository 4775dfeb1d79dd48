/** How what is completed is written: in YAML with lines and dashes, in JSON with quotes and commas. */
import { parse } from 'yaml';
import type { Schema } from '../../runtime/api/schema.ts';
import type { Catalog } from '../schemas/catalog.ts';
import type { CompletionContext } from './completion-context.ts';
import type { JsonSurroundings } from './json-context.ts';
import { asText, fieldSnippet, jsonFieldSnippet, jsonSnippet, podLabelsOf } from './skeleton.ts';

export interface Layout {
  /** A key whose value stands there already. */
  key(name: string): string;
  /** A key with room for its value, as the schema says; a snippet. */
  field(name: string, field: Schema): string;
  /** A key with a plain value; an empty one is to be typed. */
  pair(name: string, value: string): string;
  /** A value; `schema` says whether it is a text, where that is known. */
  value(value: unknown, schema?: Schema): string;
  /** A value with all that it must have, a snippet; in YAML on lines of its own. */
  whole(schema: Schema): string | undefined;
  /** A whole object, which is given as a snippet in YAML. */
  object(body: string): string;
}

export function yamlLayout({ flow, hang, value }: CompletionContext, catalog: Catalog): Layout {
  return {
    key: (name) => name,
    field(name, field) {
      if (!flow) return fieldSnippet(name, field, catalog, hang, podLabelsOf(value));
      const { type } = catalog.resolve(field);
      if (type === 'object') return `${name}: {\${1}}`;
      return type === 'array' ? `${name}: [\${1}]` : `${name}: `;
    },
    pair: (name, value) => `${name}: ${asText(value)}`,
    value: (value, schema) =>
      typeof value === 'string' && schema?.type === 'string' ? asText(value) : String(value),
    whole(schema) {
      if (flow) return undefined;
      const [, ...lines] = fieldSnippet('', schema, catalog, hang, podLabelsOf(value)).split('\n');
      return `\n${lines.join('\n')}`;
    },
    object: (body) => body,
  };
}

export function jsonLayout(
  { commaAfter }: JsonSurroundings,
  object: CompletionContext['value'],
  catalog: Catalog,
): Layout {
  const comma = commaAfter ? ',' : '';
  return {
    key: (name) => JSON.stringify(name),
    field: (name, field) => jsonFieldSnippet(name, field, catalog, podLabelsOf(object)) + comma,
    pair: (name, value) => `${JSON.stringify(name)}: ${JSON.stringify(value)}${comma}`,
    value(value, schema) {
      const type = schema?.type;
      const isText = type === 'string' || (type === undefined && !/^\d+$/.test(String(value)));
      const written = isText ? JSON.stringify(String(value)) : String(value);
      return written + comma;
    },
    whole: (schema) => jsonSnippet(schema, catalog) + comma,
    object: (body) => snippetToJson(body),
  };
}

/** Stops stay stops; what is a number or a truth in YAML is none in quotes. */
function snippetToJson(body: string): string {
  const stops: string[] = [];
  // To the parser a stop is a word like any other.
  const marked = body.replace(/\$\{(\d+):([^}]*)\}|\$\{?\d+\}?/g, (stop) => {
    stops.push(stop);
    return `STOP${stops.length - 1}STOP`;
  });
  const json = JSON.stringify(parse(marked), undefined, 2).replace(/[\\$]/g, '\\$&');
  return json.replace(/"?STOP(\d+)STOP"?/g, (found, index: string) => {
    const stop = stops[Number(index)] ?? '';
    const preset = /:([^}]*)\}$/.exec(stop)?.[1] ?? '';
    const isWhole = found.startsWith('"') && found.endsWith('"');
    if (isWhole && /^(\d+|true|false)$/.test(preset)) return stop;
    return found.replace(/STOP\d+STOP/, stop);
  });
}
