/** The runtime's own log: one line an event, time first, kept small. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../api/clock.ts';

export type Log = (component: string, message: string) => void;

const maxBytes = 10 * 1024 * 1024;

/** Appends to the file; at 10 MiB it becomes `<file>.1` and a new one begins. */
export function openLog(file: string, clock: Clock): Log {
  mkdirSync(dirname(file), { recursive: true });
  let size = sizeOf(file);
  return (component, message) => {
    const line = `${new Date(clock.now()).toISOString()} ${component}: ${message}\n`;
    try {
      if (size > maxBytes) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += line.length;
    } catch {
      // A log that cannot be written must not stop the cluster.
    }
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
