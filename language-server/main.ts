/**
 * Entry of dist/language-server.js: `check PATH…` checks files and exits; anything else (--node-ipc,
 * --stdio) serves an editor.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { systemClock } from '../runtime/api/clock.ts';
import { runCheck } from './cli/check.ts';
import { diskFiles } from './files.ts';
import { startServer } from './server.ts';

const schemaDirectory = join(__dirname, 'schemas');
const [command, ...args] = process.argv.slice(2);

if (command?.startsWith('--') && command !== '--help') {
  const connection = createConnection(ProposedFeatures.all);
  startServer(connection, {
    schemaDirectory,
    documentation: `${pathToFileURL(join(__dirname, '..', 'docs', 'rules')).href}/`,
    files: diskFiles,
    clock: systemClock,
  });
} else {
  // Whoever reads the output may have seen enough: `check . | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  runCheck([...(command === undefined ? [] : [command]), ...args], {
    schemaDirectory,
    files: diskFiles,
    cwd: process.cwd(),
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  }).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    },
  );
}
