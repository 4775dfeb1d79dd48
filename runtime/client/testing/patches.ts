/**
 * The patch types, light, for the fake server: no schema is known here, so strategic merge guesses
 * the merge key of a list from its field's name. The real ones live in the API server.
 */
import { apiError } from '../../api/status.ts';

type Json = Record<string, unknown>;

const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  volumeMounts: 'mountPath',
  conditions: 'type',
  addresses: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
};

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386. */
export function mergeLight(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergeLight(result[key], value);
  }
  return result;
}

/** Merge patch, with lists of known names merged by key and `$patch: delete` and `replace` obeyed. */
export function strategicLight(target: unknown, patch: unknown, field = ''): unknown {
  if (Array.isArray(patch)) {
    const key = mergeKeyOf(field, patch, target);
    if (key !== undefined) return mergeLists(Array.isArray(target) ? target : [], patch, key);
    return field === 'finalizers' && Array.isArray(target)
      ? [...new Set([...target, ...patch])]
      : patch;
  }
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') {
    const { $patch: _, ...rest } = patch;
    return rest;
  }
  const result: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$setElementOrder/') || key.startsWith('$retainKeys')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const name = key.slice('$deleteFromPrimitiveList/'.length);
      const gone = new Set(value as unknown[]);
      result[name] = ((result[name] as unknown[]) ?? []).filter((item) => !gone.has(item));
    } else if (value === null) delete result[key];
    else result[key] = strategicLight(result[key], value, key);
  }
  return result;
}

function mergeKeyOf(field: string, patch: unknown[], target: unknown): string | undefined {
  if (!patch.every(isObject)) return undefined;
  if (field !== 'ports') return mergeKeys[field];
  const entries = [...patch, ...(Array.isArray(target) ? target : [])] as Json[];
  return entries.some((entry) => 'containerPort' in entry) ? 'containerPort' : 'port';
}

function mergeLists(target: unknown[], patch: unknown[], key: string): unknown[] {
  const entries = patch as Json[];
  if (entries.some((entry) => entry.$patch === 'replace')) {
    return entries.filter((entry) => entry.$patch !== 'replace');
  }
  const result = [...(target as Json[])];
  for (const entry of entries) {
    const index = result.findIndex((candidate) => candidate[key] === entry[key]);
    if (entry.$patch === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicLight(result[index], entry) as Json;
    else result.push(entry);
  }
  return result;
}

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** RFC 6902 on a copy. Throws Invalid where an operation does not apply. */
export function jsonPatchLight(target: unknown, operations: readonly Operation[]): unknown {
  const root = { document: structuredClone(target) };
  const steps = (path: string) => [
    'document',
    ...path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
  ];
  const parentOf = (path: string) => {
    let parent: unknown = root;
    const all = steps(path);
    for (const step of all.slice(0, -1)) parent = (parent as Json | undefined)?.[step];
    if (typeof parent !== 'object' || parent === null) {
      throw apiError('Invalid', `json patch: path ${path} does not exist`);
    }
    return { parent: parent as Json, last: all.at(-1) ?? '' };
  };
  const read = (path: string) => {
    const { parent, last } = parentOf(path);
    if (!(last in parent)) throw apiError('Invalid', `json patch: path ${path} does not exist`);
    return parent[last];
  };
  const remove = (path: string) => {
    read(path);
    const { parent, last } = parentOf(path);
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  };
  const add = (path: string, value: unknown) => {
    const { parent, last } = parentOf(path);
    if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : Number(last), 0, value);
    else parent[last] = value;
  };
  for (const { op, path, from = '', value } of operations) {
    if (op === 'add') add(path, value);
    else if (op === 'remove') remove(path);
    else if (op === 'replace') {
      remove(path);
      add(path, value);
    } else if (op === 'move') {
      const moved = read(from);
      remove(from);
      add(path, moved);
    } else if (op === 'copy') add(path, structuredClone(read(from)));
    else if (op === 'test') {
      if (JSON.stringify(read(path)) !== JSON.stringify(value)) {
        throw apiError('Invalid', `json patch: testing path ${path} failed`);
      }
    } else throw apiError('BadRequest', `json patch: unknown operation ${op}`);
  }
  return root.document;
}
