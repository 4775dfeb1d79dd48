/** The program of a thread that reads one YAML text (see yaml-thread.ts), a bundle of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { isApiError } from '../../api/status.ts';
import { readFullYaml, Unreadable } from './full-yaml.ts';
import { checkYaml } from './yaml-guard.ts';
import type { YamlResult } from './yaml-thread.ts';

function perform(text: string): YamlResult {
  try {
    checkYaml(text, 'beside');
    return { type: 'read', ...readFullYaml(text) };
  } catch (error) {
    if (error instanceof Unreadable) return { type: 'unreadable', message: error.message };
    if (isApiError(error)) return { type: 'refused', status: error.status };
    throw error;
  }
}

parentPort?.postMessage(perform(workerData as string));
