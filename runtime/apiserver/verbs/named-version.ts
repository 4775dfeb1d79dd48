/** The resourceVersion that a client has put into an object: a number, of which zero is as good as none. */
import { goQuote } from '../../api/go-text.ts';
import { ApiError } from '../../api/status.ts';

const largest = 2n ** 64n - 1n;

/**
 * Its digits without zeros before them; empty if it names none. Throws ApiError for what is no number: with
 * code 500 and no reason, as the original answers what its strconv.ParseUint says.
 */
export function namedVersion(text: string | undefined): string {
  if (!text) return '';
  if (!/^\d+$/.test(text)) throw unreadable(text, 'invalid syntax');
  const digits = text.replace(/^0+/, '');
  if (digits.length > 20 || BigInt(digits) > largest) throw unreadable(text, 'value out of range');
  return digits;
}

/** As `namedVersion`; what is no number names none, either. */
export function readableVersion(text: string | undefined): string {
  return /^\d+$/.test(text ?? '') ? namedVersion(text) : '';
}

function unreadable(text: string, why: string): ApiError {
  return new ApiError({
    ...({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const),
    message: `strconv.ParseUint: parsing ${goQuote(text)}: ${why}`,
    code: 500,
  });
}
