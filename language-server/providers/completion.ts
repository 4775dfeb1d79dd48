/** Fields, values, kinds and whole objects, by what the schema allows where the cursor is. */
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionItemTag,
  type CompletionContext as EditorContext,
  InsertTextFormat,
  MarkupKind,
  type Position,
  TextEdit,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { apiVersionOf, parseApiVersion } from '../../runtime/api/object.ts';
import type { Schema } from '../../runtime/api/schema.ts';
import { beginObjectCommand } from '../protocol/messages.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { sortTextOf } from '../schemas/field-order.ts';
import { fieldAt, schemaAt, typeLabel } from '../schemas/schema-at.ts';
import { finish, type Steps } from '../slices.ts';
import { type CompletionContext, completionContextInSteps } from './completion-context.ts';
import { jsonLayout, type Layout, yamlLayout } from './completion-layout.ts';
import { describeField, isDeprecated } from './hover.ts';
import { jsonContextInSteps } from './json-context.ts';
import { type NameSource, noNames } from './names.ts';
import { isJson, type OpenFile, rangeIn } from './open-file.ts';
import { ruleNamesAt } from './silence-completion.ts';
import { fieldSnippet } from './skeleton.ts';
import { manifestSnippets, skeletonOf } from './snippets.ts';

export function completionsAt(
  file: OpenFile,
  position: Position,
  catalog: Catalog,
  names: NameSource = noNames,
): CompletionItem[] {
  return finish(completionsInSteps(file, position, catalog, names));
}

/**
 * As `completionsAt`, bit by bit: the document around the cursor is read for it.
 * @param asked what made the editor ask
 */
export function* completionsInSteps(
  file: OpenFile,
  position: Position,
  catalog: Catalog,
  names: NameSource = noNames,
  asked?: EditorContext,
): Steps<CompletionItem[]> {
  const { document } = file;
  const text = document.getText();
  if (text.includes('{{') && file.manifest.template) return [];
  const offset = document.offsetAt(position);
  const rules = ruleNamesAt(file, offset);
  if (rules !== undefined) return rules;
  const context = isJson(document)
    ? yield* jsonContextInSteps(text, offset)
    : yield* completionContextInSteps(text, offset);
  // Enter is often the next key after a colon, and is to begin a line there.
  if (context === undefined || (context.tight && asked?.triggerCharacter === ':')) return [];
  const completion = new Completion(file, context, catalog);
  return context.position === 'key' ? completion.keys(names) : completion.values(names);
}

const textSchema: Schema = { type: 'string' };
/** What every object has, whatever its kind. */
const topFields: Readonly<Record<string, Schema>> = {
  apiVersion: textSchema,
  kind: textSchema,
  metadata: { type: 'object' },
  spec: { type: 'object' },
};

class Completion {
  readonly #file: OpenFile;
  readonly #context: CompletionContext;
  readonly #catalog: Catalog;
  readonly #kind: Schema | undefined;
  readonly #layout: Layout;

