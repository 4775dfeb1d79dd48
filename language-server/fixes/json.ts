/** Edits that were meant for YAML, in JSON: names and texts keep their quotes. */
import type { Edit } from '../rules/problem.ts';

/** @param text of the file, which is JSON */
export function inJson({ start, end, text: next }: Edit, text: string): Edit {
  const isQuoted = text[start] === '"' && text[end - 1] === '"' && end - start > 1;
  return { start, end, text: isQuoted && !isJsonValue(next) ? JSON.stringify(next) : next };
}

function isJsonValue(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
