/** Kinds of volumes that are gone, and files of one volume that get into each other's way. */
import type { core } from '../types.ts';
import { indexed, isRecord } from '../validation/values.ts';
import type { Warnings } from './collector.ts';
import { claimSpec } from './storage.ts';

/** Volume plug-ins, by their field. */
const gone: readonly [field: string, message: string][] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];
/** As the original writes them, where that is not the field's name. */
const shownNames: Readonly<Record<string, string>> = { storageos: 'storageOS' };

export function volumes(all: core.PodSpec['volumes'], field: string, warnings: Warnings): void {
  for (const [i, volume] of indexed(all)) {
    const at = `${field}[${i}]`;
    for (const [name, message] of gone) {
      if (!isRecord((volume as unknown as Record<string, unknown>)[name])) continue;
      const text = `${at}.${shownNames[name] ?? name}: ${message}`;
      warnings.deprecated(`${at}.${name}`, text);
    }
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    claimSpec(claim, `${at}.ephemeral.volumeClaimTemplate.spec`, warnings);
  }
  for (const [i, volume] of indexed(all)) overlaps(volume, `${field}[${i}]`, warnings);
}

/** A file in a volume, and what puts it there. */
interface Placed {
  readonly path: string;
  readonly field: string;
  /** ` (ConfigMap "settings")`, where more than one can. */
  readonly source: string;
}

function overlaps(volume: core.Volume, field: string, warnings: Warnings): void {
  const { configMap, secret, downwardAPI, projected } = volume;
  const named = JSON.stringify(volume.name ?? '');
  const say = (what: string, files: readonly Placed[]) =>
    collisions(files, `volume ${named} (${what}): overlapping paths`, warnings);
  if (isRecord(configMap)) {
    say(`ConfigMap ${quoted(configMap.name)}`, items(configMap, `${field}.configMap`));
  }
  if (isRecord(secret))
    say(`Secret ${quoted(secret.secretName)}`, items(secret, `${field}.secret`));
  if (isRecord(downwardAPI)) say('DownwardAPI', items(downwardAPI, `${field}.downwardAPI`));
  const files: Placed[] = [];
  for (const [i, source] of indexed(projected?.sources)) {
    const at = `${field}.projected.sources[${i}]`;
    if (Object.keys(source).length === 0) {
      warnings.say(at, `volume ${named} (Projected) has no sources provided`);
    } else files.push(...projectedFiles(source, at));
  }
  say('Projected', files);
}

function projectedFiles(source: core.VolumeProjection, field: string): Placed[] {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  // Newer than the package of types.
  const { clusterTrustBundle: bundle } = source as {
    clusterTrustBundle?: { name?: string; signerName?: string; path?: string };
  };
  if (isRecord(configMap)) {
    return items(configMap, `${field}.configMap`, ` (ConfigMap ${quoted(configMap.name)})`);
  }
  if (isRecord(secret)) {
    return items(secret, `${field}.secret`, ` (Secret ${quoted(secret.name)})`);
  }
  if (isRecord(downwardAPI)) return items(downwardAPI, `${field}.downwardAPI`, ' (DownwardAPI)');
  if (isRecord(serviceAccountToken)) {
    return file(serviceAccountToken, `${field}.serviceAccountToken`, ' (ServiceAccountToken)');
  }
  if (!isRecord(bundle)) return [];
  const name = quoted(bundle.name ?? bundle.signerName);
  return file(bundle, `${field}.clusterTrustBundle`, ` (ClusterTrustBundle ${name})`);
}

function items(
  source: { readonly items?: readonly { readonly path?: string }[] },
  field: string,
  shown = '',
): Placed[] {
  return [...indexed(source.items)].flatMap(([i, item]) =>
    file(item, `${field}.items[${i}]`, shown),
  );
}

function file({ path }: { readonly path?: string }, field: string, source: string): Placed[] {
  return typeof path === 'string' ? [{ path, field: `${field}.path`, source }] : [];
}

/** Each file is held against all before it, and each pair may be worth a warning. */
const mostCompared = 200;

function collisions(files: readonly Placed[], said: string, warnings: Warnings): void {
  const before: Placed[] = [];
  for (const next of files.slice(0, mostCompared)) {
    for (const other of before.filter((each) => overlap(each.path, next.path))) {
      const pair = `${quoted(next.path)}${next.source} with ${quoted(other.path)}${other.source}`;
      warnings.say(next.field, `${said}: ${pair}`);
    }
    before.push(next);
  }
}

/** The same file, or one where the other needs a folder. */
function overlap(a: string, b: string): boolean {
  const [one, two] = [a, b].map((path) => path.replace(/\/+$/, ''));
  if (!one || !two) return false;
  return one === two || one.startsWith(`${two}/`) || two.startsWith(`${one}/`);
}

function quoted(text: unknown): string {
  return JSON.stringify(text ?? '');
}
