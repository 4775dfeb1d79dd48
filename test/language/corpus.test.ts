/** Manifests that are right raise nothing: no error, no warning, whatever they are written like. */
import { describe, expect, it } from 'vitest';
import { checkerOf } from '../../language-server/language-server.case.ts';
import { readManifestFile } from '../../language-server/routing/manifest-file.ts';
import { checkFile } from '../../language-server/rules/check.ts';
import { defaultSettings } from '../../language-server/settings.ts';
import { corpusFiles } from './support/corpus.ts';

const files = corpusFiles();

/** The same manifests written in another way. */
const manners: Readonly<Record<string, (text: string, path: string) => string>> = {
  'as they are': (text) => text,
  'with CRLF': (text) => text.replace(/\r?\n/g, '\r\n'),
  'with a byte order mark': (text) => `\uFEFF${text}`,
  'with documents that are empty': (text, path) =>
    isYaml(path) ? `---\n---\n${text}\n---\n` : text,
  'with spaces at the ends of lines': (text, path) =>
    isYaml(path) && !/[|>]/.test(text) ? text.replace(/\n/g, '  \n') : text,
  'as JSON': (text, path) => (isKubernetes(path) ? asJson(text) : text),
};

function isYaml(path: string): boolean {
  return path.endsWith('.yaml');
}

function isKubernetes(path: string): boolean {
  return /^(kinds|rare|style)\//.test(path);
}

function asJson(text: string): string {
  const objects = readManifestFile(text).resources.map(({ apiVersion, kind, value }) => {
    return JSON.stringify({ ...value, apiVersion, kind }, undefined, 2);
  });
  return objects.join('\n');
}

function findingsIn(texts: ReadonlyMap<string, string>): string[] {
  const checker = checkerOf(
    Object.fromEntries([...texts].map(([path, text]) => [`/w/${path}`, text])),
  );
  const found: string[] = [];
  for (const [path, text] of texts) {
    const context = checker.contextFor(`file:///w/${path}`, defaultSettings);
    if (context === undefined) continue;
    for (const { rule, severity, message, start } of checkFile(readManifestFile(text), context)) {
      if (severity !== 'error' && severity !== 'warning') continue;
      // What the server itself would say is none of ours; agreement.test.ts compares it.
      if (rule === 'deprecated-api' || rule === 'server-warning') continue;
      const line = text.slice(0, start).split('\n').length;
      found.push(`${path}:${line} ${severity} ${rule} ${message}`);
    }
  }
  return found;
}

describe('manifests that are right', () => {
  it.each(Object.entries(manners))('%s', (_, write) => {
    const texts = new Map([...files].map(([path, text]) => [path, write(text, path)]));
    expect(findingsIn(texts)).toEqual([]);
  });

  it('are many', () => {
    const objects = [...files].flatMap(([path, text]) =>
      isKubernetes(path) ? readManifestFile(text).resources : [],
    );
    const kinds = new Set(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
    console.log(
      `corpus: ${files.size} files, ${objects.length} objects of ${kinds.size} kinds, ` +
        `each written in ${Object.keys(manners).length} ways; 0 errors, 0 warnings`,
    );
    expect(kinds.size).toBeGreaterThan(80);
    expect(objects.length).toBeGreaterThan(150);
  });
});
