/** Fields, values, kinds and whole objects, by what the schema allows where the cursor is. */
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionItemTag,
  InsertTextFormat,
  MarkupKind,
  type Position,
  TextEdit,
} from 'vscode-languageserver';
import { apiVersionOf, parseApiVersion } from '../../runtime/api/object.ts';
import type { Schema } from '../../runtime/api/schema.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { sortTextOf } from '../schemas/field-order.ts';
import { fieldAt, schemaAt, typeLabel } from '../schemas/schema-at.ts';
import { type CompletionContext, completionContextAt } from './completion-context.ts';
import { describeField, isDeprecated } from './hover.ts';
import { type NameSource, noNames } from './names.ts';
import { type OpenFile, rangeIn } from './open-file.ts';
import { ruleNamesAt } from './silence-completion.ts';
import { fieldSnippet } from './skeleton.ts';
import { manifestSnippets } from './snippets.ts';

export function completionsAt(
  file: OpenFile,
  position: Position,
  catalog: Catalog,
  names: NameSource = noNames,
): CompletionItem[] {
  const { document } = file;
  if (document.languageId === 'json') return [];
  const text = document.getText();
  if (text.includes('{{') && file.manifest.template) return [];
  const offset = document.offsetAt(position);
  const rules = ruleNamesAt(file, offset);
  if (rules !== undefined) return rules;
  const context = completionContextAt(text, offset);
  if (context === undefined) return [];
  const completion = new Completion(file, context, catalog);
  return context.position === 'key' ? completion.keys(names) : completion.values(names);
}

class Completion {
  readonly #file: OpenFile;
  readonly #context: CompletionContext;
  readonly #catalog: Catalog;
  readonly #kind: Schema | undefined;

  constructor(file: OpenFile, context: CompletionContext, catalog: Catalog) {
    this.#file = file;
    this.#context = context;
    this.#catalog = catalog;
    const { apiVersion, kind } = context.value;
    this.#kind =
      file.schema ??
      (typeof apiVersion === 'string' && typeof kind === 'string'
        ? catalog.forKind({ ...parseApiVersion(apiVersion), kind })
        : undefined);
  }

