/** Where in a manifest the field is that a server complains of, so that a link can lead there. */
import { isMap, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/**
 * The line (from 1) of `field`, written as in a Status (`spec.ports[0].port`), in the document that
 * begins at `documentLine`; of the nearest field above it that is written down, or else of the
 * document itself.
 */
export function fieldLine(text: string, documentLine: number, field: string | undefined): number {
  if (field === undefined || field === '') return documentLine;
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  let line = documentLine;
  for (const document of documents) {
    let node: unknown = document.contents;
    if (!isMap(node) || node.range == null || lineAt(node.range[0]) !== documentLine) continue;
    for (const step of stepsOf(field)) {
      if (isMap(node)) {
        const pair = node.items.find((item) => String(item.key) === step);
        const range = (pair?.key as { range?: readonly number[] } | undefined)?.range;
        if (pair === undefined || range?.[0] === undefined) return line;
        line = lineAt(range[0]);
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(step)] as { range?: readonly number[] } | undefined;
        if (item?.range?.[0] === undefined) return line;
        line = lineAt(item.range[0]);
        node = item;
      } else return line;
    }
  }
  return line;
}

/** `spec.ports[0].port` → spec, ports, 0, port; `labels[app.kubernetes.io/name]` keeps its dots. */
function stepsOf(field: string): string[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, key, name]) => key ?? name ?? '');
}
