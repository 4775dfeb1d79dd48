import type { UnknownObject } from './object.ts';
import { isRecord } from './validation/values.ts';

/** Puts what a Secret has as text (`stringData`, written only) to its `data`. Changes the object. */
export function foldTexts(object: UnknownObject): void {
  const { stringData } = object;
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || stringData === undefined) return;
  const data: Record<string, unknown> = isRecord(object.data) ? object.data : {};
  for (const [name, text] of Object.entries(isRecord(stringData) ? stringData : {})) {
    data[name] = Buffer.from(String(text)).toString('base64');
  }
  object.data = data;
  delete object.stringData;
}
