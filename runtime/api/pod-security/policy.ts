/**
 * Pod security levels and the labels that put a namespace under them.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import type { StatusCause } from '../status.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';
export const levels: readonly Level[] = ['privileged', 'baseline', 'restricted'];

/** A level as it was in a version: `minor` 24 for v1.24, undefined for the latest. */
export interface LevelVersion {
  readonly level: Level;
  readonly minor: number | undefined;
}

export interface NamespacePolicy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const prefix = 'pod-security.kubernetes.io/';
const privileged: LevelVersion = { level: 'privileged', minor: undefined };

/** `restricted:latest`, `baseline:v1.24` */
export function nameOf({ level, minor }: LevelVersion): string {
  return `${level}:${minor === undefined ? 'latest' : `v1.${minor}`}`;
}

export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

/**
 * The policy that a namespace's labels ask for, and what is wrong with them. What cannot be read
 * enforces the strictest level, and neither warns nor audits.
 */
export function policyOf(labels: Readonly<Record<string, string>>): {
  policy: NamespacePolicy;
  problems: StatusCause[];
} {
  const problems: StatusCause[] = [];
  const mode = (name: 'enforce' | 'audit' | 'warn', broken: LevelVersion): LevelVersion => {
    const level = labels[`${prefix}${name}`];
    const version = labels[`${prefix}${name}-version`];
    const known = levels.find((each) => each === level);
    const minor = version === undefined ? undefined : minorOf(version);
    let failed = false;
    if (level !== undefined && known === undefined) {
      problems.push(invalid(name, level, `must be one of ${levels.join(', ')}`));
      failed = true;
    }
    if (version !== undefined && minor === 'none') {
      problems.push(invalid(`${name}-version`, version, 'must be "latest" or "v1.x"'));
      failed = true;
    }
    if (failed) return broken;
    return { level: known ?? 'privileged', minor: minor === 'none' ? undefined : minor };
  };
  const enforce = mode('enforce', { level: 'restricted', minor: undefined });
  const audit = mode('audit', privileged);
  const own = mode('warn', privileged);
  // What is enforced is warned of as well in workloads, whose pods are made by others later on.
  const stricter =
    labels[`${prefix}warn`] === undefined && labels[`${prefix}enforce`] !== undefined;
  const warn = stricter ? enforce : own;
  return { policy: { enforce, audit, warn }, problems };
}

function minorOf(version: string): number | undefined | 'none' {
  if (version === 'latest') return undefined;
  const minor = /^v1\.(0|[1-9]\d*)$/.exec(version)?.[1];
  return minor === undefined ? 'none' : Number(minor);
}

function invalid(name: string, value: string, why: string): StatusCause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
    field: `metadata.labels[${prefix}${name}]`,
  };
}
