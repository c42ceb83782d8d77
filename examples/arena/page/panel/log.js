// The list of reloads: what was saved, what ran, how long it took; and what was refused, with the place.

import { byId, element, ms, plural } from './dom.js';

const MOST = 40;

export class Log {
  #list = byId('log');

  constructor() {
    setInterval(() => this.#age(), 5000);
  }

  show(entries) {
    this.#list.replaceChildren(...entries.toReversed().map(draw));
    this.#age();
  }

  add(entry) {
    const line = draw(entry);
    line.classList.add('new');
    this.#list.prepend(line);
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
    this.#age();
  }

  #age() {
    for (const time of this.#list.querySelectorAll('time')) time.textContent = ago(Number(time.dataset.time));
  }
}

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - time) / 1000));
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

function draw(entry) {
  const time = element('time');
  time.dataset.time = String(entry.time);
  const line = element('li.entry', element('div.entry-head', element('strong', title(entry)), time), ...body(entry));
  line.dataset.kind = entry.kind;
  return line;
}

function title(entry) {
  switch (entry.kind) {
    case 'loaded':
      return 'started';
    case 'committed':
      return `release ${entry.release}`;
    case 'refused':
      return `refused, release ${entry.release} runs on`;
    case 'error':
      return 'error in a script';
    case 'warning':
      return 'probably a mistake';
    default:
      return entry.kind;
  }
}

function body(entry) {
  switch (entry.kind) {
    case 'loaded':
      return [figures([plural(entry.modules, 'module'), ` in ${ms(entry.duration)} ms`])];
    case 'committed':
      return [
        element('code', names(entry.changed)),
        figures([
          `${entry.ran.length} ran, ${entry.kept} kept`,
          ` · ${ms(entry.duration)} ms · pause `,
          element('b', `${ms(entry.pause)} ms`),
        ]),
      ];
    case 'refused':
      return entry.faults.map(drawFault);
    case 'error':
    case 'warning':
      return [drawFault(entry.fault)];
    default:
      return [];
  }
}

function figures(parts) {
  return element('p.figures', ...parts);
}

export function names(ids) {
  return ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ');
}

function drawFault({ message, module, line, column, frame, hint }) {
  const place = [module, line, column].filter((part) => part !== undefined).join(':');
  return element(
    'div.fault',
    place ? element('p.where', place) : undefined,
    element('p', message),
    frame ? element('pre', frame) : undefined,
    hint ? element('p.hint', hint) : undefined,
  );
}
