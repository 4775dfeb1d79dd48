const ansiNames = ['Black', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan', 'White'];

/** `fg0` … `fg15` in the colours of the theme's terminal. */
const ansiStyles = [...ansiNames, ...ansiNames.map((name) => `Bright${name}`)]
  .map((name, index) => `.fg${index} { color: var(--vscode-terminal-ansi${name}); }`)
  .join('\n');

/** Only for marks beside names: as colours of text, not all of them can be read on every ground. */
const sourceStyles = ['blue', 'green', 'orange', 'purple', 'red', 'yellow', 'foreground', 'lines']
  .map(
    (name, index) =>
      `.colour${index} { color: var(--vscode-charts-${name}); border-color: currentColor; }`,
  )
  .join('\n');

export const logStyles = `
  body { display: flex; flex-direction: column; }
  .bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; padding: 6px 10px;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
  .filter { flex: 1 1 220px; max-width: 420px; min-width: 120px; margin-right: 6px; }
  .filter[aria-invalid='true'] { border-color: var(--vscode-inputValidation-errorBorder); }
  .where { margin-left: auto; padding-left: 8px; }
  .where, .counter { color: var(--vscode-descriptionForeground); }
  .counter { padding-left: 8px; min-width: 9ch; text-align: right; font-variant-numeric: tabular-nums; }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 4px 10px;
    color: var(--vscode-descriptionForeground); max-height: 5.6em; overflow-y: auto; }
  .legend:empty { display: none; }
  .source { display: inline-flex; gap: 5px; max-width: 100%; }
  .source .note { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 60ch; }
  .source.failed .note { color: var(--bad); }
  .lines { flex: 1; min-height: 0; overflow: auto; padding: 4px 0 8px; contain: strict;
    font: var(--vscode-editor-font-size, 13px)/1.5 var(--vscode-editor-font-family, monospace); }
  .line { display: flex; gap: 8px; padding: 0 10px; white-space: pre; width: max-content; min-width: 100%;
    box-sizing: border-box; }
  .line:hover { background: var(--vscode-list-hoverBackground); }
  .wrap .line { white-space: pre-wrap; overflow-wrap: anywhere; width: auto; }
  .time { display: none; color: var(--vscode-descriptionForeground); flex: none; }
  .times .time { display: inline; }
  .from { flex: none; padding-left: 6px; border-left: 3px solid; }
  .from > span { color: var(--vscode-descriptionForeground); }
  .empty { position: absolute; inset: 40% 0 auto; text-align: center; color: var(--vscode-descriptionForeground); }
  .bold { font-weight: bold; } .dim { opacity: 0.7; } .italic { font-style: italic; }
  .underline { text-decoration: underline; }
  ${ansiStyles}
  ${sourceStyles}
  /* What the editor's search found has to be read while the focus is elsewhere. */
  .lines ::selection {
    background: var(--vscode-editor-selectionBackground);
    color: var(--vscode-editor-selectionForeground, inherit);
  }
`;
