import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type KnownParts, type ManifestFile, readManifestFile } from '../routing/manifest-file.ts';

/** A file with its text positions and what was read out of it. */
export interface OpenFile {
  readonly document: TextDocument;
  readonly manifest: ManifestFile;
}

/**
 * The manifest is read when it is first asked for: completion while typing has no need of it.
 * @param known what was read of the file before
 */
export function openFile(document: TextDocument, known?: KnownParts): OpenFile {
  let manifest: ManifestFile | undefined;
  return {
    document,
    get manifest() {
      manifest ??= readManifestFile(document.getText(), known);
      return manifest;
    },
  };
}

export function rangeIn(document: TextDocument, start: number, end: number): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
