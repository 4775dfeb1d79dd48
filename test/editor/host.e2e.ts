/** Runs the tests of host/suite.ts inside the extension host of the VS Code server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundleHostTests } from './host/bundle.mjs';
import { Editor } from './support/editor.ts';

it('passes the tests inside the extension host', async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'skiff-host-'));
  const lines: string[] = [];
  let exit: (code: number) => void = () => {};
  const exited = new Promise<number>((resolve) => {
    exit = resolve;
  });
  const editor = await Editor.start({
    workspace,
    extensionTests: await bundleHostTests(),
    env: { XDG_DATA_HOME: join(workspace, 'data') },
    onExit: (code) => exit(code),
    onLog: (line) => lines.push(line),
  });
  try {
    expect(await exited, lines.join('\n')).toBe(0);
  } finally {
    await editor.close();
    await rm(workspace, { recursive: true, force: true });
  }
}, 180_000);
