/** What every page that follows a context is given. */
import type { ConnectionNote } from '../../media/messages.ts';
import type { Session } from '../clusters/session.ts';

export interface PageConnection {
  /** The session of the page's context; rejects while there is none. */
  session: () => Promise<Session>;
  /** Why the context is not connected; undefined while it is. */
  disconnection: () => ConnectionNote | undefined;
  /** The button of the note was pressed. */
  onConnect: () => void;
}

/** The message that shows the note, or takes it away. */
export function connectionMessage({ disconnection }: PageConnection) {
  const { text, action } = disconnection() ?? {};
  if (text === undefined) return { type: 'connection' } as const;
  const note: ConnectionNote = { text, ...(action === undefined ? {} : { action }) };
  return { type: 'connection', note } as const;
}
