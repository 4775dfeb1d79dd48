// Which kubectl the tests drive: 1.32, the version that Skiff promises to satisfy, wherever the machine
// holds several (Google's SDK installs a dispatcher that picks one by the server's version).
import { existsSync, mkdirSync, realpathSync, symlinkSync, unlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory, which } from '../support/run.mjs';

const promised = '1.32';

/** Puts the promised kubectl first on the path of this process. False where there is no kubectl at all. */
export function useKubectl() {
  const found = which(process.platform === 'win32' ? 'kubectl.exe' : 'kubectl');
  if (found === undefined) return false;
  const exact = join(dirname(realpathSync(found)), `kubectl.${promised}`);
  if (!existsSync(exact)) return true;
  const directory = join(cacheDirectory, 'kubectl');
  mkdirSync(directory, { recursive: true });
  const link = join(directory, 'kubectl');
  if (existsSync(link)) unlinkSync(link);
  symlinkSync(exact, link);
  process.env.PATH = `${directory}${delimiter}${process.env.PATH}`;
  return true;
}
