// Packages that a program needs only sometimes, in bundles of their own beside it: to compile what is
// never called is a good part of a start. The source imports them like any other package.
import { build } from 'esbuild';

/**
 * A plugin for the bundle of the program, which builds the other bundles, too.
 * @param files packages by the name of the file in which they come, which stands beside the program
 * @param options of esbuild for those files
 * @param outdir where the program is
 */
export function loadedLater(files, options, outdir) {
  const fileOf = new Map(
    Object.entries(files).flatMap(([file, names]) => names.map((name) => [name, file])),
  );
  const source = (names) =>
    names.map((name) => `export * as ${idOf(name)} from ${JSON.stringify(name)};`).join('\n');
  return {
    name: 'loaded-later',
    setup({ onStart, onResolve, onLoad }) {
      onStart(async () => {
        for (const [file, names] of Object.entries(files)) {
          const stdin = { contents: source(names), resolveDir: options.absWorkingDir };
          await build({ ...options, stdin, outfile: `${outdir}/${file}` });
        }
      });
      onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if ([...fileOf.values()].some((file) => path === `./${file}`))
          return { path, external: true };
        if (!fileOf.has(path)) return undefined;
        return { path, namespace: kind === 'dynamic-import' ? 'at-once' : 'when-used' };
      });
      onLoad({ filter: /.*/, namespace: 'at-once' }, ({ path }) => ({
        contents: `module.exports = require("./${fileOf.get(path)}").${idOf(path)};`,
      }));
      onLoad({ filter: /.*/, namespace: 'when-used' }, async ({ path }) => ({
        contents: Object.keys(await import(path))
          .map((name) => {
            const get = `() => require("./${fileOf.get(path)}").${idOf(path)}[${JSON.stringify(name)}]`;
            return `Object.defineProperty(exports, ${JSON.stringify(name)}, { enumerable: true, get: ${get} });`;
          })
          .join('\n'),
      }));
    },
  };
}

function idOf(name) {
  return `_${name.replaceAll(/\W/g, '_')}`;
}
