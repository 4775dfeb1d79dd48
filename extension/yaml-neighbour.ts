/**
 * Living together with Red Hat's YAML extension (redhat.vscode-yaml), which answers for every YAML
 * file. Who does what where both are installed:
 *
 * - Kubernetes manifests: ours checks fields, completes and explains. We tell Red Hat's, through its
 *   own API, that a manifest's schema is the empty one, so it finds nothing wrong there and has
 *   nothing to add; otherwise each problem, completion and hover would come twice.
 * - YAML syntax, formatting and what Enter does: Red Hat's, in manifests, too. Our rule `yaml-syntax` is off unless a
 *   person has set it, and our server offers no formatting.
 * - All other YAML files: Red Hat's alone. Our server is silent about them anyway.
 */

export const yamlNeighbour = 'redhat.vscode-yaml';

const schemaScheme = 'skiff-manifest';

/** What the extension exports, as far as we use it. https://github.com/redhat-developer/vscode-yaml */
export interface YamlApi {
  registerContributor(
    scheme: string,
    requestSchema: (resource: string) => string | undefined,
    requestSchemaContent: (uri: string) => string,
  ): boolean;
}

/** Keeps it out of the files that `isManifest` says are ours; false where it has no such door. */
export function claimManifests(api: unknown, isManifest: (uri: string) => boolean): boolean {
  if (!isYamlApi(api)) return false;
  return api.registerContributor(
    schemaScheme,
    (resource) => (isManifest(resource) ? `${schemaScheme}://schema/any` : undefined),
    // The title stands above the first line, where that extension names the schema of a file.
    () => JSON.stringify({ title: 'Checked by Skiff' }),
  );
}

/** The `skiff` section for our server: what the neighbour reports is not reported again. */
export function withoutSyntax(section: unknown): unknown {
  const { validation = {}, ...rest } = record(section);
  const { rules = {}, ...others } = record(validation);
  return { ...rest, validation: { ...others, rules: { 'yaml-syntax': 'off', ...record(rules) } } };
}

function isYamlApi(api: unknown): api is YamlApi {
  return typeof record(api).registerContributor === 'function';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
