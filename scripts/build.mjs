// Bundles everything into dist/: the three programs, the webview pages, the schemas and the files
// of the node image. `node scripts/build.mjs --no-schemas` leaves schemas alone that are there.

import './support/node-version.mjs';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { buildSchemas } from './schemas/build.mjs';
import { loadedLater } from './support/loaded-later.mjs';

const root = resolve(import.meta.dirname, '..');
/** One program alone, for quick rounds: `node scripts/build.mjs --only=skiff`. */
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length);
const production = !process.argv.includes('--development');

/**
 * dockerode carries what we have no use for (engines over SSH, BuildKit sessions), native code among
 * it; an empty module stands in. gRPC itself is for etcd, without the parser of .proto files.
 */
const leftOut = {
  name: 'left-out',
  setup({ onResolve, onLoad }) {
    const filter = /^(ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)$/;
    onResolve({ filter }, ({ path, importer }) =>
      path === '@grpc/grpc-js' && !/[\\/](dockerode|docker-modem)[\\/]/.test(importer)
        ? undefined
        : { path, namespace: 'left-out' },
    );
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: !production,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
};
const { version, engines } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
const define = {
  SKIFF_VERSION: JSON.stringify(version),
  SKIFF_NODE: JSON.stringify(engines.node),
};
const node = {
  ...common,
  define,
  plugins: [leftOut],
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
};

/**
 * The runtime keeps its names as they are: to shorten them and put them back (keepNames) would cost a
 * call for each function that is made, thousands at the start and dozens for each request.
 */
const runtime = {
  ...node,
  keepNames: false,
  minify: false,
  minifyWhitespace: production,
  minifySyntax: production,
};

/** The formatter and the expressions of policies, each a quarter of all; few files need them. */
const languageServer = {
  ...node,
  plugins: [
    ...node.plugins,
    loadedLater(
      {
        'language-server-formatter.js': [
          'yaml-language-server/lib/esm/languageservice/services/yamlFormatter.js',
        ],
        'language-server-cel.js': [
          '@marcbachmann/cel-js',
          '@marcbachmann/cel-js/evaluator',
          're2js',
        ],
      },
      node,
      'dist',
    ),
  ],
};

const optionsOf = (outfile) => {
  if (outfile.startsWith('dist/skiff')) return runtime;
  return outfile === 'dist/language-server.js' ? languageServer : node;
};

const programs = {
  'dist/extension.js': 'extension/extension.ts',
  'dist/language-server.js': 'language-server/main.ts',
  // For a debugger the program itself; else a launcher that starts it from compiled code.
  ...(production
    ? {
        'dist/skiff.js': 'runtime/cli/launch.ts',
        'dist/skiff-front.js': 'runtime/cli/front.ts',
        'dist/skiff-main.js': 'runtime/cli/main.ts',
      }
    : { 'dist/skiff.js': 'runtime/cli/main.ts' }),
  'dist/skiff-yaml.js': 'runtime/apiserver/http/yaml-worker.ts',
};

await mkdir(resolve(root, 'dist/media'), { recursive: true });
// The bundles are CommonJS whatever a package.json further up says.
await writeFile(resolve(root, 'dist/package.json'), '{ "type": "commonjs" }\n');

await Promise.all(
  Object.entries(programs)
    .filter(
      ([outfile]) =>
        only === undefined ||
        (only === 'skiff' ? outfile.startsWith('dist/skiff') : outfile === `dist/${only}.js`),
    )
    .map(([outfile, entry]) =>
      build({
        ...optionsOf(outfile),
        entryPoints: [entry],
        outfile,
      }),
    ),
);

const pages = (await readdir(resolve(root, 'media/pages'))).filter((name) =>
  existsSync(resolve(root, 'media/pages', name, 'main.ts')),
);
const flatPages = (await readdir(resolve(root, 'media/pages'))).filter((name) =>
  /\.page\.ts$/.test(name),
);
await build({
  ...common,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  outdir: 'dist/media',
  entryPoints: [
    ...pages.map((name) => ({ in: `media/pages/${name}/main.ts`, out: name })),
    ...flatPages.map((name) => ({
      in: `media/pages/${name}`,
      out: name.replace(/\.page\.ts$/, ''),
    })),
  ],
});

await rm(resolve(root, 'dist/node-image'), { recursive: true, force: true });
await cp(resolve(root, 'runtime/engine/node-image'), resolve(root, 'dist/node-image'), {
  recursive: true,
});

if (!process.argv.includes('--no-schemas') || !existsSync(resolve(root, 'dist/schemas'))) {
  await buildSchemas(resolve(root, 'dist/schemas'));
}
