/** What a field is, from the schema of the object it stands in. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import type { Schema } from '../../runtime/api/schema.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import { gvkOf } from '../routing/manifest-file.ts';
import { resourceAt, spotAt } from '../routing/path-at.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { schemaAt, typeLabel } from '../schemas/schema-at.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

export function hoverAt(file: OpenFile, position: Position, catalog: Catalog): Hover | undefined {
  const { document, manifest } = file;
  const offset = document.offsetAt(position);
  const resource = resourceAt(manifest.resources, offset);
  const gvk = resource === undefined ? undefined : gvkOf(resource);
  if (resource === undefined || gvk === undefined || offset > resource.end) return undefined;
  const schema = catalog.forKind(gvk);
  const spot = spotAt(resource, offset);
  if (schema === undefined || spot === undefined || spot.path.length === 0) return undefined;
  const first = spot.path[0];
  const about =
    spot.path.length === 1 && (first === 'kind' || first === 'apiVersion')
      ? aboutKind(`${resource.apiVersion} ${resource.kind}`, schema)
      : aboutField(spot.path, schema, catalog);
  if (about === undefined) return undefined;
  const [start, end] = spot.range;
  return {
    contents: { kind: MarkupKind.Markdown, value: about },
    range: rangeIn(document, start, end),
  };
}

function aboutKind(title: string, schema: Schema): string {
  return `**${title}**\n\n${prose(schema.description ?? '')}`;
}

function aboutField(path: Path, kind: Schema, catalog: Catalog): string | undefined {
  const name = path.findLast((part) => typeof part === 'string');
  const last = path.findLastIndex((part) => typeof part === 'string');
  const parent = schemaAt(kind, path.slice(0, last), catalog);
  const field = unresolvedField(parent, String(name));
  if (field === undefined) return undefined;
  const resolved = catalog.resolve(field);
  const required = parent?.required?.includes(String(name)) === true;
  return describeField(String(name), field, resolved, required, catalog);
}

function unresolvedField(parent: Schema | undefined, name: string): Schema | undefined {
  if (parent?.properties !== undefined && Object.hasOwn(parent.properties, name)) {
    return parent.properties[name];
  }
  return typeof parent?.additionalProperties === 'object' ? parent.additionalProperties : undefined;
}

/** Name, type, whether it must be given, what it may be, and what it means. */
export function describeField(
  name: string,
  field: Schema,
  resolved: Schema,
  required: boolean,
  catalog: Catalog,
): string {
  const facts = [`**${name}** \`${typeLabel(field, catalog)}\``];
  if (required) facts.push('required');
  const lines = [facts.join(' · ')];
  if (resolved.description !== undefined) lines.push(prose(resolved.description));
  const values = resolved.enum ?? (resolved.items && catalog.resolve(resolved.items).enum);
  if (values !== undefined) {
    lines.push(`One of ${values.map((value) => `\`${String(value)}\``).join(', ')}`);
  }
  if (resolved.default !== undefined)
    lines.push(`Default: \`${JSON.stringify(resolved.default)}\``);
  return lines.join('\n\n');
}

/** Descriptions are Go comments: lists and placeholders in angle brackets, which Markdown would eat. */
function prose(description: string): string {
  return description
    .replace(/</g, '&lt;')
    .replace(/\n(?=\S)/g, '\n\n')
    .replace(/More info: (https?:\S+?)\.?(\s|$)/g, '[More info]($1)$2');
}
