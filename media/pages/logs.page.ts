/**
 * The log page: lines in a ring of bounded length, newest at the end. Log text is hostile input:
 * it only ever becomes text nodes.
 */
import { parseAnsi } from '../ansi.ts';
import type { LogLine, LogSource, LogsFromPage, LogsPageState, LogsToPage } from '../messages.ts';
import { addStyles, commonStyles, connectionStrip, openPage } from '../page.ts';
import { logStyles } from '../styles/logs.ts';

const page = openPage<LogsToPage, LogsFromPage, LogsPageState>({
  filter: '',
  wrap: false,
  times: false,
  follow: true,
  previous: false,
});
addStyles(commonStyles + logStyles);
let state = page.state;

const waitingText = 'Waiting for lines…';
const sourceColours = 8;
let maxLines = 10_000;
let lines: LogLine[] = [];
let sources = new Map<number, LogSource>();
let dropped = 0;
/** Lines that came while the page was paused; shown when it goes on. */
let held: LogLine[] = [];
let pending: LogLine[] = [];
let isDrawing = false;
/** Why there are no lines. */
let emptyText = waitingText;
let announcing: ReturnType<typeof setTimeout> | undefined;

const bar = element('header', 'bar');
bar.setAttribute('role', 'toolbar');
bar.setAttribute('aria-label', 'Log');
const filter = element('input', 'filter');
filter.type = 'search';
filter.placeholder = 'Filter (text or /regular expression/)';
filter.setAttribute('aria-label', 'Filter lines');
filter.setAttribute('aria-keyshortcuts', '/');
filter.title = 'Shows only lines with this text; press / to come here and Escape to see all again';
filter.value = state.filter;
const followButton = toggle('Follow', state.follow, 'Stay at the newest line', setFollow);
const wrapButton = toggle('Wrap', state.wrap, 'Break long lines', (on) => {
  keep({ wrap: on });
  list.classList.toggle('wrap', on);
});
const timesButton = toggle('Times', state.times, 'Show when each line was written', (on) => {
  keep({ times: on });
  list.classList.toggle('times', on);
});
const previousButton = toggle('Previous', state.previous, 'Show the run before a restart', (on) => {
  keep({ previous: on });
  clear();
  page.send({ type: 'previous', on });
});
const clearButton = button('Clear', 'Remove all lines from this page', clear);
const copyButton = button('Copy', 'Copy the lines shown', () =>
  page.send({ type: 'copy', text: shownText() }),
);
const saveButton = button('Save…', 'Open the lines shown in an editor', () =>
  page.send({ type: 'save', text: shownText() }),
);
const where = element('span', 'where');
const counter = element('span', 'counter');
bar.append(
  filter,
  followButton,
  wrapButton,
  timesButton,
  previousButton,
  clearButton,
  copyButton,
  saveButton,
  where,
  counter,
);

const legend = element('div', 'legend');
legend.setAttribute('role', 'list');
legend.setAttribute('aria-label', 'Containers');
const list = element('main', 'lines');
list.tabIndex = 0;
list.setAttribute('role', 'log');
list.setAttribute('aria-label', 'Log lines');
// Reading every line aloud would drown a screen reader's user; the list can be read at will.
list.setAttribute('aria-live', 'off');
list.classList.toggle('wrap', state.wrap);
list.classList.toggle('times', state.times);
const empty = element('p', 'empty');
empty.textContent = waitingText;
const announcer = element('p', 'spoken');
announcer.setAttribute('role', 'status');
const connection = connectionStrip(() => page.send({ type: 'connect' }));
document.body.append(bar, connection.element, legend, list, empty, announcer);

