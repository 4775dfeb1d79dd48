/** Image references, as far as defaulting needs to read them. */

/**
 * How an image is pulled whose pull policy is not given: `Always` for the tag `latest` (also when
 * it is only implied), `IfNotPresent` for any other tag and for a digest alone.
 */
export function imagePullPolicy(reference: string | undefined): 'Always' | 'IfNotPresent' {
  if (typeof reference !== 'string' || reference === '') return 'IfNotPresent';
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon < 0) return at < 0 ? 'Always' : 'IfNotPresent';
  return named.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}
