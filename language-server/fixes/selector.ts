/** Makes the selector of a workload and the labels of its pods fit each other. */
import { at, labelsAt, podSpecPath } from '../references/fields.ts';
import type { Resource } from '../routing/manifest-file.ts';
import type { Fix } from '../rules/problem.ts';
import { changeFix } from './set-field.ts';

const selectorPath = ['spec', 'selector', 'matchLabels'];

/**
 * Both ways out where they differ. The labels come first: the selector of an object that is in a
 * cluster already cannot be changed.
 */
export function selectorFixes(resource: Resource, text: string): Fix[] {
  const labels = templateLabelsPath(resource);
  const asked = labelsAt(resource.value, selectorPath);
  const given = labels && (labelsAt(resource.value, labels) ?? {});
  if (labels === undefined || asked === undefined || given === undefined) return [];
  const both = Object.keys(asked).filter((key) => given[key] !== undefined);
  const fixes = [
    changeFix(
      resource,
      {
        title: 'Give the pods the labels that the selector asks for',
        fields: [{ set: labels, to: different(asked, given) }],
      },
      text,
    ),
    // A label that the pods have not has no value to take over.
    ...(both.length === Object.keys(asked).length
      ? [
          changeFix(
            resource,
            {
              title: 'Select the labels that the pods have',
              fields: [{ set: selectorPath, to: different(pick(given, both), asked) }],
            },
            text,
          ),
        ]
      : []),
  ];
  return fixes.filter((fix) => fix !== undefined);
}

/** The selector that is missing altogether: the labels of the template. */
export function missingSelector(resource: Resource, text: string): Fix | undefined {
  const labels = templateLabelsPath(resource);
  const given = labels && labelsAt(resource.value, labels);
  if (given === undefined || Object.keys(given).length === 0) return undefined;
  if (at(resource.value, ['spec', 'selector']) !== undefined) return undefined;
  const title = 'Select the pods of the template';
  return changeFix(
    resource,
    { title, fields: [{ set: ['spec', 'selector'], to: { matchLabels: given } }] },
    text,
  );
}

/** Of workloads alone, which select the pods that they make; a Job's selector is the server's. */
function templateLabelsPath({ kind = '' }: Resource): string[] | undefined {
  const isSelecting = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(kind);
  const path = isSelecting ? podSpecPath(kind) : undefined;
  return path && [...path.slice(0, -1).map(String), 'metadata', 'labels'];
}

function different(
  wanted: Readonly<Record<string, string>>,
  has: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => has[key] !== value));
}

function pick(from: Readonly<Record<string, string>>, keys: readonly string[]) {
  return Object.fromEntries(keys.map((key) => [key, from[key] ?? '']));
}
