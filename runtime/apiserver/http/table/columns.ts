import type { ServedKind } from '../../registry/served.ts';
import { type Column, createdAtColumn, nameColumn } from './column.ts';
import { coreColumns } from './core.ts';
import { customColumns } from './custom.ts';
import { extensionColumns } from './extensions.ts';
import { metricsColumns } from './metrics.ts';
import { networkColumns } from './network.ts';
import { nodeColumns } from './node.ts';
import { podColumns } from './pod.ts';
import { storageColumns } from './storage.ts';
import { workloadColumns } from './workloads.ts';

const byKind: Readonly<Record<string, readonly Column[]>> = {
  ...coreColumns,
  ...podColumns,
  ...nodeColumns,
  ...workloadColumns,
  ...networkColumns,
  ...storageColumns,
  ...extensionColumns,
  ...metricsColumns,
};

/** What kinds without columns of their own show. */
const plain: readonly Column[] = [nameColumn, createdAtColumn];

export function columnsOf(kind: ServedKind): readonly Column[] {
  if ('custom' in kind) return customColumns(kind.custom);
  return byKind[`${kind.group}/${kind.kind}`] ?? plain;
}
