/**
 * What `dist/skiff.js` is: runs the program beside it, `skiff-main.js`, from the code that V8 made of
 * it before. To read and compile three megabytes is a good part of the time to a ready cluster, and
 * `skiff up` does it twice.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runCached } from './code-cache.ts';

const { env, platform } = process;
const caches =
  platform === 'win32'
    ? (env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'))
    : platform === 'darwin'
      ? join(homedir(), 'Library', 'Caches')
      : env.XDG_CACHE_HOME || join(homedir(), '.cache');

// A cluster is mostly asked little: what V8 spends on compiling would not come back for many thousands
// of requests. With less of what functions call compiled into them again, it spends a third less, and
// what it makes is as fast.
setFlagsFromString('--max-inlined-bytecode-size-cumulative=300');

const { fromCache, save } = runCached({
  program: join(__dirname, 'skiff-main.js'),
  // The program starts itself again through here.
  entry: __filename,
  require,
  module,
  directory: join(caches, 'skiff'),
});
// The process of a cluster is let go of when it is ready: then it has run what starting takes.
if (!fromCache && process.connected) process.once('disconnect', () => setImmediate(save));
