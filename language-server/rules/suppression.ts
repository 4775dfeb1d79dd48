/**
 * How people say that a rule is wrong about a place: by a comment on the line or alone on the line
 * above (`# skiff-ignore latest-tag -- built here`), by one for the whole file
 * (`# skiff-ignore-file latest-tag`), or by an annotation of the object
 * (`skiff.dev/ignore: "latest-tag, read-only-root"`). Without names it is all rules; in the
 * annotation that is `*`.
 */
import { at } from '../references/fields.ts';
import type { ManifestFile, Resource } from '../routing/manifest-file.ts';
import type { Problem } from './problem.ts';

export const ignoreAnnotation = 'skiff.dev/ignore';

/** Where an object's annotations are, and those of the pods that it makes. */
const annotationPaths = [
  ['metadata', 'annotations', ignoreAnnotation],
  ['spec', 'template', 'metadata', 'annotations', ignoreAnnotation],
];

/** Says of the file's problems whether somebody has silenced them. */
export function suppressionIn(file: ManifestFile): (problem: Problem) => boolean {
  const { text } = file;
  const hasComments = text.includes('skiff-ignore');
  const hasAnnotations = text.includes(ignoreAnnotation);
  if (!hasComments && !hasAnnotations) return () => false;
  const inFile = hasComments ? fileRules(text) : [];
  return (problem) =>
    inFile.some((rules) => names(rules, problem.rule)) ||
    (hasComments && isSilencedByLine(problem, text)) ||
    (hasAnnotations && isSilencedByObject(problem, file.resources));
}

/** What follows the word: names of rules with commas or spaces between, then a reason. */
const rest = '(?::|(?=\\s|$))\\s*([\\w\\s,-]*?)(?:\\s+--\\s.*)?\\s*$';
const lineComment = new RegExp(`#\\s*skiff-ignore${rest}`);
const fileComment = new RegExp(`^\\s*#\\s*skiff-ignore-file${rest}`);

function fileRules(text: string): string[] {
  return text.split('\n').flatMap((line) => fileComment.exec(line)?.[1] ?? []);
}

function isSilencedByLine({ rule, start }: Problem, text: string): boolean {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', start);
  const line = text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const above = text.slice(text.lastIndexOf('\n', lineStart - 2) + 1, Math.max(0, lineStart - 1));
  return ignores(line, rule) || (/^\s*#/.test(above) && ignores(above, rule));
}

function ignores(line: string, rule: string): boolean {
  const rules = lineComment.exec(line)?.[1];
  return rules !== undefined && names(rules, rule);
}

function isSilencedByObject({ rule, start }: Problem, resources: readonly Resource[]): boolean {
  const resource = resources.find((each) => each.start <= start && start <= each.end);
  return annotationPaths.some((path) => {
    const rules = at(resource?.value, path);
    return typeof rules === 'string' && rules.trim() !== '' && names(rules, rule);
  });
}

function names(rules: string, rule: string): boolean {
  const list = rules.split(/[\s,]+/).filter((name) => name !== '');
  return list.length === 0 || list.includes('*') || list.includes(rule);
}
