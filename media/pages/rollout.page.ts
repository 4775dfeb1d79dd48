/** The rollout page: what was deployed, how far it is, and why it is not there yet. */
import { html, nothing, render, type TemplateResult } from 'lit';
import type {
  AppliedObject,
  Level,
  RolloutEvent,
  RolloutFromPage,
  RolloutPod,
  RolloutTarget,
  RolloutToPage,
  RolloutView,
  RolloutWorkload,
} from '../messages.ts';
import { addStyles, commonStyles, connectionStrip, openPage } from '../page.ts';
import { rolloutStyles } from '../styles/rollout.ts';

interface PageState {
  target?: RolloutTarget;
}

const page = openPage<RolloutToPage, RolloutFromPage, PageState>({});
addStyles(commonStyles + rolloutStyles);
const main = document.createElement('main');
const announcer = document.createElement('p');
announcer.className = 'spoken';
announcer.setAttribute('role', 'status');
const connection = connectionStrip(() => page.send({ type: 'connect' }));
document.body.append(connection.element, main, announcer);

page.receive((message) => {
  if (message.type === 'connection') {
    connection.show(message.note);
    return;
  }
  const { view, target } = message;
  page.save({ target });
  render(pageOf(view), main);
  // Said once for each change of the headline, not for every pod that moves.
  if (announcer.textContent !== view.headline) announcer.textContent = view.headline;
});
page.send({ type: 'ready' });

const marks: Record<Level, string> = {
  ok: '✓',
  busy: '…',
  warning: '!',
  error: '✕',
  done: '✓',
  off: '–',
};

function pageOf(view: RolloutView): TemplateResult {
  const troubled = view.workloads.filter((w) => w.state === 'failed' && w.canRollBack);
  return html`
    <header class="head ${view.state}">
      <span class="badge" aria-hidden="true">${stateMark(view.state)}</span>
      <div class="titles">
        <h1>${view.headline}</h1>
        <p class="where">
          ${view.title} <span class="sep">·</span> context <b>${view.context}</b>
          ${
            view.namespace === ''
              ? nothing
              : html`<span class="sep">·</span> namespace <b>${view.namespace}</b>`
          }
          <span class="sep">·</span> ${duration(view.seconds)}
        </p>
      </div>
      ${troubled.map(
        (
          w,
        ) => html`<button class="primary" @click=${() => page.send({ type: 'rollback', key: w.key })}>
          Roll back ${w.name}
        </button>`,
      )}
    </header>
    ${refusedList(view.applied)}
    <section aria-label="Workloads">${view.workloads.map(workload)}</section>
    ${appliedList(view.applied, view.workloads.length === 0)} ${eventList(view.events)}
  `;
}

function workload(w: RolloutWorkload): TemplateResult {
  const percent = percentOf(w.ready, w);
  const updated = percentOf(w.updated, w);
  return html`
    <article class="workload ${w.state}" aria-label="${w.kind} ${w.name}">
      <div class="row">
        <span class="mark ${w.state}" aria-hidden="true">${stateMark(w.state)}</span>
        <h2>${w.name}</h2>
        <span class="kind">${w.kind}${w.revision === undefined ? nothing : html` · revision ${w.revision}`}</span>
        <span class="count">${w.ready} of ${w.wanted} ready</span>
        <span class="actions">
          ${action('Logs', w, { type: 'logs', key: w.key })}
          ${action('Details', w, { type: 'details', key: w.key })}
          ${w.canRollBack ? action('Roll back…', w, { type: 'rollback', key: w.key }) : nothing}
        </span>
      </div>
      <div
        class="bar"
        role="progressbar"
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${percent}
        aria-label="${w.name}: ${w.ready} of ${w.wanted} ready"
      >
        <div class="updated" .style=${`width:${updated}%`}></div>
        <div class="ready" .style=${`width:${percent}%`}></div>
      </div>
      <p class="message">${w.message}</p>
      ${w.pods.length === 0 ? nothing : podTable(w)}
    </article>
  `;
}

/** The label alone would be the same for every workload. */
function action(label: string, w: RolloutWorkload, message: RolloutFromPage): TemplateResult {
  return html`<button
    class="quiet"
    aria-label="${label} (${w.kind} ${w.name})"
    @click=${() => page.send(message)}
  >
    ${label}
  </button>`;
}

