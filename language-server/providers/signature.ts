/**
 * While a quantity, a duration or a time is being typed: what it amounts to so far, and what may be
 * written there.
 */
import type { Position, SignatureHelp } from 'vscode-languageserver';
import { parseApiVersion } from '../../runtime/api/object.ts';
import { at } from '../references/fields.ts';
import { gvkOf } from '../routing/manifest-file.ts';
import { resourceAt, spotAt } from '../routing/path-at.ts';
import type { Catalog } from '../schemas/catalog.ts';
import { fieldAt } from '../schemas/schema-at.ts';
import { completionContextAt } from './completion-context.ts';
import { explainValue } from './explain-value.ts';
import type { OpenFile } from './open-file.ts';

/** What may be written, by what is wanted. */
const forms = {
  cpu: '`1` = one core, `500m` = half a core, `0.5` the same',
  bytes: '`128Mi` = 128 × 1024² bytes; Ki, Mi, Gi, Ti by 1024 · k, M, G, T by 1000',
  number: '`3`, `1500m` = 1.5; k, M, G by 1000 · Ki, Mi, Gi by 1024',
  seconds: 'whole seconds',
  schedule:
    'minute hour day-of-month month day-of-week · `*/5` every fifth · `1-5` from to · `1,3` both',
} as const;

/** Undefined where something else is being written. */
export function signatureAt(
  file: OpenFile,
  position: Position,
  catalog: Catalog,
): SignatureHelp | undefined {
  const { document, manifest } = file;
  const offset = document.offsetAt(position);
  if (manifest.template) return undefined;
  const context = completionContextAt(document.getText(), offset);
  if (context?.position !== 'value') return undefined;
  const { apiVersion, kind } = context.value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const schema = catalog.forKind({ ...parseApiVersion(apiVersion), kind });
  const found = schema && fieldAt(schema, context.path, catalog);
  const wanted = found && wantedAs(found.name, catalog.resolve(found.field), kind);
  if (found === undefined || wanted === undefined) return undefined;
  const meaning = meaningOf(file, offset, catalog);
  const type = wanted === 'schedule' ? 'times' : wanted === 'seconds' ? 'seconds' : 'quantity';
  return {
    activeSignature: 0,
    signatures: [
      {
        label: `${found.name}: ${type}`,
        documentation: {
          kind: 'markdown',
          value: meaning === undefined ? forms[wanted] : `${meaning}\n\n${forms[wanted]}`,
        },
      },
    ],
  };
}

function wantedAs(
  name: string,
  { format, type }: { format?: string; type?: string },
  kind: string,
): keyof typeof forms | undefined {
  if (format === 'quantity') {
    if (/(^|\.)cpu$/.test(name)) return 'cpu';
    return /memory|storage|hugepages|sizeLimit|divisor/.test(name) ? 'bytes' : 'number';
  }
  if (type === 'integer' && /Seconds(After\w+)?$/.test(name)) return 'seconds';
  return kind === 'CronJob' && name === 'schedule' ? 'schedule' : undefined;
}

/** What is written there by now, in words. */
function meaningOf(
  { document, manifest }: OpenFile,
  offset: number,
  catalog: Catalog,
): string | undefined {
  const resource = resourceAt(manifest.resources, offset);
  // Behind the last letter the cursor is still on the value.
  const spot = resource && (spotAt(resource, offset) ?? spotAt(resource, offset - 1));
  const gvk = resource && gvkOf(resource);
  const schema = gvk && catalog.forKind(gvk);
  const found = schema && spot && fieldAt(schema, spot.path, catalog);
  if (resource === undefined || spot?.on !== 'value' || found === undefined) return undefined;
  if (
    document
      .getText()
      .slice(offset - 1, offset)
      .trim() === ''
  )
    return undefined;
  return explainValue(found.name, at(resource.value, spot.path), catalog.resolve(found.field));
}
