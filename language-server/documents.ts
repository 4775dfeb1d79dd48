/**
 * The text of open documents. A client may name places that are not there: `TextDocument` takes such
 * an edit to the right place, but loses count of the lines, so that all later ones go wrong.
 */
import type { TextDocumentsConfiguration } from 'vscode-languageserver';
import {
  TextDocument,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver-textdocument';

export const documentTexts: TextDocumentsConfiguration<TextDocument> = {
  create: TextDocument.create,
  update: (document, changes, version) => {
    for (const change of changes)
      TextDocument.update(document, [within(document, change)], version);
    return document;
  },
};

/** The change, at places that are in the document: the nearest to those given. */
function within(
  document: TextDocument,
  change: TextDocumentContentChangeEvent,
): TextDocumentContentChangeEvent {
  if (!('range' in change)) return change;
  const { start, end } = change.range;
  return {
    text: change.text,
    range: {
      start: document.positionAt(document.offsetAt(start)),
      end: document.positionAt(document.offsetAt(end)),
    },
  };
}
