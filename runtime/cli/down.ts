import { Command } from 'commander';
import { systemClock } from '../api/clock.ts';
import { defaultName } from '../cluster/clusters.ts';
import { takeDown } from '../cluster/lifecycle.ts';
import type { Program } from './program.ts';

interface Options {
  readonly name: string;
  readonly data?: string;
  readonly purge?: boolean;
}

/** `skiff down`: ends a cluster and removes its containers; `--purge` its data, too. */
export function downCommand(program: Program): Command {
  return new Command('down')
    .description('end a cluster and remove its containers; its objects and volumes stay')
    .option('--name <name>', 'of the cluster', defaultName)
    .option('--data <directory>', 'of the cluster, if it is not known by name')
    .option('--purge', 'also remove its objects, keys and volumes for good')
    .action(async ({ name, data, purge = false }: Options) => {
      const wasKnown = await takeDown(
        {
          name,
          ...(data === undefined ? {} : { data }),
          purge,
          onProgress: (line) => console.log(line),
        },
        program.surroundings,
        systemClock,
      );
      const unknown = `no cluster "${name}" is known here; nothing of that name is left on the engine`;
      console.log(wasKnown ? `cluster "${name}" is ${purge ? 'removed' : 'down'}` : unknown);
    });
}
