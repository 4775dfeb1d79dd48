/**
 * What `dist/skiff.js` is: runs one of the programs beside it from the code that V8 made of it before.
 * To read and compile three megabytes is a good part of the time to a ready cluster, so most commands
 * run without those that are a cluster:
 *
 *   skiff up ──► skiff-front.js ── starts ──► skiff up --foreground ──► skiff-main.js
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runCached } from './code-cache.ts';

const { argv, env, platform } = process;
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

const isCluster = argv.includes('--foreground');
const { fromCache, save } = runCached({
  program: join(__dirname, isCluster ? 'skiff-main.js' : 'skiff-front.js'),
  // The program starts itself again through here.
  entry: __filename,
  require,
  module,
  directory: join(caches, 'skiff'),
});
// What starting takes has run when the process of a cluster is let go of, and when a command is done
// that has started one.
if (!fromCache && argv.includes('up')) {
  if (!isCluster) process.once('exit', save);
  else if (process.connected) process.once('disconnect', () => setImmediate(save));
}
