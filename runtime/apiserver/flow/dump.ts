/**
 * What priority and fairness is doing, as tables for people.
 * https://kubernetes.io/docs/reference/debug-cluster/flow-control/
 */
import { microTimestamp } from '../../api/clock.ts';
import type { FlowControl, Level } from './flow-control.ts';

const root = '/debug/api_priority_and_fairness/';

/** The table at a path below `/debug/api_priority_and_fairness/`, or undefined if there is none. */
export function flowDump(flow: FlowControl, path: string): string | undefined {
  if (!path.startsWith(root)) return undefined;
  switch (path.slice(root.length)) {
    case 'dump_priority_levels':
      return table(
        levelColumns,
        byName(flow).map((level) => levelRow(flow, level)),
      );
    case 'dump_queues':
      return table(queueColumns, byName(flow).flatMap(queueRows));
    case 'dump_requests':
      return table(requestColumns, requestRows(flow));
    default:
      return undefined;
  }
}

function byName(flow: FlowControl): Level[] {
  return [...flow.levels].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Columns as wide as what stands in them; a comma after each. */
function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  return lines
    .map((line) => line.map((cell, i) => `${cell},`.padEnd((widths[i] ?? 0) + 2)).join(''))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

const levelColumns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];

function levelRow(flow: FlowControl, { name, seats }: Level): unknown[] {
  const { activeQueues = 0, waiting = 0, executing = 0 } = seats ?? {};
  const { dispatched, rejected, timedOut, cancelled } = flow.tallies.outcomesOf(name);
  const idle = waiting + executing === 0;
  const now = [name, activeQueues, idle, false, waiting, executing];
  return [...now, dispatched, rejected, timedOut, cancelled];
}

const queueColumns = ['PriorityLevelName', 'Index', 'PendingRequests', 'SeatsInUse', 'SeatLimit'];

function queueRows({ name, seats }: Level): unknown[][] {
  if (seats === undefined) return [];
  return seats.lengths.map((length, index) => [name, index, length, seats.used, seats.limit]);
}

const requestColumns = [
  'PriorityLevelName',
  'FlowSchemaName',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
];

function requestRows(flow: FlowControl): unknown[][] {
  return flow.waiting.map(({ level, schema, flow: distinguisher, arrived, width }) => [
    ...[level, schema, distinguisher, microTimestamp(arrived), width],
  ]);
}
