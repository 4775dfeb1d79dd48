/** Which texts are manifests: cheap, because it is asked of every document that opens. */

/** Generous: has an apiVersion and a kind at the beginning of lines, or is JSON with both. */
export function looksLikeManifest(text: string): boolean {
  if (/^\s*[{[]/.test(text)) return /"apiVersion"\s*:/.test(text) && /"kind"\s*:/.test(text);
  return /^apiVersion\s*:/m.test(text) && /^kind\s*:/m.test(text);
}

/** Helm templates are no YAML before they are rendered. */
export function looksLikeTemplate(text: string): boolean {
  return /\{\{[-\s]*(?:\.|include|template|if|range|with|end|define|toYaml)/.test(text);
}
