/** What a file is for, by its name and place; what is in it decides only among manifests. */
import { basename, dirname, join } from 'node:path';

export type FileRole =
  | 'manifest'
  /** kustomization.yaml */
  | 'kustomization'
  /** Chart.yaml, values.yaml and the like of a Helm chart */
  | 'helm-chart'
  /** Under templates/ of a chart: not YAML until it is rendered. */
  | 'helm-template';

const kustomizations = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization']);
const chartFiles = /^(Chart|requirements)\.(yaml|lock)$|^values(\..+|-.+)?\.ya?ml$/;

/**
 * @param path of the file
 * @param exists whether there is a file at a path; asked for Chart.yaml in the folders above
 */
export function roleOf(path: string, exists: (path: string) => boolean): FileRole {
  const name = basename(path);
  if (kustomizations.has(name)) return 'kustomization';
  const below = dirname(path);
  if (chartFiles.test(name) && exists(join(below, 'Chart.yaml'))) return 'helm-chart';
  const parts = below.split(/[\\/]/);
  for (let depth = parts.length; depth > 0; depth--) {
    if (parts[depth - 1] !== 'templates') continue;
    const chart = parts.slice(0, depth - 1).join('/');
    if (exists(join(chart === '' ? '/' : chart, 'Chart.yaml'))) return 'helm-template';
  }
  return 'manifest';
}
