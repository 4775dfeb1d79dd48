import type { core } from '../../api/types.ts';
import { sameJson } from '../registry/json.ts';

type Toleration = core.Toleration;

/** Both lists as one, without what another of them tolerates already; of two that are equal the first. */
export function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, toleration] of all.entries()) {
    const known = merged.some((other) => covers(other, toleration));
    const later = all
      .slice(index + 1)
      .some((other) => !sameJson(other, toleration) && covers(other, toleration));
    if (!known && !later) merged.push(toleration);
  }
  return merged;
}

/** Does `wide` tolerate all that `narrow` does? */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (sameJson(wide, narrow)) return true;
  const everyKey = !wide.key && wide.operator === 'Exists';
  if ((wide.key ?? '') !== (narrow.key ?? '') && !everyKey) return false;
  if (wide.effect && wide.effect !== narrow.effect) return false;
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds } = narrow;
    if (tolerationSeconds === undefined || tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  if ((wide.operator ?? 'Equal') !== 'Equal') return false;
  return (narrow.operator ?? 'Equal') === 'Equal' && (wide.value ?? '') === (narrow.value ?? '');
}
