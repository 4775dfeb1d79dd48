/** What every page needs: the editor's message channel, and styles that follow its theme. */

import type { ConnectionNote } from './messages.ts';

interface EditorApi<State> {
  postMessage(message: unknown): void;
  getState(): State | undefined;
  setState(state: State): void;
}

declare function acquireVsCodeApi<State>(): EditorApi<State>;

export interface Page<ToPage, FromPage, State> {
  send(message: FromPage): void;
  receive(handle: (message: ToPage) => void): void;
  readonly state: State;
  /** Kept over a reload of the window. */
  save(state: State): void;
}

/** Call once. */
export function openPage<ToPage, FromPage, State>(initial: State): Page<ToPage, FromPage, State> {
  const api = acquireVsCodeApi<State>();
  return {
    send: (message) => api.postMessage(message),
    receive: (handle) => {
      window.addEventListener('message', (event: MessageEvent<ToPage>) => handle(event.data));
    },
    state: { ...initial, ...api.getState() },
    save: (state) => api.setState(state),
  };
}

/** A strip that says why nothing moves, with a button for what would help; shown while there is a note. */
export function connectionStrip(connect: () => void): {
  element: HTMLElement;
  show: (note: ConnectionNote | undefined) => void;
} {
  const strip = document.createElement('div');
  strip.className = 'connection hidden';
  strip.setAttribute('role', 'status');
  const text = document.createElement('span');
  const action = document.createElement('button');
  action.type = 'button';
  action.addEventListener('click', connect);
  strip.append(text, action);
  const show = (note: ConnectionNote | undefined) => {
    text.textContent = note?.text ?? '';
    action.textContent = note?.action ?? '';
    action.classList.toggle('hidden', note?.action === undefined);
    strip.classList.toggle('hidden', note === undefined);
  };
  return { element: strip, show };
}

/** Adds styles without an inline style sheet, which the page's policy forbids. */
export function addStyles(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

export const commonStyles = `
  /* The themes' own colours for text: those of icons are too pale to be read on a light ground. */
  :root { color-scheme: light dark;
    --good: var(--vscode-terminal-ansiGreen, var(--vscode-charts-green));
    --bad: var(--vscode-list-errorForeground, var(--vscode-errorForeground));
    --busy: var(--vscode-textLink-foreground, var(--vscode-charts-blue));
    --doubtful: var(--vscode-list-warningForeground, var(--vscode-charts-yellow)); }
  html, body { height: 100%; }
  body { margin: 0; padding: 0; color: var(--vscode-foreground);
    background: var(--vscode-editor-background);
    font: var(--vscode-font-size, 13px)/1.45 var(--vscode-font-family, sans-serif); }
  button, input, select { font: inherit; }
  button { display: inline-flex; align-items: center; gap: 4px; padding: 3px 10px; cursor: pointer;
    border: 1px solid var(--vscode-button-border, transparent); border-radius: 4px;
    color: var(--vscode-button-secondaryForeground);
    background: var(--vscode-button-secondaryBackground); white-space: nowrap; }
  button:hover { background: var(--vscode-button-secondaryHoverBackground); }
  button.primary { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
  button.primary:hover { background: var(--vscode-button-hoverBackground); }
  button.quiet { color: var(--vscode-textLink-foreground); background: none; border-color: transparent; padding: 1px 4px; }
  button.quiet:hover { text-decoration: underline; background: none; }
  button[aria-pressed='true'] { color: var(--vscode-inputOption-activeForeground);
    background: var(--vscode-inputOption-activeBackground);
    border-color: var(--vscode-inputOption-activeBorder); }
  button:disabled { opacity: 0.5; cursor: default; }
  :focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
  input[type='search'] { color: var(--vscode-input-foreground); background: var(--vscode-input-background);
    border: 1px solid var(--vscode-input-border, var(--vscode-panel-border, transparent)); border-radius: 4px; padding: 3px 6px; }
  input::placeholder { color: var(--vscode-input-placeholderForeground); }
  .connection { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 6px 12px;
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-warningBackground, var(--vscode-editorWidget-background));
    border-bottom: 1px solid var(--vscode-inputValidation-warningBorder, var(--vscode-panel-border, transparent)); }
  .hidden { display: none !important; }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
