/**
 * The one name that is made of the given one's words and others, or of some of its words: `pullPolicy`
 * and `imagePullPolicy`, `imageTag` and `image`. Undefined where there is none, or more than one as near.
 */
export function nameInParts(given: string, names: readonly string[]): string | undefined {
  const words = wordsOf(given);
  const rated = names.flatMap((name) => {
    const others = wordsOf(name);
    const [short, long] = words.length < others.length ? [words, others] : [others, words];
    // A single short word says little: `a`, `to`, `ip`.
    if (short.join('').length < 3 || !isWithin(short, long)) return [];
    return [{ name, extra: long.length - short.length }];
  });
  const least = Math.min(...rated.map(({ extra }) => extra));
  const best = rated.filter(({ extra }) => extra === least);
  return best.length === 1 ? best[0]?.name : undefined;
}

/** Of `imagePullPolicy`, `volume_mounts` and `host-name`, without the s of a plural. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .map((word) => word.toLowerCase().replace(/(?<=..[^s])s$/, ''))
    .filter((word) => word !== '');
}

/** Whether the words stand in the others, side by side. */
function isWithin(words: readonly string[], others: readonly string[]): boolean {
  return others.some((_, from) =>
    words.every((word, index) => isSameWord(word, others[from + index] ?? '')),
  );
}

/** `environment` is `env` written out. */
function isSameWord(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short === long || (short.length >= 3 && long.startsWith(short));
}
