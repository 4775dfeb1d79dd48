import { InvalidArgumentError } from 'commander';
import type { Assets } from '../cluster/cluster.ts';
import type { runCluster } from '../cluster/run.ts';
import type { Surroundings } from '../engine/docker/find.ts';

/** What every command needs to know of the program it is part of. */
export interface Program {
  readonly version: string;
  /** The script itself, for starting it again as a cluster's process. */
  readonly entry: string;
  readonly assets: Assets;
  readonly surroundings: Surroundings;
  /** Left out of the program that commands run in: most of the code belongs to it. */
  readonly run?: typeof runCluster;
}

/** Parses a whole number in a range, for commander. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
    }
    return value;
  };
}

/** Parses `90`, `90s`, `5m`, `1h30m` into milliseconds, for commander. */
export function duration(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === '') {
    throw new InvalidArgumentError('a duration such as 90s, 5m or 1h30m is wanted.');
  }
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** One of a few words, for commander. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`one of ${words.join(', ')} is wanted.`);
    return word;
  };
}
