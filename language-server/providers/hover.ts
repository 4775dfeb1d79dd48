/** What a field is, what its value amounts to, and how the object that it names fares. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import type { Schema } from '../../runtime/api/schema.ts';
import type { Path } from '../../runtime/api/structure-problem.ts';
import type { Cluster } from '../references/cluster.ts';
import { at } from '../references/fields.ts';
import type { Workspace } from '../references/workspace.ts';
import { gvkOf, isRecord, type Resource } from '../routing/manifest-file.ts';
import { resourceAt, type Spot, spotAt } from '../routing/path-at.ts';
import { removedApi } from '../rules/removed-apis.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { fieldSince, kindSince } from '../schemas/history.ts';
import { fieldAt, typeLabel } from '../schemas/schema-at.ts';
import { explainValue } from './explain-value.ts';
import { withDefaults } from './inlay-hints.ts';
import { targetIn } from './navigation.ts';
import { type OpenFile, rangeIn } from './open-file.ts';

export interface HoverSources {
  readonly catalog: Catalog;
  readonly workspace: Workspace;
  readonly cluster: Cluster;
}

export function hoverAt(
  file: OpenFile,
  position: Position,
  sources: HoverSources,
): Hover | undefined {
  const { document, manifest } = file;
  const offset = document.offsetAt(position);
  const resource = resourceAt(manifest.resources, offset);
  if (resource === undefined || offset > resource.end || offset < resource.start) return undefined;
  const spot = spotAt(resource, offset);
  if (spot === undefined || spot.path.length === 0) return undefined;
  const about = [
    ...aboutObject(resource, spot, sources),
    ...aboutSchema(file, resource, spot, sources.catalog),
  ];
  if (about.length === 0) return undefined;
  return {
    contents: { kind: MarkupKind.Markdown, value: about.join('\n\n---\n\n') },
    range: rangeIn(document, spot.range[0], spot.range[1]),
  };
}

function aboutSchema(
  { schema: whole }: OpenFile,
  resource: Resource,
  spot: Spot,
  catalog: Catalog,
): string[] {
  const gvk = gvkOf(resource);
  const schema = whole ?? (gvk && catalog.forKind(gvk));
  const [first] = spot.path;
  const isKind = spot.path.length === 1 && (first === 'kind' || first === 'apiVersion');
  if (whole === undefined && isKind) return aboutKind(resource, schema);
  const about = schema && aboutField(resource, spot, schema, catalog);
  return about === undefined ? [] : [about];
}

function aboutKind({ apiVersion = '', kind = '' }: Resource, schema: Schema | undefined): string[] {
  const lines = [`**${apiVersion} ${kind}**`];
  const gone = removedApi(apiVersion, kind);
  if (gone !== undefined) {
    const now = gone.replacement === undefined ? '' : `; use \`${gone.replacement}\``;
    lines.push(`Removed in Kubernetes ${gone.removedIn}${now}`);
  } else if (schema === undefined) return [];
  const since = kindSince(apiVersion, kind);
  if (since !== undefined) lines.push(`Since Kubernetes ${since}`);
  if (schema?.description !== undefined) lines.push(prose(schema.description));
  return [lines.join('\n\n')];
}

function aboutField(
  resource: Resource,
  { path, on }: Spot,
  schema: Schema,
  catalog: Catalog,
): string | undefined {
  const found = fieldAt(schema, path, catalog);
  if (found === undefined) return undefined;
  const { name, field, required, definition } = found;
  const resolved = catalog.resolve(field);
  const value = at(resource.value, path);
  const item = typeof path.at(-1) === 'number' && resolved.items ? resolved.items : field;
  const meaning = on === 'value' ? explainValue(name, value, catalog.resolve(item)) : undefined;
  const since = fieldSince(definition ?? resource.kind ?? '', name);
  const said = describeField(name, field, resolved, required, catalog, since);
  const preset = /^Default: /m.test(said) ? undefined : presetAt(resource, path, catalog);
  const text = preset === undefined ? said : `${said}\n\nDefault: \`${preset}\``;
  return meaning === undefined ? text : `${meaning}\n\n${text}`;
}

/** What the server would fill in here if the field were left out, for plain values. */
function presetAt(resource: Resource, path: Path, catalog: Catalog): string | undefined {
  const gvk = gvkOf(resource);
  if (gvk === undefined || !catalog.isBuiltIn(gvk) || path.length < 2) return undefined;
  const value = without(resource.value, path);
  if (!isRecord(value)) return undefined;
  const preset = at(withDefaults({ ...resource, value }), path);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof preset) && preset !== '';
  return isPlain ? JSON.stringify(preset) : undefined;
}

