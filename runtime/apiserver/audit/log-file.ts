/**
 * The audit log: a JSON document a line, in a file that gives way to a new one when it is too large.
 *
 *   audit.log
 *   audit-2026-01-31T12-00-00.000.log        an earlier one, named for the moment it was put away
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../api/clock.ts';
import { makeDirectory } from '../../client/directories.ts';
import type { AuditEvent } from './event.ts';

export interface AuditLogOptions {
  readonly file: string;
  /** Megabytes; 100 if left out. */
  readonly maxSizeMb?: number;
  /** How many earlier files are kept; all if left out or 0. */
  readonly maxBackups?: number;
  /** For how many days; for ever if left out or 0. */
  readonly maxAgeDays?: number;
  readonly clock: Clock;
  /** Told what went wrong, once until it goes well again. */
  readonly report: (message: string) => void;
}

/** Events that wait for the disk; more than these are dropped and counted, so that memory is safe. */
const longestQueue = 20_000;
/** The same in characters: with what was asked and answered, an event can have millions. */
const largestQueue = 64 * 1024 * 1024;
const dayMs = 24 * 3600 * 1000;

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #limit: number;
  #queue: string[] = [];
  #queued = 0;
  #dropped = 0;
  #size = 0;
  #rotatedAt = 0;
  #stream: WriteStream | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#limit = (options.maxSizeMb ?? 100) * 1024 * 1024;
  }

  /** Throws if the file cannot be written to, saying so. */
  async open(): Promise<void> {
    const { file } = this.#options;
    try {
      await makeDirectory(dirname(file));
      const found = await stat(file).catch(() => undefined);
      this.#size = found?.size ?? 0;
      await this.#openStream();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`cannot write the audit log ${file}: ${why}`, { cause: error });
    }
    await this.#prune();
  }

  /** Takes an event; never throws, never waits. */
  write(event: AuditEvent): void {
    if (this.#queue.length >= longestQueue || this.#queued > largestQueue) {
      this.#dropped++;
      return;
    }
    const line = `${JSON.stringify(event)}\n`;
    this.#queue.push(line);
    this.#queued += line.length;
    this.#writing ??= this.#drain();
  }

  /** Waits until all events are in the file. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) await new Promise<void>((resolve) => stream.end(() => resolve()));
  }

  async #drain(): Promise<void> {
    // One turn of the loop, so that the events of many requests cost one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const lines = this.#queue.splice(0, 1000);
      try {
        await this.#append(lines);
        this.#recovered();
      } catch (error) {
        this.#dropped += lines.length;
        this.#failed(error);
      }
      for (const { length } of lines) this.#queued -= length;
    }
    // In the very step that finds nothing more to write: an event that comes next begins anew.
    this.#writing = undefined;
  }

  async #append(lines: readonly string[]): Promise<void> {
    let batch = '';
    for (const line of lines) {
      const before = this.#size + batch.length;
      if (before > 0 && before + line.length > this.#limit) {
        await this.#write(batch);
        batch = '';
        await this.#rotate();
      }
      batch += line;
    }
    await this.#write(batch);
  }

  async #write(text: string): Promise<void> {
    if (text === '') return;
    if (this.#stream === undefined) {
      await this.#cutTorn();
      await this.#openStream();
    }
    const bytes = Buffer.from(text);
    await new Promise<void>((resolve, reject) => {
      this.#stream?.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    this.#size += bytes.length;
  }

  /** What a full disk took of an event that is lost would spoil the line of the next. */
  async #cutTorn(): Promise<void> {
    const { file } = this.#options;
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && found.size > this.#size) await truncate(file, this.#size);
  }

  async #rotate(): Promise<void> {
    const { file, clock } = this.#options;
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) await new Promise<void>((resolve) => stream.end(() => resolve()));
    const extension = extname(file);
    const stem = join(dirname(file), basename(file, extension));
    // Two within a millisecond must not swallow each other, and keep their order.
    this.#rotatedAt = Math.max(clock.now(), this.#rotatedAt + 1);
    const time = new Date(this.#rotatedAt).toISOString().replaceAll(':', '-').slice(0, -1);
    await rename(file, `${stem}-${time}${extension}`);
    this.#size = 0;
    await this.#openStream();
    await this.#prune();
  }

  /** Removes earlier files that are too many or too old. */
  async #prune(): Promise<void> {
    const { file, clock, maxBackups = 0, maxAgeDays = 0 } = this.#options;
    if (maxBackups === 0 && maxAgeDays === 0) return;
    const directory = dirname(file);
    const stem = `${basename(file, extname(file))}-`;
    const backups = (await readdir(directory))
      .filter((name) => name.startsWith(stem) && extname(name) === extname(file))
      .filter((name) => /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}/.test(name.slice(stem.length)))
      .sort()
      .reverse();
    for (const [index, name] of backups.entries()) {
      const [date = '', time = ''] = name.slice(stem.length, stem.length + 23).split('T');
      const made = Date.parse(`${date}T${time.replace('-', ':').replace('-', ':')}Z`);
      const tooMany = maxBackups > 0 && index >= maxBackups;
      const tooOld = maxAgeDays > 0 && made < clock.now() - maxAgeDays * dayMs;
      if (tooMany || tooOld) await rm(join(directory, name), { force: true });
    }
  }

  #openStream(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = createWriteStream(this.#options.file, { flags: 'a', mode: 0o600 });
      stream.once('open', () => {
        this.#stream = stream;
        resolve();
      });
      stream.on('error', (error) => {
        if (this.#stream === stream) this.#stream = undefined;
        reject(error);
      });
    });
  }

  #failed(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.report(`audit events cannot be written to ${this.#options.file}: ${why}`);
  }

  #recovered(): void {
    if (this.#dropped === 0) return;
    this.#options.report(`${this.#dropped} audit events were lost; the log goes on`);
    this.#dropped = 0;
    this.#failing = false;
  }
}
