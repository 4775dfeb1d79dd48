/** Image references, as far as defaulting needs to read them. */

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
/** https://github.com/distribution/reference: where it is, its name, tag and digest. */
const wellFormed = new RegExp(
  `^(?:[A-Za-z0-9.-]+(?::\\d+)?/)?${component}(?:/${component})*(?::\\w[\\w.-]{0,127})?` +
    '(?:@[A-Za-z][\\w+.-]*:[0-9A-Fa-f]{32,})?$',
);

/**
 * How an image is pulled whose pull policy is not given: `Always` for the tag `latest` (also when
 * it is only implied), `IfNotPresent` for any other tag and for a digest alone, and for what is no
 * reference.
 */
export function imagePullPolicy(reference: string | undefined): 'Always' | 'IfNotPresent' {
  if (typeof reference !== 'string' || !wellFormed.test(reference)) return 'IfNotPresent';
  const at = reference.indexOf('@');
  const named = at < 0 ? reference : reference.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon < 0) return at < 0 ? 'Always' : 'IfNotPresent';
  return named.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}