/** A copy without the field at the path, which must not be an item of a list. */
function without(value: unknown, [first, ...rest]: Path): unknown {
  if (first === undefined) return undefined;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === first ? without(item, rest) : item));
  }
  if (!isRecord(value)) return undefined;
  const { [first]: child, ...others } = value;
  return rest.length === 0 ? others : { ...others, [first]: without(child, rest) };
}

/** The object whose name is under the cursor, as the cluster has it. */
function aboutObject(resource: Resource, { path }: Spot, { cluster }: HoverSources): string[] {
  const target = targetIn(resource, path);
  if (target === undefined || !cluster.knows(target.kind, target.namespace)) return [];
  const { kind, name } = target;
  const live = cluster.find(kind, name, target.namespace);
  if (live === undefined) return [`**${kind} ${name}** is not in \`${cluster.context}\``];
  const where = live.namespace === undefined ? '' : `, namespace \`${live.namespace}\``;
  const lines = [`**${kind} ${name}** in \`${cluster.context}\`${where}`];
  if (live.status !== undefined) lines.push(prose(live.status));
  if (live.keys !== undefined && live.keys.length > 0) {
    lines.push(`Keys: ${live.keys.map((key) => `\`${key}\``).join(', ')}`);
  }
  if (live.ports !== undefined && live.ports.length > 0) {
    const ports = live.ports.map(({ name: port, port: number }) =>
      port === undefined ? String(number) : `${port} ${number}`,
    );
    lines.push(`Ports: ${ports.join(', ')}`);
  }
  return [lines.join('\n\n')];
}

/** Name, type, whether it must be given, what it may be, since when, and what it means. */
export function describeField(
  name: string,
  field: Schema,
  resolved: Schema,
  required: boolean,
  catalog: Catalog,
  since?: string,
): string {
  const description = field.description ?? resolved.description;
  const facts = [`**${name}** \`${typeLabel(field, catalog)}\``];
  if (required) facts.push('required');
  if (since !== undefined) facts.push(`since ${since}`);
  if (isDeprecated(description)) facts.push('deprecated');
  const lines = [facts.join(' · ')];
  if (description !== undefined) lines.push(prose(description));
  const values = resolved.enum ?? (resolved.items && catalog.resolve(resolved.items).enum);
  if (values !== undefined) {
    lines.push(`One of ${values.map((value) => `\`${String(value)}\``).join(', ')}`);
  }
  const limits = constraintsOf(resolved);
  if (limits !== '') lines.push(limits);
  const preset = field.default ?? resolved.default;
  if (preset !== undefined) lines.push(`Default: \`${JSON.stringify(preset)}\``);
  return lines.join('\n\n');
}

/** Sentences that say it of the field itself, and not of one of its values or of something else. */
const deprecated =
  /(?:^|[.!)"]\s+|\n\s*)(?:\[|\*\*)?deprecated\b(?! indicates)|\bfield is (?:now )?deprecated\b|is the deprecated field\b|is a deprecated alias\b|now is deprecated\b|as deprecated$/i;

/** Whether a field's description says that it is to be used no more. */
export function isDeprecated(description: string | undefined): boolean {
  return deprecated.test(description ?? '');
}

function constraintsOf(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const facts: string[] = [];
  const between = (low: number | undefined, high: number | undefined, what: string) => {
    if (low !== undefined && high !== undefined) facts.push(`${low} to ${high}${what}`);
    else if (low !== undefined) facts.push(`at least ${low}${what}`);
    else if (high !== undefined) facts.push(`at most ${high}${what}`);
  };
  between(minimum, maximum, '');
  between(minLength, maxLength, ' characters');
  between(minItems, maxItems, ' items');
  if (pattern !== undefined) facts.push(`matches \`${pattern.replaceAll('`', "'")}\``);
  const text = facts.join(', ');
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Descriptions are Go comments: lists and placeholders in angle brackets, which Markdown would eat. */
function prose(description: string): string {
  return description
    .replace(/</g, '&lt;')
    .replace(/\n(?=\S)/g, '\n\n')
    .replace(/More info: (https?:\S+?)\.?(\s|$)/g, '[More info]($1)$2');
}
