/** Which texts are manifests: cheap, because it is asked of every document that opens. */

/** Generous: has an apiVersion and a kind at the beginning of lines, or is JSON with both. */
export function looksLikeManifest(text: string): boolean {
  if (/^\s*[{[]/.test(text)) return /"apiVersion"\s*:/.test(text) && /"kind"\s*:/.test(text);
  return /^\uFEFF?apiVersion\s*:/m.test(text) && /^kind\s*:/m.test(text);
}

/** What builds manifests: its name says what it is, and the language server knows it. */
export function isToolFile(path: string): boolean {
  return /\/(kustomization\.ya?ml|Chart\.yaml)$/.test(path);
}

/** Helm templates are no YAML before they are rendered. */
export function looksLikeTemplate(text: string): boolean {
  return /\{\{[-\s]*(?:\.|include|template|if|range|with|end|define|toYaml)/.test(text);
}
