/**
 * What webview pages and the extension say to each other: one union a direction and page. Both
 * sides import this file, so a message that one does not know fails to compile.
 */

/** What a log panel follows: one pod, or all pods of a workload. */
export interface LogTarget {
  context: string;
  namespace: string;
  /** Lower-case plural: `pods`, `deployments`, … */
  resource: string;
  name: string;
  container?: string;
}

export interface LogSource {
  id: number;
  pod: string;
  container: string;
  state: 'waiting' | 'following' | 'ended' | 'failed';
  /** Why it waits or failed. */
  message?: string;
}

/** RFC 3339 time, source id and the line without its end. */
export interface LogLine {
  time: string;
  source: number;
  text: string;
}

/** Why nothing moves on a page, with a button for what would help. */
export interface ConnectionNote {
  text: string;
  /** The button's label; none where there is nothing to do but wait. */
  action?: string;
}

/** Undefined: all is well again. */
type ConnectionToPage = { type: 'connection'; note?: ConnectionNote };

export type LogsToPage =
  | ConnectionToPage
  | { type: 'start'; target: LogTarget; title: string; maxLines: number; previous: boolean }
  | { type: 'sources'; sources: LogSource[] }
  | { type: 'lines'; lines: LogLine[]; dropped: number }
  | { type: 'note'; text: string };

export type LogsFromPage =
  | { type: 'ready' }
  | { type: 'connect' }
  | { type: 'previous'; on: boolean }
  | { type: 'copy'; text: string }
  | { type: 'save'; text: string };

/** What a log page keeps over a reload. */
export interface LogsPageState {
  target?: LogTarget;
  filter: string;
  wrap: boolean;
  times: boolean;
  follow: boolean;
  previous: boolean;
}

export type Level = 'ok' | 'busy' | 'warning' | 'error' | 'done' | 'off';

export interface RolloutPod {
  name: string;
  level: Level;
  status: string;
  /** `1/2` */
  ready: string;
  restarts: number;
  reason?: string;
  node?: string;
  age: string;
  /** Belongs to the newest revision. */
  isNew: boolean;
}

export interface RolloutWorkload {
  key: string;
  kind: string;
  namespace: string;
  name: string;
  state: 'progressing' | 'complete' | 'failed';
  wanted: number;
  updated: number;
  ready: number;
  /** What it waits for, in a sentence. */
  message: string;
  revision?: string;
  canRollBack: boolean;
  pods: RolloutPod[];
}

export interface RolloutEvent {
  key: string;
  time: string;
  level: 'ok' | 'warning';
  object: string;
  reason: string;
  message: string;
  count: number;
}

/** Other objects that were applied with the workloads. */
export interface AppliedObject {
  kind: string;
  name: string;
  /** `created`, `configured`, `unchanged`, `serverside-applied`, or what went wrong. */
  result: string;
  failed: boolean;
  /** Where it is written down; `line` counts from 1. */
  source?: { uri: string; label: string; line: number };
}

export interface RolloutView {
  title: string;
  context: string;
  /** Several with commas between; empty where nothing has one. */
  namespace: string;
  state: 'progressing' | 'complete' | 'failed';
  headline: string;
  seconds: number;
  workloads: RolloutWorkload[];
  events: RolloutEvent[];
  applied: AppliedObject[];
}

export type RolloutToPage =
  | ConnectionToPage
  | { type: 'view'; view: RolloutView; target: RolloutTarget };

export type RolloutFromPage =
  | { type: 'ready' }
  | { type: 'connect' }
  | { type: 'rollback'; key: string }
  | { type: 'logs'; key: string; pod?: string }
  | { type: 'details'; key: string; pod?: string }
  /** Show where an applied object is written down: its place in `applied`. */
  | { type: 'source'; index: number };

/** Enough to follow the same workloads again after a reload. */
export interface RolloutTarget {
  context: string;
  title: string;
  /** Of all that was applied. */
  namespaces?: string[];
  workloads: { resource: string; namespace: string; name: string }[];
  applied: AppliedObject[];
}
