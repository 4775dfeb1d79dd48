/** Texts with some of them cut out, doubled, or broken by bits of YAML. */
import fc from 'fast-check';

export function brokenTexts(
  seeds: readonly string[],
  splinters: readonly string[],
  changes: { minLength?: number; maxLength: number },
): fc.Arbitrary<string> {
  const how = fc.constantFrom('cut', 'copy', 'insert');
  const change = fc.tuple(fc.nat(), fc.nat(12), how, fc.constantFrom(...splinters));
  return fc.tuple(fc.constantFrom(...seeds), fc.array(change, changes)).map(([seed, made]) => {
    let text = seed;
    for (const [where, length, kind, splinter] of made) {
      const at = where % (text.length + 1);
      if (kind === 'cut') text = text.slice(0, at) + text.slice(at + length);
      else if (kind === 'copy') text = text.slice(0, at + length) + text.slice(at);
      else text = text.slice(0, at) + splinter + text.slice(at);
    }
    return text;
  });
}
