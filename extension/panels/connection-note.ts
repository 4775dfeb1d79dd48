/** What a panel says while the context that it follows is not connected, and what would help. */
import type { ConnectionNote } from '../../media/messages.ts';
import type { ConnectionState } from '../clusters/connections.ts';
import { sentence } from '../sentence.ts';

export type Remedy = 'start' | 'reconnect' | 'select';

export interface Disconnection extends ConnectionNote {
  remedy?: Remedy;
}

/** Undefined while the panel's context is connected; `selected` is the name of the selected one. */
export function disconnectionOf(
  state: ConnectionState,
  selected: string,
  context: string,
): Disconnection | undefined {
  if (selected !== context) {
    return {
      text: `This follows the context "${context}"; the selected one is "${selected}".`,
      action: `Select ${context}`,
      remedy: 'select',
    };
  }
  switch (state.state) {
    case 'connected':
      return undefined;
    case 'unreachable':
      return {
        text: state.isRetried
          ? `${context} does not answer (${state.reason}). Skiff goes on trying.`
          : sentence(state.reason),
        action: 'Reconnect',
        remedy: 'reconnect',
      };
    case 'stopped':
    case 'noEngine':
      return {
        text: `The cluster of ${context} is not running.`,
        action: 'Start Cluster',
        remedy: 'start',
      };
    case 'starting':
    case 'stopping':
      return { text: `The cluster of ${context} is ${state.state}…` };
    case 'untrusted':
      return { text: 'Clusters are not used in restricted mode: trust this workspace first.' };
    default:
      return { text: `Connecting to ${context}…` };
  }
}
