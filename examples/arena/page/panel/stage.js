// What is laid over the arena: match, leaders, feed, and the toast that tells of a reload.

import { GOLD, hueOf } from '../scene/palette.js';
import { byId, element, ms, plural } from './dom.js';
import { names } from './log.js';

const SHOWN = 8;
const PHASES = { 'warm-up': 'warm up', playing: 'match', overtime: 'overtime', ended: 'winner' };

export class Match {
  #root = byId('match');
  #match;

  show(match) {
    this.#match = match;
    this.#root.dataset.phase = match.phase;
    this.#part('phase').textContent = PHASES[match.phase] ?? match.phase;
    this.#part('round').textContent = match.round > 0 ? `round ${match.round}` : '';
  }

  /** @param {number} now game time in ms */
  tick(now) {
    const { phase, since = now, endsAt, winner } = this.#match ?? {};
    const left = Math.max(0, (endsAt ?? now) - now);
    const seconds = Math.ceil(left / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    write(this.#part('clock'), phase === 'ended' && winner ? winner : clock);
    const whole = (endsAt ?? now) - since;
    this.#part('bar').style.transform = `scaleX(${whole > 0 ? Math.min(1, left / whole).toFixed(4) : 0})`;
  }

  #part(name) {
    return this.#root.querySelector(`[data-match=${name}]`);
  }
}

export class Leaders {
  #list = byId('leaders');

  /** @param {{ id: number, score: number }[]} players @param {Map<number, { name: string }>} roster */
  show(players, roster, me) {
    const ranked = players.toSorted((a, b) => b.score - a.score || a.id - b.id);
    const shown = ranked.slice(0, SHOWN);
    const mine = ranked.find(({ id }) => id === me);
    if (mine && !shown.includes(mine)) shown[SHOWN - 1] = mine;
    while (this.#list.childElementCount < shown.length) this.#list.append(element('li', element('span'), element('b')));
    while (this.#list.childElementCount > shown.length) this.#list.lastElementChild.remove();
    shown.forEach(({ id, score }, index) => {
      const line = this.#list.children[index];
      const first = id === ranked[0].id && score > 0;
      line.classList.toggle('first', first);
      line.classList.toggle('me', id === me);
      line.style.setProperty('--hue', String(first ? GOLD : hueOf(id)));
      write(line.children[0], roster.get(id)?.name ?? '');
      write(line.children[1], String(score));
    });
  }
}

export class Feed {
  #root = byId('feed');

  say(text, tone) {
    const line = element('p', text);
    line.dataset.tone = tone;
    this.#root.append(line);
    while (this.#root.childElementCount > 5) this.#root.firstElementChild.remove();
    setTimeout(() => line.remove(), 8000);
  }
}

export class Toast {
  #root = byId('toast');
  #timer = 0;

  show(entry) {
    const [title, text] = words(entry);
    if (!title) return;
    this.#root.replaceChildren(element('strong', title), element('span', text));
    this.#root.classList.toggle('refused', entry.kind !== 'committed');
    this.#root.classList.add('on');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#root.classList.remove('on'), 4500);
  }
}

function words(entry) {
  switch (entry.kind) {
    case 'committed':
      return [
        `Release ${entry.release}: ${names(entry.changed)}`,
        `${plural(entry.ran.length, 'module')} ran, ${entry.kept} kept, ${ms(entry.pause)} ms pause`,
      ];
    case 'refused': {
      const [fault] = entry.faults;
      const place = fault ? [fault.module, fault.line].filter(Boolean).join(':') : '';
      return [`Refused: ${place}`, `Release ${entry.release} runs on as if nothing had happened`];
    }
    case 'error': {
      const { module, line, message } = entry.fault;
      return [`Error in ${[module, line].filter(Boolean).join(':')}`, message];
    }
    default:
      return [];
  }
}

/** Layout is only done again where something is different. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
