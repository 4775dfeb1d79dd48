/** What a file is for, by its name and place; what is in it decides only among manifests. */
import { basename, dirname, join } from 'node:path';

export type FileRole =
  | 'manifest'
  /** kustomization.yaml */
  | 'kustomization'
  /** Chart.yaml */
  | 'helm-chart'
  /** values.yaml and its variants beside a Chart.yaml */
  | 'helm-values'
  /** Chart.lock, requirements.yaml: written by Helm, or of old */
  | 'helm-other'
  /** Under templates/ of a chart: not YAML until it is rendered. */
  | 'helm-template';

const kustomizations = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);
const valuesFiles = /^values([.-].+)?\.ya?ml$/;
const otherFiles = new Set(['requirements.yaml', 'requirements.lock', 'Chart.lock']);

/**
 * @param path of the file
 * @param exists whether there is a file at a path; asked for Chart.yaml in the folders above
 */
export function roleOf(path: string, exists: (path: string) => boolean): FileRole {
  const name = basename(path);
  if (kustomizations.has(name)) return 'kustomization';
  const below = dirname(path);
  const inChart = () => exists(join(below, 'Chart.yaml'));
  if (name === 'Chart.yaml') return 'helm-chart';
  if (valuesFiles.test(name) && inChart()) return 'helm-values';
  if (otherFiles.has(name) && inChart()) return 'helm-other';
  const parts = below.split(/[\\/]/);
  for (let depth = parts.length; depth > 0; depth--) {
    if (parts[depth - 1] !== 'templates') continue;
    const chart = parts.slice(0, depth - 1).join('/');
    if (exists(join(chart === '' ? '/' : chart, 'Chart.yaml'))) return 'helm-template';
  }
  return 'manifest';
}
