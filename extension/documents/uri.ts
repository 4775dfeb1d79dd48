/**
 * How live objects are named in URIs: `skiff:/context/namespace/group~version~resource/name (live).yaml`:
 * a tab says that it is no file.
 * The context is part of the name, so an editor never shows, and a save never reaches, another
 * cluster than the one it was opened from. `_` stands for "no namespace" and the core group.
 */
import type { Resource } from '../../runtime/client/client.ts';

export interface LiveObject {
  context: string;
  resource: Resource;
  namespace?: string;
  name: string;
}

const none = '_';

/** Of a live object's name in its tab; `.yaml` so that it is one to the editor. */
const liveEnding = ' (live).yaml';

/** The path of an object's URI. */
export function livePath(
  { context, resource, namespace, name }: LiveObject,
  ending = liveEnding,
): string {
  const { group, version, resource: plural } = resource;
  const kind = `${group === '' ? none : group}~${version}~${plural}`;
  return `/${[context, namespace ?? none, kind, `${name}${ending}`].map(encode).join('/')}`;
}

/** The inverse; undefined for a path that is none of ours. */
export function parseLivePath(path: string, ending = liveEnding): LiveObject | undefined {
  const [empty, ...parts] = path.split('/').map(decode);
  const [context, namespace, kind, file] = parts;
  if (empty !== '' || parts.length !== 4 || !context || !namespace || !file?.endsWith(ending)) {
    return undefined;
  }
  const [group, version, resource] = kind?.split('~') ?? [];
  const name = file.slice(0, -ending.length);
  if (group === undefined || !version || !resource || name === '') return undefined;
  return {
    context,
    resource: { group: group === none ? '' : group, version, resource },
    ...(namespace === none ? {} : { namespace }),
    name,
  };
}

/** Only what would change the path's shape: names stay readable in tabs. */
function encode(part: string): string {
  return part.replace(/[%/\\?#]/g, (character) => encodeURIComponent(character));
}

function decode(part: string): string {
  return part.replace(/%[0-9A-Fa-f]{2}/g, (code) => decodeURIComponent(code));
}
