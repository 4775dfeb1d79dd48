/** Text that some tool makes YAML of: it is none yet, so nothing can be said about it. */
import { isMap, visit } from 'yaml';
import type { YamlDocument } from './yaml-text.ts';

/**
 * ytt writes its templates into comments: `port: #@ data.values.port`, `#@ if …`, `#@overlay/match`.
 * https://carvel.dev/ytt/docs/latest/lang/
 */
const yttDirective =
  /^ *#@ *(?:load\(|def |if |for |elif |else:|end\b)|^ *#@(?:overlay|data|schema|library|yaml)\/|[:-] #@ /m;

/**
 * Template text has double braces where YAML would have a value: they either break the parse or
 * read as a map within a map. Inside a string they mean nothing to us.
 */
export function isTemplate(source: string, documents: readonly YamlDocument[]): boolean {
  if (source.includes('#@') && yttDirective.test(source)) return true;
  if (source.includes('%{') && documents.some((each) => stumblesOver(k3sVariable, each, source)))
    return true;
  if (!source.includes('{{') && !source.includes('{%')) return false;
  return documents.some((document) => {
    if (stumblesOver(/\{[{%]/, document, source)) return true;
    let found = false;
    visit(document, {
      Map(_, map) {
        if (map.flow === true && map.items.some(({ key }) => isMap(key))) {
          found = true;
          return visit.BREAK;
        }
        return undefined;
      },
    });
    return found;
  });
}

/** What K3s fills into the manifests that it brings with it: `clusterIP: %{CLUSTER_DNS}%`. */
const k3sVariable = /%\{\w+\}%/;

function stumblesOver(pattern: RegExp, { errors }: YamlDocument, source: string): boolean {
  return errors.some(({ pos }) => pattern.test(lineOf(source, pos[0])));
}

function lineOf(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  return source.slice(start, end < 0 ? undefined : end);
}