filter.addEventListener('input', () => {
  keep({ filter: filter.value });
  redraw();
  // Said when somebody looked for something; the count that rises with every line is not.
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    announcer.textContent = counter.textContent;
  }, 500);
});
bar.addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0 || event.target === filter) return;
  const controls = [...bar.querySelectorAll<HTMLElement>('input, button')];
  const next = controls[controls.indexOf(event.target as HTMLElement) + step];
  next?.focus();
});
list.addEventListener('scroll', () => {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  if (!atEnd && state.follow && !isDrawing) setFollow(false);
  else if (atEnd && !state.follow) setFollow(true);
});
list.addEventListener('keydown', (event) => {
  if (event.key === 'End') setFollow(true);
  if (event.key === 'Home') setFollow(false);
});
// What was selected is to stay in sight, and what the editor's search found is to come there.
document.addEventListener('selectionchange', () => {
  const selection = document.getSelection();
  const node = selection?.focusNode ?? null;
  if (selection?.isCollapsed !== false || !list.contains(node)) return;
  setFollow(false);
  // Whoever selects by hand sees it already; the search has its field outside this page.
  const found = document.hasFocus() ? undefined : node?.parentElement?.closest('.line');
  if (!found) return;
  const middle = list.getBoundingClientRect().top + list.clientHeight / 2;
  list.scrollTop += found.getBoundingClientRect().top - middle;
});
// Ctrl+F is the editor's own search, which hides no lines.
window.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target === filter) return;
  filter.focus();
  filter.select();
  event.preventDefault();
});
filter.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  filter.value = '';
  filter.dispatchEvent(new Event('input'));
  list.focus();
});

page.receive((message) => {
  switch (message.type) {
    case 'connection':
      connection.show(message.note);
      break;
    case 'start':
      emptyText = waitingText;
      maxLines = message.maxLines;
      clear();
      keep({ target: message.target, previous: message.previous });
      where.textContent = `${message.target.context} / ${message.target.namespace}`;
      press(previousButton, message.previous);
      break;
    case 'sources':
      sources = new Map(message.sources.map((source) => [source.id, source]));
      if (sources.size > 0) emptyText = waitingText;
      drawLegend();
      drawCounter();
      break;
    case 'lines':
      dropped += message.dropped;
      add(message.lines);
      break;
    case 'note':
      emptyText = message.text;
      drawCounter();
      break;
  }
});
page.send({ type: 'ready' });

function add(more: LogLine[]): void {
  if (!state.follow && list.childElementCount > 0) {
    held = ring([...held, ...more]);
    drawCounter();
    return;
  }
  show(more);
}

function show(more: LogLine[]): void {
  lines = ring([...lines, ...more]);
  pending.push(...more);
  if (pending.length > maxLines) pending = pending.slice(-maxLines);
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(draw);
}

function ring(all: LogLine[]): LogLine[] {
  const over = all.length - maxLines;
  if (over <= 0) return all;
  dropped += over;
  return all.slice(over);
}

function draw(): void {
  const matches = matcher(state.filter);
  const fragment = document.createDocumentFragment();
  for (const line of pending) if (matches(line)) fragment.append(row(line));
  pending = [];
  list.append(fragment);
  while (list.childElementCount > maxLines) list.firstElementChild?.remove();
  if (state.follow) list.scrollTop = list.scrollHeight;
  drawCounter();
  // The scroll event of our own scrolling comes after this frame.
  requestAnimationFrame(() => {
    isDrawing = false;
    if (pending.length > 0) {
      isDrawing = true;
      requestAnimationFrame(draw);
    }
  });
}

function redraw(): void {
  list.replaceChildren();
  pending = [...lines];
  isDrawing = true;
  requestAnimationFrame(draw);
}

function row(line: LogLine): HTMLElement {
  const source = sources.get(line.source);
  const out = element('div', 'line');
  const time = element('span', 'time');
  time.textContent = line.time.slice(11, 23).replace('Z', '');
  out.append(time);
  if (sources.size > 1) {
    const from = element('span', `from colour${line.source % sourceColours}`);
    const name = element('span', '');
    name.textContent = source === undefined ? '?' : nameOf(source);
    from.append(name);
    out.append(from);
  }
  const text = element('span', 'text');
  for (const span of parseAnsi(line.text)) {
    if (span.classes.length === 0) text.append(span.text);
    else {
      const part = element('span', span.classes.join(' '));
      part.textContent = span.text;
      text.append(part);
    }
  }
  out.append(text);
  return out;
}

