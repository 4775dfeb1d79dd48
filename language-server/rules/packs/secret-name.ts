/** Words that name something nobody should read. */
const words =
  /(^|[_.-])(pass(word|wd|phrase)?|pwd|secret|token|credentials?|(api|private|access|secret|signing|encryption)[_.-]?key)s?([_.-]|$)/i;
/** Names that speak about a secret and hold none. */
const about =
  /(file|path|dir|url|uri|endpoint|name|header|type|ttl|expir\w*|timeout|length|policy|enabled|issuer|audience|id|seconds|minutes|hours|days|ref)$/i;

/** Whether a setting of this name, with this value, is likely to be a secret in clear text. */
export function isSecretSetting(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.length < 4) return false;
  // A value that is put together from others, or a switch, gives nothing away.
  if (/^\$\(.*\)$/.test(value) || /^(true|false|none|null|\d{1,5})$/i.test(value)) return false;
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1_$2');
  return words.test(spaced) && !about.test(spaced);
}
