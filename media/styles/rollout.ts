export const rolloutStyles = `
  main { padding: 16px 22px 32px; max-width: 1100px; }
  @media (max-width: 620px) { main { padding: 12px; } th.wide, td.wide { display: none; } }
  h1, h2 { margin: 0; font-weight: 600; }
  h1 { font-size: 1.35em; }
  h2 { font-size: 1.05em; }
  .head { display: flex; align-items: center; gap: 14px; margin-bottom: 18px; }
  .titles { flex: 1; min-width: 0; }
  .where { margin: 2px 0 0; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
  .sep { opacity: 0.6; }
  .badge { flex: none; display: grid; place-items: center; width: 36px; height: 36px; border-radius: 50%;
    font-size: 18px; font-weight: bold; border: 2px solid currentColor; }
  .complete .badge, .mark.complete, .status.ok { color: var(--good); }
  .failed .badge, .mark.failed, .status.error, .error { color: var(--bad); }
  .progressing .badge, .mark.progressing, .status.busy { color: var(--busy); }
  .status.warning, li.warning .reason { color: var(--doubtful); }
  .status.off, .status.done { color: var(--vscode-descriptionForeground); }
  @media (prefers-reduced-motion: no-preference) {
    .progressing > .badge { animation: breathe 1.6s ease-in-out infinite alternate; }
    @keyframes breathe { from { opacity: 1; } to { opacity: 0.45; } }
    .bar > div { transition: width 0.3s; }
  }
  .workload { border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent));
    border-radius: 6px; padding: 10px 14px; margin-bottom: 12px;
    background: var(--vscode-editorWidget-background, transparent); }
  .workload.failed { border-color: var(--vscode-inputValidation-errorBorder, var(--bad)); }
  .row { display: flex; flex-wrap: wrap; align-items: baseline; gap: 8px; }
  .mark { font-weight: bold; width: 1em; text-align: center; }
  .kind { color: var(--vscode-descriptionForeground); }
  .source { margin-left: auto; }
  .count { margin-left: auto; font-variant-numeric: tabular-nums; }
  .bar { position: relative; height: 6px; margin: 8px 0 6px; border-radius: 3px; overflow: hidden;
    background: var(--vscode-editorWidget-border, var(--vscode-panel-border, #8884)); }
  .bar > div { position: absolute; inset: 0 auto 0 0; border-radius: 3px; }
  .bar .updated { background: var(--vscode-progressBar-background); opacity: 0.35; }
  .bar .ready { background: var(--vscode-progressBar-background); }
  .complete .bar .ready { background: var(--good); }
  .failed .bar .ready { background: var(--bad); }
  .message { margin: 0 0 4px; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
  .failed .message { color: var(--bad); }
  table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th { text-align: left; font-weight: normal; color: var(--vscode-descriptionForeground); }
  th, td { padding: 3px 10px 3px 0; vertical-align: baseline; }
  td.pod { font-family: var(--vscode-editor-font-family, monospace); overflow-wrap: anywhere; }
  td.actions { text-align: right; padding-right: 0; }
  .dot { display: inline-block; width: 1em; font-weight: bold; }
  .tag { font-family: var(--vscode-font-family); font-size: 0.85em; padding: 0 5px; border-radius: 8px;
    color: var(--vscode-badge-foreground); background: var(--vscode-badge-background); }
  tr.why td { padding: 0 10px 5px 1.2em; color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
  tr.why.error td { color: var(--bad); }
  details { margin-top: 14px; }
  summary { cursor: pointer; font-weight: 600; margin-bottom: 4px; }
  .applied { list-style: none; margin: 0; padding: 0 0 0 1em; }
  .applied .result { color: var(--vscode-descriptionForeground); margin-left: 6px; }
  .events { display: grid; gap: 4px 12px; list-style: none; margin: 0; padding: 0;
    grid-template-columns: max-content max-content fit-content(38%) minmax(0, 1fr);
    font-variant-numeric: tabular-nums; }
  .events li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; }
  .events .age, .events .object { color: var(--vscode-descriptionForeground); }
  .events .object, .events .text { overflow-wrap: anywhere; }
  @media (max-width: 620px) {
    .events { grid-template-columns: max-content max-content minmax(0, 1fr); }
    .events .text { grid-column: 2 / -1; padding-bottom: 3px; }
  }
  td.status { white-space: nowrap; }
`;
