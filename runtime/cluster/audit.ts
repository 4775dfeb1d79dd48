/** The audit log of a cluster, where one is wanted: its options, and what keeps it. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../api/clock.ts';
import type { AuditOptions } from '../apiserver/audit/auditor.ts';
import { AuditLog } from '../apiserver/audit/log-file.ts';
import { parsePolicy } from '../apiserver/audit/policy.ts';
import { ClusterError, type ClusterPaths, reasonOf } from './data-directory.ts';
import type { Log } from './log-file.ts';

/** By the names of kube-apiserver. */
export interface AuditChoice {
  readonly auditPolicyFile?: string;
  /** Left out: `audit.log` beside the cluster's own log. */
  readonly auditLogPath?: string;
  /** Megabytes. */
  readonly auditLogMaxsize?: number;
  /** Files. */
  readonly auditLogMaxbackup?: number;
  /** Days. */
  readonly auditLogMaxage?: number;
}

export interface OpenAudit {
  readonly options: Omit<AuditOptions, 'clock'>;
  close(): Promise<void>;
}

/** The audit log or an earlier part of it, by the name that they have here. */
export function isAuditFile(name: string): boolean {
  return /^audit(-[\dT.-]+)?\.log$/.test(name);
}

/** Undefined without a policy. Throws ClusterError for a bad one, and for a log that cannot be kept. */
export async function openAudit(
  choice: AuditChoice,
  paths: ClusterPaths,
  clock: Clock,
  log: Log,
): Promise<OpenAudit | undefined> {
  const { auditPolicyFile: policyFile } = choice;
  if (policyFile === undefined) return undefined;
  try {
    const policy = parsePolicy(await readFile(policyFile, 'utf8'));
    const file = new AuditLog({
      file: choice.auditLogPath ?? join(dirname(paths.log), 'audit.log'),
      ...(choice.auditLogMaxsize === undefined ? {} : { maxSizeMb: choice.auditLogMaxsize }),
      maxBackups: choice.auditLogMaxbackup ?? 0,
      maxAgeDays: choice.auditLogMaxage ?? 0,
      clock,
      report: (line) => log('audit', line),
    });
    await file.open();
    return {
      options: { policy, write: (event) => file.write(event) },
      close: () => file.close(),
    };
  } catch (error) {
    throw new ClusterError(`no audit by ${policyFile}: ${reasonOf(error)}`, { cause: error });
  }
}
