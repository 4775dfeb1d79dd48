import { Command } from 'commander';
import { systemClock } from '../api/clock.ts';
import { chooseEngine } from '../cluster/choose-engine.ts';
import { oneOf, type Program } from './program.ts';

/** `skiff images`: the names of the images that pods of a local cluster can use without a pull. */
export function imagesCommand(program: Program): Command {
  return new Command('images')
    .description('list the images that the container engine has')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action(async ({ output }: { readonly output: 'text' | 'json' }) => {
      const engine = await chooseEngine('docker', program.surroundings, systemClock, () => {});
      try {
        const names = [...new Set((await engine.images()).flatMap(({ tags }) => tags))].sort();
        if (output === 'json') console.log(JSON.stringify(names));
        else for (const name of names) console.log(name);
      } finally {
        await engine.close();
      }
    });
}