  constructor(file: OpenFile, context: CompletionContext, catalog: Catalog) {
    this.#file = file;
    this.#context = context;
    this.#catalog = catalog;
    this.#layout =
      context.json === undefined
        ? yamlLayout(context, catalog)
        : jsonLayout(context.json, context.value, catalog);
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
      .filter(([name]) => !taken.has(name) && !isSetByServer(path, name))
      .map(([name, field]) => this.#key(name, field, schema, definition));
  }

  /** Keys that are anybody's: labels of the pods that are to be selected. */
  #mapKeys(names: NameSource): CompletionItem[] {
    return names.keys(this.#context).map(({ name, detail }, index) => ({
      label: name,
      kind: CompletionItemKind.Property,
      detail,
      // The likely ones are named first.
      sortText: String(index).padStart(4, '0'),
      ...this.#edit(
        name,
        this.#keyText(name, (key) => this.#layout.pair(key, presetIn(detail))),
      ),
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
      ...this.#edit(
        name,
        this.#keyText(name, (key) => this.#layout.field(key, field)),
      ),
    };
  }

  #keyText(name: string, write: (name: string) => string): string {
    return this.#context.keyOnly ? this.#layout.key(name) : write(name);
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
        ...this.#edit('-', lines.join('\n')),
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
        const write = (key: string) => this.#layout.field(key, topFields[key] ?? {});
        return {
          label: name,
          kind: CompletionItemKind.Field,
          sortText: `0${index}`,
          insertTextFormat: InsertTextFormat.Snippet,
          ...this.#edit(name, this.#keyText(name, write)),
        };
      });
    return taken.size > 0 || this.#context.json !== undefined
      ? fields
      : [...fields, ...this.#objects()];
  }

  /** Whole objects, where there is nothing yet. */
  #objects(): CompletionItem[] {
    return manifestSnippets.map(
      ({ kind, detail, body }): CompletionItem => ({
        label: kind,
        kind: CompletionItemKind.Snippet,
        detail,
        documentation: { kind: MarkupKind.Markdown, value: preview(body) },
        sortText: `1${kind}`,
        insertTextFormat: InsertTextFormat.Snippet,
        ...this.#edit(kind, this.#layout.object(body)),
      }),
    );
  }

  values(names: NameSource): CompletionItem[] {
    const { path } = this.#context;
    const isWhole = this.#file.schema !== undefined;
    if (!isWhole && path.length === 1 && path[0] === 'kind') return this.#kinds();
    if (!isWhole && path.length === 1 && path[0] === 'apiVersion') return this.#apiVersions();
    if (this.#kind === undefined) return path.length === 0 ? this.#objects() : [];
    const schema = schemaAt(this.#kind, path, this.#catalog);
    const isList = schema?.type === 'array';
    const known = names.values(this.#context).map(({ name, detail }): CompletionItem => {
      const written = this.#layout.value(name, isList ? schema.items : schema);
      return {
        label: name,
        kind: CompletionItemKind.Reference,
        detail,
        sortText: `0${name}`,
        // The list that this is the first item of has to be begun.
        ...this.#edit(name, isList && this.#context.json === undefined ? `[${written}]` : written),
      };
    });
    return schema === undefined ? known : [...known, ...this.#valuesOf(schema)];
  }

  #valuesOf(schema: Schema): CompletionItem[] {
    const values = schema.enum ?? (schema.type === 'boolean' ? [true, false] : []);
    const items = values.map(
      (value): CompletionItem => ({
        label: String(value),
        kind: CompletionItemKind.EnumMember,
        insertTextFormat: InsertTextFormat.PlainText,
        ...this.#edit(String(value), this.#layout.value(value, schema)),
      }),
    );
    const inJson = this.#context.json !== undefined;
    const isBlock =
      schema.type === 'array' ||
      (schema.type === 'object' && (inJson || schema.properties !== undefined));
    const whole = isBlock ? this.#layout.whole(schema) : undefined;
    if (whole === undefined) return items;
    const isList = schema.type === 'array';
    const below = isList ? `- ${typeLabel(schema.items ?? {}, this.#catalog)}` : 'fields below';
    const brackets = isList ? '[ ]' : '{ }';
    const label = inJson ? brackets : below;
    const kind = CompletionItemKind.Snippet;
    const insertTextFormat = InsertTextFormat.Snippet;
    return [...items, { label, kind, insertTextFormat, ...this.#edit(label, whole) }];
  }

  /**
   * Kinds of the apiVersion that is given; else all of them, each bringing its own. Where there is
   * nothing else of the object yet, a kind that is chosen brings all of it; one that is typed out is
   * left as it is, which is why this is a command and no text of the item.
   */
  #kinds(): CompletionItem[] {
    const { apiVersion } = this.#context.value;
    const all = this.#catalog.writableKinds();
    const fitting = all.filter((gvk) => apiVersionOf(gvk) === apiVersion);
    const { document } = this.#file;
    const isFirst = this.#isFirstLine();
    return (fitting.length > 0 ? fitting : all).map((gvk) => {
      const version = apiVersionOf(gvk);
      if (isFirst) {
        const body = skeletonOf(gvk);
        return {
          label: gvk.kind,
          kind: CompletionItemKind.Class,
          detail: version,
          documentation: { kind: MarkupKind.Markdown, value: preview(body) },
          ...this.#edit(gvk.kind, gvk.kind),
          command: { title: '', command: beginObjectCommand, arguments: [body] },
        };
      }
      return {
        label: gvk.kind,
        kind: CompletionItemKind.Class,
        detail: version,
        filterText: gvk.kind,
        ...this.#edit(gvk.kind, this.#layout.value(gvk.kind, textSchema), [
          ...('apiVersion' in this.#context.value ? [] : [this.#apiVersionEdit(version, document)]),
        ]),
      };
    });
  }

  /** Whether the kind is all there is of the object, but for an apiVersion in the line above. */
  #isFirstLine(): boolean {
    const { json, rootStart, start, end } = this.#context;
    const text = this.#file.document.getText();
    const isAlone = /^(?:apiVersion:.*\r?\n)?kind:[ \t]*$/.test(text.slice(rootStart, start));
    const isTop = rootStart === 0 || text[rootStart - 1] === '\n';
    return json === undefined && isTop && isAlone && /^\s*(?:$|---)/.test(text.slice(end));
  }

  /** At the top of the object. */
  #apiVersionEdit(version: string, document: TextDocument): TextEdit {
    const { json, rootStart } = this.#context;
    if (json === undefined) {
      return TextEdit.insert(document.positionAt(rootStart), `apiVersion: ${version}\n`);
    }
    // As far in as the first field stands, if that has a line of its own.
    const before = /^\{\s*/.exec(document.getText().slice(rootStart))?.[0] ?? '{';
    const written = `"apiVersion": ${JSON.stringify(version)},${before.slice(1) || ' '}`;
    return TextEdit.insert(document.positionAt(rootStart + before.length), written);
  }

  #apiVersions(): CompletionItem[] {
    const { kind } = this.#context.value;
    const all = this.#catalog.writableKinds();
    const fitting = all.filter((gvk) => gvk.kind === kind);
    const versions = new Set((fitting.length > 0 ? fitting : all).map(apiVersionOf));
    return [...versions].map((version) => ({
      label: version,
      kind: CompletionItemKind.Module,
      ...this.#edit(version, this.#layout.value(version, textSchema)),
    }));
  }

  /** @param more changes elsewhere that go with it */
  #edit(
    label: string,
    newText: string,
    more: readonly TextEdit[] = [],
  ): Pick<CompletionItem, 'textEdit' | 'additionalTextEdits' | 'filterText'> {
    const { end, json, tight } = this.#context;
    const { document } = this.#file;
    const text = document.getText();
    const isBelow = newText.startsWith('\n');
    // What goes on below leaves no space behind the colon.
    const before = isBelow ? (/[ \t]*$/.exec(text.slice(0, this.#context.start))?.[0] ?? '') : '';
    const start = this.#context.start - before.length;
    const comma = json?.commaAt;
    const others = [
      ...(comma === undefined ? [] : [TextEdit.insert(document.positionAt(comma), ',')]),
      ...more,
    ];
    // The editor compares it with what stands in the range.
    const isYamlKey = json === undefined && this.#context.position === 'key';
    const quote = isYamlKey ? undefined : /["']/.exec(text[start] ?? '')?.[0];
    const isBare = json === undefined && quote !== undefined && !/^["'[\n]/.test(newText);
    const written = isBare ? `${quote}${newText}${quote}` : newText;
    return {
      textEdit: {
        range: rangeIn(document, start, end),
        newText: tight === true && !isBelow ? ` ${written}` : written,
      },
      ...(others.length === 0 ? {} : { additionalTextEdits: others }),
      ...(quote === undefined ? {} : { filterText: `${quote}${label}${quote}` }),
    };
  }
}

/** What a snippet puts in. */
function preview(body: string): string {
  const text = body
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\{\d+\|([^,|]*)[^}]*\}|\$\{?\d+\}?/g, '$1');
  return `\`\`\`yaml\n${text}\`\`\``;
}

const serversMetadata = new Set(
  'creationTimestamp deletionGracePeriodSeconds deletionTimestamp generation managedFields resourceVersion selfLink uid'.split(
    ' ',
  ),
);

/** What nobody writes: it is the server's to say. */
function isSetByServer(path: CompletionContext['path'], name: string): boolean {
  if (path.length === 0) return name === 'status';
  return path.at(-1) === 'metadata' && serversMetadata.has(name);
}

/** `web · Deployment web`: the value goes before the dot, if there is one. */
function presetIn(detail: string): string {
  const [value, more] = detail.split(' · ');
  return more === undefined || value === undefined ? '' : value;
}
