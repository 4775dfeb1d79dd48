/** The `skiff` command. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { ApiError } from '../api/status.ts';
import { KubeconfigError } from '../client/kubeconfig.ts';
import { ManifestError } from '../client/manifests.ts';
import { ClusterError } from '../cluster/data-directory.ts';
import { EngineError } from '../engine/engine.ts';
import { buildCommand } from './build.ts';
import { deployCommand } from './deploy.ts';
import { downCommand } from './down.ts';
import { imagesCommand } from './images.ts';
import { nodeProblem } from './node-version.ts';
import type { Program } from './program.ts';
import { statusCommand } from './status.ts';
import { upCommand } from './up.ts';

/** Written in by the build; in tests there is none. */
declare const SKIFF_VERSION: string | undefined;
/** As in package.json. */
declare const SKIFF_NODE: string | undefined;

const version = typeof SKIFF_VERSION === 'string' ? SKIFF_VERSION : '0.0.0-development';

const problem =
  typeof SKIFF_NODE === 'string' ? nodeProblem(process.versions.node, SKIFF_NODE) : undefined;
if (problem !== undefined) {
  console.error(`skiff: ${problem}`);
  process.exit(1);
}

const program: Program = {
  version,
  entry: __filename,
  assets: {
    schemas: join(__dirname, 'schemas'),
    nodeImage: join(__dirname, 'node-image'),
    yamlWorker: join(__dirname, 'skiff-yaml.js'),
  },
  surroundings: {
    env: process.env,
    home: homedir(),
    platform: process.platform,
    uid: process.getuid?.(),
  },
};

const command = new Command('skiff')
  .description(
    'A Kubernetes cluster of your own: starts in a moment, runs on your container engine.',
  )
  .version(version)
  .showHelpAfterError('(skiff --help lists the commands)');
for (const make of [
  upCommand,
  downCommand,
  statusCommand,
  deployCommand,
  buildCommand,
  imagesCommand,
]) {
  command.addCommand(make(program));
}

/** Mistakes of the person or states of the world, each worded for people. */
const knownErrors = [ClusterError, ManifestError, KubeconfigError, EngineError, ApiError];

command.parseAsync().catch((error: unknown) => {
  // A known mistake is one line; anything else is a fault of ours and shows where it happened.
  const known = knownErrors.some((type) => error instanceof type);
  const text =
    error instanceof Error
      ? known
        ? error.message
        : (error.stack ?? error.message)
      : String(error);
  console.error(`skiff: ${text}`);
  process.exit(1);
});