  keys(names: NameSource): CompletionItem[] {
    const { path } = this.#context;
    if (this.#kind === undefined) return path.length === 0 ? this.#topLevel() : [];
    const schema = schemaAt(this.#kind, path, this.#catalog);
    if (schema === undefined) return [];
    if (schema.type === 'array') return this.#listItem(schema);
    if (schema.properties === undefined) {
      // An item of a list of plain values looks like a key until its colon is missing.
      return schema.type === 'object' ? this.#mapKeys(names) : this.values(names);
    }
    const taken = new Set(this.#context.siblings);
    const [first = ''] = Object.keys(schema.properties);
    const definition = fieldAt(this.#kind, [...path, first], this.#catalog)?.definition;
    return Object.entries(schema.properties)
      .filter(([name]) => !taken.has(name) && !(path.length === 0 && name === 'status'))
      .map(([name, field]) => this.#key(name, field, schema, definition));
  }

  /** Keys that are anybody's: labels of the pods that are to be selected. */
  #mapKeys(names: NameSource): CompletionItem[] {
    return names.keys(this.#context).map(({ name, detail }) => ({
      label: name,
      kind: CompletionItemKind.Property,
      detail,
      textEdit: this.#edit(this.#context.keyOnly ? name : `${name}: ${presetIn(detail)}`),
    }));
  }

  #key(
    name: string,
    field: Schema,
    parent: Schema,
    definition: string | undefined,
  ): CompletionItem {
    const resolved = this.#catalog.resolve(field);
    const required = parent.required?.includes(name) === true;
    const deprecated = isDeprecated(field.description ?? resolved.description);
    return {
      label: name,
      kind: CompletionItemKind.Field,
      detail: `${typeLabel(field, this.#catalog)}${required ? ', required' : ''}`,
      documentation: {
        kind: MarkupKind.Markdown,
        value: describeField(name, field, resolved, required, this.#catalog),
      },
      sortText: sortTextOf(definition, name, { required, deprecated }),
      ...(deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
      insertTextFormat: InsertTextFormat.Snippet,
      textEdit: this.#edit(this.#fieldText(name, field)),
    };
  }

  #fieldText(name: string, field: Schema): string {
    const { keyOnly, flow, hang } = this.#context;
    if (keyOnly) return name;
    if (!flow) return fieldSnippet(name, field, this.#catalog, hang);
    const { type } = this.#catalog.resolve(field);
    if (type === 'object') return `${name}: {\${1}}`;
    return type === 'array' ? `${name}: [\${1}]` : `${name}: `;
  }

  /** The first item of a list whose dash is not written yet. */
  #listItem(schema: Schema): CompletionItem[] {
    const items = schema.items;
    if (items === undefined || this.#context.siblings.length > 0) return [];
    const text = fieldSnippet('x', schema, this.#catalog, this.#context.hang);
    const lines = text
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^ {2}/, ''));
    return [
      {
        label: `- ${typeLabel(items, this.#catalog)}`,
        kind: CompletionItemKind.Snippet,
        detail: 'first item of the list',
        insertTextFormat: InsertTextFormat.Snippet,
        textEdit: this.#edit(lines.join('\n')),
      },
    ];
  }

  /** Nothing says yet what the object is. */
  #topLevel(): CompletionItem[] {
    const taken = new Set(this.#context.siblings);
    const top = ['apiVersion', 'kind', 'metadata', 'spec'];
    // Some other file: what it is made of is not ours to say.
    if (taken.size > 0 && !top.some((name) => taken.has(name))) return [];
    const fields = top
      .filter((name) => !taken.has(name))
      .map((name, index): CompletionItem => {
        const nested = name === 'metadata' || name === 'spec';
        return {
          label: name,
          kind: CompletionItemKind.Field,
          sortText: `0${index}`,
          insertTextFormat: InsertTextFormat.PlainText,
          textEdit: this.#edit(this.#context.keyOnly ? name : `${name}:${nested ? '\n  ' : ' '}`),
        };
      });
    if (taken.size > 0) return fields;
    const objects = manifestSnippets.map(
      ({ kind, detail, body }): CompletionItem => ({
        label: kind,
        kind: CompletionItemKind.Snippet,
        detail,
        sortText: `1${kind}`,
        insertTextFormat: InsertTextFormat.Snippet,
        textEdit: this.#edit(body),
      }),
    );
    return [...fields, ...objects];
  }

  values(names: NameSource): CompletionItem[] {
    const { path } = this.#context;
    const isWhole = this.#file.schema !== undefined;
    if (!isWhole && path.length === 1 && path[0] === 'kind') return this.#kinds();
    if (!isWhole && path.length === 1 && path[0] === 'apiVersion') return this.#apiVersions();
    if (this.#kind === undefined) return [];
    const known = names.values(this.#context).map(({ name, detail }): CompletionItem => {
      return {
        label: name,
        kind: CompletionItemKind.Reference,
        detail,
        sortText: `0${name}`,
        textEdit: this.#edit(name),
      };
    });
    const schema = schemaAt(this.#kind, path, this.#catalog);
    return schema === undefined ? known : [...known, ...this.#valuesOf(schema)];
  }

  #valuesOf(schema: Schema): CompletionItem[] {
    const values = schema.enum ?? (schema.type === 'boolean' ? [true, false] : []);
    return values.map((value) => ({
      label: String(value),
      kind: CompletionItemKind.EnumMember,
      insertTextFormat: InsertTextFormat.PlainText,
      textEdit: this.#edit(String(value)),
    }));
  }

  /** Kinds of the apiVersion that is given; else all of them, each bringing its own. */
  #kinds(): CompletionItem[] {
    const { apiVersion } = this.#context.value;
    const all = this.#catalog.writableKinds();
    const fitting = all.filter((gvk) => apiVersionOf(gvk) === apiVersion);
    const { document } = this.#file;
    return (fitting.length > 0 ? fitting : all).map((gvk) => {
      const version = apiVersionOf(gvk);
      const top = rangeIn(document, this.#context.rootStart, this.#context.rootStart).start;
      return {
        label: gvk.kind,
        kind: CompletionItemKind.Class,
        detail: version,
        filterText: gvk.kind,
        textEdit: this.#edit(gvk.kind),
        ...('apiVersion' in this.#context.value
          ? {}
          : { additionalTextEdits: [TextEdit.insert(top, `apiVersion: ${version}\n`)] }),
      };
    });
  }

  #apiVersions(): CompletionItem[] {
    const { kind } = this.#context.value;
    const all = this.#catalog.writableKinds();
    const fitting = all.filter((gvk) => gvk.kind === kind);
    const versions = new Set((fitting.length > 0 ? fitting : all).map(apiVersionOf));
    return [...versions].map((version) => ({
      label: version,
      kind: CompletionItemKind.Module,
      textEdit: this.#edit(version),
    }));
  }

  #edit(newText: string): TextEdit {
    const { start, end } = this.#context;
    return { range: rangeIn(this.#file.document, start, end), newText };
  }
}

/** `web · Deployment web`: the value goes before the dot, if there is one. */
function presetIn(detail: string): string {
  const [value, more] = detail.split(' · ');
  return more === undefined || value === undefined ? '' : value;
}
