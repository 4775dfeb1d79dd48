/** Sizes of a terminal, told to the engine in the order in which the client told them. */

/**
 * Makes the `resize` of a session. Clients send several sizes in a row (kubectl one that is too large
 * first, so that programs draw anew), and calls of an engine may overtake each other: the next one
 * waits for the one before, and of those that wait only the newest is sent. A size that the engine
 * refuses changes nothing.
 */
export function terminalSizes(
  send: (columns: number, rows: number) => Promise<unknown>,
): (columns: number, rows: number) => void {
  let wanted: [columns: number, rows: number] | undefined;
  let busy = false;
  const work = async () => {
    busy = true;
    while (wanted !== undefined) {
      const size = wanted;
      wanted = undefined;
      // The process may have ended by now.
      await send(...size).catch(() => {});
    }
    busy = false;
  };
  return (columns, rows) => {
    wanted = [columns, rows];
    if (!busy) void work();
  };
}