/** Short where the pods' names have a common beginning: the last part tells them apart. */
function nameOf(source: LogSource): string {
  const containers = new Set([...sources.values()].map((other) => other.container));
  const pods = new Set([...sources.values()].map((other) => other.pod));
  const pod = pods.size === 1 ? '' : source.pod;
  return containers.size === 1 ? pod : pod === '' ? source.container : `${pod}/${source.container}`;
}

function drawLegend(): void {
  legend.replaceChildren();
  const words = { waiting: 'waiting', following: '', ended: 'ended', failed: 'failed' };
  for (const source of sources.values()) {
    const item = element('span', `source ${source.state}`);
    item.setAttribute('role', 'listitem');
    const dot = element('span', `dot colour${source.id % sourceColours}`);
    dot.textContent = source.state === 'following' ? '●' : '○';
    dot.setAttribute('aria-hidden', 'true');
    const name = element('span', 'name');
    name.textContent = `${source.pod}/${source.container}`;
    item.append(dot, name);
    const word = words[source.state];
    if (word !== '') {
      const note = element('span', 'note');
      note.textContent = source.message === undefined ? word : `${word}: ${source.message}`;
      item.append(note);
      item.title = note.textContent;
    }
    legend.append(item);
  }
}

function drawCounter(): void {
  const shown = list.childElementCount;
  empty.classList.toggle('hidden', shown > 0);
  empty.textContent = lines.length > 0 ? 'No line matches the filter' : emptyText;
  const parts = [shown === lines.length ? plural(shown) : `${shown} of ${plural(lines.length)}`];
  if (held.length > 0) parts.push(`${held.length} more below`);
  if (dropped > 0) parts.push(`${dropped} older dropped`);
  counter.textContent = parts.join(' · ');
}

function plural(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

function setFollow(on: boolean): void {
  if (state.follow === on) return;
  keep({ follow: on });
  press(followButton, on);
  if (!on) return;
  const more = held;
  held = [];
  show(more);
}

function clear(): void {
  lines = [];
  held = [];
  pending = [];
  dropped = 0;
  list.replaceChildren();
  drawCounter();
}

function matcher(text: string): (line: LogLine) => boolean {
  if (text === '') return () => true;
  const pattern = /^\/(.+)\/([i]?)$/.exec(text);
  if (pattern !== null) {
    try {
      const expression = new RegExp(pattern[1] ?? '', pattern[2]);
      filter.removeAttribute('aria-invalid');
      return (line) => expression.test(line.text);
    } catch {
      filter.setAttribute('aria-invalid', 'true');
      return () => true;
    }
  }
  const wanted = text.toLowerCase();
  return (line) => line.text.toLowerCase().includes(wanted);
}

function shownText(): string {
  const matches = matcher(state.filter);
  const plain = (line: LogLine) => {
    const source = sources.get(line.source);
    const from = sources.size > 1 && source !== undefined ? `${nameOf(source)} ` : '';
    const text = parseAnsi(line.text).map((span) => span.text);
    return `${state.times ? `${line.time} ` : ''}${from}${text.join('')}`;
  };
  return `${[...lines, ...held].filter(matches).map(plain).join('\n')}\n`;
}

function keep(change: Partial<LogsPageState>): void {
  state = { ...state, ...change };
  page.save(state);
}

function toggle(
  label: string,
  on: boolean,
  title: string,
  change: (on: boolean) => void,
): HTMLButtonElement {
  const made = button(label, title, () => {
    const next = made.getAttribute('aria-pressed') !== 'true';
    press(made, next);
    change(next);
  });
  press(made, on);
  return made;
}

function press(made: HTMLButtonElement, on: boolean): void {
  made.setAttribute('aria-pressed', String(on));
}

function button(label: string, title: string, act: () => void): HTMLButtonElement {
  const made = element('button', '');
  made.type = 'button';
  made.textContent = label;
  made.title = title;
  made.addEventListener('click', act);
  return made;
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  return made;
}
