/**
 * The `skiff` command, with or without the code of a cluster itself: that is most of it, and of no use
 * to a command that asks a cluster or starts one in a process of its own.
 */
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

/** Mistakes of the person or states of the world, each worded for people. */
const knownErrors = [ClusterError, ManifestError, KubeconfigError, EngineError, ApiError];

/** Does what the command line says. `run` is left out of a program that cannot be a cluster. */
export function runCommand(run?: Program['run']): void {
  const problem =
    typeof SKIFF_NODE === 'string' ? nodeProblem(process.versions.node, SKIFF_NODE) : undefined;
  if (problem !== undefined) {
    console.error(`skiff: ${problem}`);
    process.exit(1);
  }
  commandOf(programWith(run)).parseAsync().catch(fail);
}

function programWith(run: Program['run']): Program {
  return {
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
    ...(run === undefined ? {} : { run }),
  };
}

function commandOf(program: Program): Command {
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
  return command;
}

/** A known mistake is one line; anything else is a fault of ours and shows where it happened. */
function fail(error: unknown): never {
  const known = knownErrors.some((type) => error instanceof type);
  const text =
    error instanceof Error
      ? known
        ? error.message
        : (error.stack ?? error.message)
      : String(error);
  console.error(`skiff: ${text}`);
  process.exit(1);
}
