import { Command } from 'commander';
import { systemClock } from '../api/clock.ts';
import { chooseEngine } from '../cluster/choose-engine.ts';
import { buildImage, missingImages } from './image-builds.ts';
import { buildsIn, readManifests } from './manifests.ts';
import { oneOf, type Program } from './program.ts';

interface Options {
  readonly list?: boolean;
  readonly force?: boolean;
  readonly baseImage?: string;
  readonly output: 'text' | 'json';
}

/** One line of `skiff build -o json`. */
export type BuildLine =
  | {
      readonly image: string;
      readonly state: 'missing' | 'building' | 'built';
      readonly directory: string;
    }
  | { readonly image: string; readonly state: 'output'; readonly line: string };

/** `skiff build`: builds images that manifests name (annotation skiff.dev/build) and the engine lacks. */
export function buildCommand(program: Program): Command {
  return new Command('build')
    .description('build the images that manifests name and the engine lacks')
    .argument('<path...>', 'manifest files or folders')
    .option('--list', 'only tell which are missing')
    .option('--force', 'build those, too, that the engine has')
    .option('--base-image <image>', "for the Dockerfiles' BASE argument")
    .option(
      '-o, --output <format>',
      'text, or json with an object a line',
      oneOf('text', 'json'),
      'text',
    )
    .action((paths: string[], options: Options) => build(program, paths, options));
}

async function build(program: Program, paths: readonly string[], options: Options): Promise<void> {
  const builds = (await readManifests(paths)).flatMap(buildsIn);
  const say = (line: BuildLine) =>
    console.log(options.output === 'json' ? JSON.stringify(line) : textOf(line));
  if (builds.length === 0) return;
  const engine = await chooseEngine('docker', program.surroundings, systemClock, () => {});
  try {
    const wanted = options.force ? builds : await missingImages(engine, builds);
    for (const each of wanted) {
      const { image, directory } = each;
      if (options.list) {
        say({ image, state: 'missing', directory });
        continue;
      }
      say({ image, state: 'building', directory });
      const baseImage =
        options.baseImage ?? (program.surroundings.env.SKIFF_BASE_IMAGE || undefined);
      await buildImage(each, {
        engine,
        ...(baseImage === undefined ? {} : { baseImage }),
        onLine: (line) => say({ image, state: 'output', line }),
      });
      say({ image, state: 'built', directory });
    }
  } finally {
    await engine.close();
  }
}

function textOf(line: BuildLine): string {
  return line.state === 'output' ? `  ${line.line}` : `${line.image} ${line.state}`;
}
