// Fields that have no value of their own for "nothing": a text that is empty, a number that is 0 and a
// flag that is false are as good as left out, and are left out of what is stored and shown. Other
// optional fields of these types tell nothing from a zero. The tables of the binary form know which are
// which (`-` and `?`), for it has to tell them apart too; there is no second table.
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const root = resolve(import.meta.dirname, '../..');
const { outputFiles } = buildSync({
  entryPoints: [join(root, 'runtime/apiserver/protobuf/fields.ts')],
  ...{ bundle: true, write: false, platform: 'node', format: 'esm' },
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { messageSpec } = await import(`data:text/javascript;base64,${code}`);

const scalars = new Set(['bool', 'bytes', 'double', 'int', 'string']);

/** Their names, of a type such as `{ stem: 'core', version: 'v1', type: 'Probe' }`. */
export function zerosOf({ stem, version, type }) {
  // Its versions are so unlike each other that each has tables of its own.
  const home = stem === 'autoscaling' ? (version === 'v1' ? 'autoscaling1' : 'autoscaling2') : stem;
  const fields = fieldsOf(`${home}.${type}`);
  return new Set(fields.filter(isLeftOut).map(({ name }) => name));
}

function isLeftOut({ type, shape, whenEmpty }) {
  return shape === 'one' && whenEmpty === 'drop' && scalars.has(type);
}

/** With those of members that stand among its own. */
function fieldsOf(message) {
  const fields = [...(messageSpec(message)?.values() ?? [])];
  return fields.flatMap((field) => (field.inline ? fieldsOf(field.type) : [field]));
}
