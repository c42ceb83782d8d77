// The numbers of the side panel.

import { byId, ms } from './dom.js';
import { write } from './stage.js';

const STATES = { connecting: 'connecting', live: 'live', lost: 'no server' };

export class StatusPanel {
  #release = byId('release');
  #live = byId('live');

  connection(state) {
    this.#live.dataset.state = state;
    write(this.#live, STATES[state]);
  }

  show({ release, modules, players, goblins, rate, lateness }) {
    this.release(release);
    this.#write('modules', String(modules));
    this.#write('players', String(players));
    this.#write('goblins', String(goblins));
    this.#write('rate', rate.toFixed(1));
    this.#write('p50', ms(lateness.p50));
    this.#write('p99', ms(lateness.p99));
  }

  release(number) {
    this.#write('release', String(number));
    document.title = `Release ${number} · Rekindle arena`;
  }

  /** A new release: the number glows up. */
  kindle() {
    this.#release.classList.remove('kindled');
    // Reading the layout lets the animation begin again.
    void this.#release.offsetWidth;
    this.#release.classList.add('kindled');
  }

  #write(name, text) {
    const node = document.querySelector(`[data-status=${name}]`);
    if (node) write(node, text);
  }
}
