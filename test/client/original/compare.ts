/** Two answers without what may differ between any two servers, and where they differ. */
export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** The last character of the body is the end of a line. */
  readonly endsLine: boolean;
}

const volatile = new Set([
  ...['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'time', 'selfLink'],
  ...[
    'managedFields',
    'clusterIP',
    'clusterIPs',
    'continue',
    'generateName',
    'nodePort',
    'description',
    'generation',
  ],
]);

/** A generated name keeps its base alone. */
export function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => stripped(item));
  if (typeof value === 'string')
    return value
      .replace(/gen-[a-z0-9]{5}/, 'gen-')
      .replace(/kube-api-access-\w{5}|default-token-\w{5}/, 'token')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uid')
      .replace(/in record \(\d+\)/, 'in record (version)')
      .replace(/^10\.0\.0\.\d+$/, 'address')
      .replace(/^\d+s$/, 'age');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !volatile.has(name))
      .map(([name, member]) => [name, stripped(member)]),
  );
}

/** `path: ours != theirs`, one for every difference. */
export function differences(ours: unknown, theirs: unknown, path = ''): string[] {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return [];
  if (
    typeof ours !== 'object' ||
    typeof theirs !== 'object' ||
    ours === null ||
    theirs === null ||
    Array.isArray(ours) !== Array.isArray(theirs)
  )
    return [
      `${path}: ${JSON.stringify(ours)?.slice(0, 700)} != ${JSON.stringify(theirs)?.slice(0, 700)}`,
    ];
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  const at = (object: object, name: string) => (object as Record<string, unknown>)[name];
  return [...names].flatMap((name) =>
    differences(at(ours, name), at(theirs, name), `${path}.${name}`),
  );
}
