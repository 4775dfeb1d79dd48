/** Files that are longer than any manifest, which nobody should have to wait for. */
import type { ManifestFile } from './manifest-file.ts';

const mostMb = 10;
/** An API server takes 3 MB of one object, and etcd 1.5. */
const mostCharacters = mostMb * 1024 * 1024;

/** What is said of a text that is not read for its length; undefined for any other. */
export function tooLong(text: string): ManifestFile | undefined {
  if (text.length <= mostCharacters) return undefined;
  const message = `This file has more than ${mostMb} MB, and so it is not read: it is neither checked, nor is known what it defines`;
  const end = Math.min(text.length, Math.max(1, text.indexOf('\n')));
  return {
    text,
    parts: [],
    resources: [],
    problems: [{ start: 0, end, code: 'RESOURCE_EXHAUSTION', message, severity: 'warning' }],
    template: false,
  };
}
