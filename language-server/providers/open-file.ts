import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Schema } from '../../runtime/api/schema.ts';
import { type KnownParts, type ManifestFile, readManifestFile } from '../routing/manifest-file.ts';

/** A file with its text positions and what was read out of it. */
export interface OpenFile {
  readonly document: TextDocument;
  readonly manifest: ManifestFile;
  /** Of the whole file, where it is not made of Kubernetes objects but of something else we know. */
  readonly schema?: Schema | undefined;
}

/**
 * The manifest is read when it is first asked for: completion while typing has no need of it.
 * @param known what was read of the file before
 */
export function openFile(
  document: TextDocument,
  known?: KnownParts,
  schemaOf: (uri: string) => Schema | undefined = () => undefined,
): OpenFile {
  let manifest: ManifestFile | undefined;
  return {
    document,
    get schema() {
      return schemaOf(document.uri);
    },
    get manifest() {
      manifest ??= readManifestFile(document.getText(), known);
      return manifest;
    },
  };
}

/** A file with braces around all: also where its name says that it is YAML. */
export function isJson(document: TextDocument): boolean {
  return /^jsonc?$/.test(document.languageId) || isJsonText(document.getText());
}

export function isJsonText(text: string): boolean {
  return /^[\s\uFEFF]*[{[]/.test(text);
}

export function rangeIn(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
