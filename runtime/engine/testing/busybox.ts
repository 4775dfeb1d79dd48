/**
 * A tiny image for tests on a real engine, made here because no registry is at hand: the machine's
 * static busybox and links for its commands.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Engine } from '../engine.ts';

/** Makes sure that the engine has the image `tag`; `busybox` is a static binary. */
export async function ensureBusybox(
  engine: Engine,
  tag: string,
  busybox = '/bin/busybox',
): Promise<void> {
  if ((await engine.image(tag)) !== undefined) return;
  const commands = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n');
  const tar = pack();
  for (const name of ['bin/', 'etc/', 'tmp/', 'var/', 'root/']) {
    tar.entry({ name, type: 'directory', mode: name === 'tmp/' ? 0o1777 : 0o755 });
  }
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, readFileSync(busybox));
  for (const command of commands) {
    if (command === '' || command === 'busybox') continue;
    tar.entry({ name: `bin/${command}`, type: 'symlink', linkname: 'busybox' });
  }
  tar.entry(
    { name: 'etc/passwd' },
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
  );
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n');
  tar.finalize();
  await engine.importImage(Readable.from(tar), tag);
}
