/** Short commands in Skiff's own containers. */
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; a non-zero code is not an error here. Throws EngineError. */
export async function run(
  engine: Engine,
  containerId: string,
  command: readonly string[],
  input?: string,
): Promise<CommandResult> {
  const process = await engine.exec(containerId, { command, stdin: input !== undefined });
  if (input !== undefined) process.stdin?.end(input);
  const [stdout, stderr, code] = await Promise.all([
    textOf(process.stdout),
    textOf(process.stderr),
    process.exit,
  ]);
  return { code, stdout, stderr };
}

/** Like `run`, but throws EngineError with the command's own words if it fails. */
export async function mustRun(
  engine: Engine,
  containerId: string,
  command: readonly string[],
  input?: string,
): Promise<string> {
  const { code, stdout, stderr } = await run(engine, containerId, command, input);
  if (code !== 0) {
    const words = stderr.trim() || stdout.trim() || `exit code ${code}`;
    throw new EngineError('failed', `${command.join(' ')}: ${words}`);
  }
  return stdout;
}

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
