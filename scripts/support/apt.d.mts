/** Resolves with what apt-get has written. Rejects with an Error whose `output` is the end of that. */
export function aptGet(
  args: readonly string[],
  options?: {
    cwd?: string;
    log?: (line: string) => void;
    /** For tests. */
    program?: string;
    /** Milliseconds. */
    patience?: { longest: number; pause: number; tell: number };
  },
): Promise<string>;
