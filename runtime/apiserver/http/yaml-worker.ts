/** The program of a thread that reads or writes one YAML text (see yaml-thread.ts), a bundle of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { isApiError } from '../../api/status.ts';
import { readFullYaml, Unreadable } from './full-yaml.ts';
import { checkYaml } from './yaml-guard.ts';
import { yamlText } from './yaml-text.ts';
import type { YamlResult, YamlTask } from './yaml-thread.ts';

function perform({ type, text }: YamlTask): YamlResult {
  try {
    if (type === 'write') return { type: 'written', text: yamlText(JSON.parse(text)) };
    checkYaml(text, 'beside');
    return { type: 'read', ...readFullYaml(text) };
  } catch (error) {
    if (error instanceof Unreadable) return { type: 'unreadable', message: error.message };
    if (isApiError(error)) return { type: 'refused', status: error.status };
    throw error;
  }
}

parentPort?.postMessage(perform(workerData as YamlTask));