/** Of what is wanted; where nothing is, it is all there once the rollout is complete. */
function percentOf(count: number, { wanted, state }: RolloutWorkload): number {
  if (wanted === 0) return state === 'complete' ? 100 : 0;
  return Math.round((100 * Math.min(count, wanted)) / wanted);
}

function podTable(w: RolloutWorkload): TemplateResult {
  const hasOld = w.pods.some((pod) => !pod.isNew);
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Pod</th>
          <th scope="col">Status</th>
          <th scope="col">Ready</th>
          <th scope="col" class="wide">Restarts</th>
          <th scope="col" class="wide">Node</th>
          <th scope="col" class="wide">Age</th>
          <th scope="col"><span class="spoken">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${w.pods.map((pod) => podRow(w, pod, hasOld))}
      </tbody>
    </table>
  `;
}

function podRow(w: RolloutWorkload, pod: RolloutPod, hasOld: boolean): TemplateResult {
  const revision = !hasOld ? nothing : html`<span class="tag">${pod.isNew ? 'new' : 'old'}</span>`;
  return html`
    <tr>
      <td class="pod">${pod.name} ${revision}</td>
      <td class="status ${pod.level}"><span class="dot" aria-hidden="true">${marks[pod.level]}</span> ${pod.status}</td>
      <td>${pod.ready}</td>
      <td class="wide">${pod.restarts}</td>
      <td class="wide">${pod.node ?? ''}</td>
      <td class="wide">${pod.age}</td>
      <td class="actions">
        <button
          class="quiet"
          aria-label="Logs of ${pod.name}"
          @click=${() => page.send({ type: 'logs', key: w.key, pod: pod.name })}
        >
          Logs
        </button>
      </td>
    </tr>
    ${
      pod.reason === undefined
        ? nothing
        : html`<tr class="why ${pod.level}"><td colspan="7">${pod.reason}</td></tr>`
    }
  `;
}

/** @param isAll whether they are all there is to see */
function appliedList(
  applied: readonly AppliedObject[],
  isAll: boolean,
): TemplateResult | typeof nothing {
  const accepted = applied.filter((object) => !object.failed);
  if (accepted.length === 0) return nothing;
  return html`
    <details ?open=${isAll}>
      <summary>Applied objects (${accepted.length})</summary>
      <ul class="applied">
        ${accepted.map(
          (object) => html`<li>
            <span class="kind">${object.kind}</span> ${object.name}
            <span class="result">${object.result}</span>
          </li>`,
        )}
      </ul>
    </details>
  `;
}

/** What the server would not take, in its words, with the way to the line that it means. */
function refusedList(applied: readonly AppliedObject[]): TemplateResult | typeof nothing {
  const refused = applied.flatMap((object, index) => (object.failed ? [{ object, index }] : []));
  if (refused.length === 0) return nothing;
  return html`<section aria-label="Not accepted">
    ${refused.map(
      ({ object, index }) => html`<article class="workload failed refused">
        <div class="row">
          <span class="mark failed" aria-hidden="true">✕</span>
          <h2>${object.name}</h2>
          <span class="kind">${object.kind} · not accepted</span>
          ${object.source === undefined ? nothing : sourceLink(object.source, index)}
        </div>
        <p class="message">${object.result}</p>
      </article>`,
    )}
  </section>`;
}

function sourceLink(
  { label, line }: NonNullable<AppliedObject['source']>,
  index: number,
): TemplateResult {
  return html`<button
    class="quiet source"
    title="Open the manifest at this line"
    @click=${() => page.send({ type: 'source', index })}
  >
    ${label}:${line}
  </button>`;
}

function eventList(events: readonly RolloutEvent[]): TemplateResult | typeof nothing {
  if (events.length === 0) return nothing;
  return html`
    <details open>
      <summary>Events</summary>
      <ul class="events">
        ${events.map(
          (event) => html`<li class=${event.level}>
            <span class="age">${event.time}</span>
            <span class="reason">${event.reason}${event.count > 1 ? html` ×${event.count}` : nothing}</span>
            <span class="object">${event.object}</span>
            <span class="text">${event.message}</span>
          </li>`,
        )}
      </ul>
    </details>
  `;
}

function stateMark(state: RolloutView['state']): string {
  return state === 'complete' ? '✓' : state === 'failed' ? '✕' : '…';
}

function duration(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
