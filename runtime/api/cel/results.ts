/** What functions give, as far as that can be told from their names and from what they are called on. */
import { any, type CelType, optionalOf, text } from './types.ts';

const texts: CelType = { kind: 'list', element: text };

/** By the type of the result, the functions that always give it. */
const plainResults: Readonly<Record<string, CelType>> = Object.fromEntries(
  (
    [
      [
        { kind: 'bool' },
        'bool contains endsWith hasValue isCIDR isCanonical isGlobalUnicast isGreaterThan isIP isInteger isLessThan isLinkLocalMulticast isLinkLocalUnicast isLoopback isQuantity isSemver isSorted isURL isUnspecified matches startsWith containsCIDR containsIP sets.contains sets.equivalent sets.intersects',
      ],
      [
        { kind: 'int' },
        'asInteger compareTo family getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds indexOf int lastIndexOf major minor patch prefixLength sign size uint',
      ],
      [
        text,
        'charAt escapeKey find format getEscapedPath getHost getHostname getPort getScheme join lowerAscii replace string strings.quote substring trim upperAscii',
      ],
      [texts, 'findAll split'],
      [{ kind: 'double' }, 'asApproximateFloat double'],
      [{ kind: 'bytes' }, 'bytes'],
      [{ kind: 'timestamp' }, 'timestamp'],
      [{ kind: 'duration' }, 'duration'],
      [{ kind: 'type' }, 'type'],
      [{ kind: 'opaque' }, 'add cidr ip masked quantity semver sub url'],
      [{ kind: 'map', key: text, element: texts }, 'getQuery'],
      [optionalOf(texts), 'validate'],
      [optionalOf({ kind: 'opaque' }), 'format.named'],
      [optionalOf(any), 'optional.none'],
    ] as const
  ).flatMap(([type, names]) => names.split(' ').map((name) => [name, type])),
);

/**
 * What a call gives; `any` where that cannot be told.
 * @param name of a function of a namespace: `sets.contains`
 * @param target what it is called on; undefined for a function that stands alone
 */
export function resultOf(
  name: string,
  target: CelType | undefined,
  args: readonly CelType[],
): CelType {
  if (Object.hasOwn(plainResults, name)) return plainResults[name] ?? any;
  switch (name) {
    case 'sum':
    case 'min':
    case 'max':
    case 'orValue':
    case 'value':
      return target?.element ?? any;
    case 'or':
    case 'reverse':
      return target ?? any;
    case 'optional.of':
    case 'optional.ofNonZeroValue':
      return optionalOf(args[0] ?? any);
    default:
      return name.startsWith('format.') ? { kind: 'opaque' } : any;
  }
}
