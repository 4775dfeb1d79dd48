/** Turns what dockerode throws into EngineError, keeping the engine's own words. */
import { EngineError, type EngineErrorCode } from '../engine.ts';

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPERM',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

/** What dockerode puts before the engine's words: `(HTTP code 500) server error - `. */
const dockerodePrefix = /^\(HTTP code \d+\) .*? - /;

interface ModemError {
  statusCode?: number;
  code?: string;
  message?: string;
  json?: unknown;
}

/** The EngineError that `error` is or stands for. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const { statusCode, code, json, message = String(error) } = (error ?? {}) as ModemError;
  if (statusCode === undefined) {
    const lost = (code !== undefined && unreachable.has(code)) || message === 'socket hang up';
    return new EngineError(
      lost ? 'unavailable' : 'failed',
      lost ? `cannot reach the Docker engine: ${message}` : message,
      { cause: error },
    );
  }
  const words = ownWords(json) ?? message.replace(dockerodePrefix, '').trim();
  return new EngineError(codeOf(statusCode), words, { cause: error });
}

function codeOf(statusCode: number): EngineErrorCode {
  if (statusCode === 404) return 'not-found';
  if (statusCode === 409) return 'conflict';
  if (statusCode === 400) return 'invalid';
  return 'failed';
}

/** `{"message": …}` is how the engine's API answers errors. */
function ownWords(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('message' in json)) return undefined;
  return typeof json.message === 'string' ? json.message : undefined;
}

/** The HTTP status of what dockerode threw, if it is an answer of the engine. */
export function statusCodeOf(error: unknown): number | undefined {
  return (error as ModemError | undefined)?.statusCode;
}
