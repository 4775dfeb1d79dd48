import type { Node } from '../../../api/types.ts';
import { ageColumn, type Column, nameColumn, text, wide } from './column.ts';

export const nodeColumns: Record<string, readonly Column[]> = {
  '/Node': [
    nameColumn,
    text('Status', (node: Node) => status(node)),
    text('Roles', (node: Node) => roles(node)),
    ageColumn,
    text('Version', (node: Node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    wide(text('Internal-IP', (node: Node) => address(node, 'InternalIP'))),
    wide(text('External-IP', (node: Node) => address(node, 'ExternalIP'))),
    wide(text('OS-Image', (node: Node) => node.status?.nodeInfo?.osImage || '<unknown>')),
    wide(
      text('Kernel-Version', (node: Node) => node.status?.nodeInfo?.kernelVersion || '<unknown>'),
    ),
    wide(
      text(
        'Container-Runtime',
        (node: Node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
      ),
    ),
  ],
};

function status(node: Node): string {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const states = [
    ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady',
    ...(node.spec?.unschedulable ? ['SchedulingDisabled'] : []),
  ];
  return states.join(',');
}

function roles(node: Node): string {
  const prefix = 'node-role.kubernetes.io/';
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(prefix) && key.length > prefix.length) found.add(key.slice(prefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value);
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',');
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((other) => other.type === type)?.address || '<none>';
}
