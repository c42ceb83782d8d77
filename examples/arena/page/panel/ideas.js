// Edits that are worth making, one at a time. README.md tells the same ones at greater length.

import { byId, element } from './dom.js';

const IDEAS = [
  {
    path: 'rules/limits.ts',
    out: 'export const maxSpeed = 170;',
    in: 'export const maxSpeed = 420;',
    effect: 'Everybody is faster in the next tick.',
  },
  {
    path: 'rules/movement.ts',
    out: 'const grip = 7;',
    in: 'const grip = 0.6;',
    effect: 'The floor turns to ice.',
  },
  {
    path: 'rules/combat.ts',
    out: 'const barrels = 1;',
    in: 'const barrels = 7;',
    effect: 'Every shot is a fan of seven.',
  },
  {
    path: 'npc/behaviour.ts',
    out: 'const greedySpeed = 95;',
    in: 'const greedySpeed = 320;',
    effect: 'The goblins that live race for every gem.',
  },
  {
    path: 'items/spawner.ts',
    out: 'const most = 70;',
    in: 'const most = 300;',
    effect: 'It rains gems. There is still one timer.',
  },
  {
    path: 'rules/movement.ts',
    out: "import { maxSpeed } from './limits.ts';",
    in: "import { topSpeed as maxSpeed } from './limits.ts';",
    effect: 'Refused, with the line. Nothing stops.',
  },
];

const TURN_EVERY = 12_000;

export class Ideas {
  #at = 0;
  #folder = 'examples/arena/scripts';
  #root = byId('try');
  #timer = 0;

  constructor() {
    this.#part('back').addEventListener('click', () => this.#turn(-1, true));
    this.#part('on').addEventListener('click', () => this.#turn(1, true));
    this.#part('path').addEventListener('click', () => this.#copy());
    this.#timer = setInterval(() => this.#turn(1, false), TURN_EVERY);
    this.#draw();
  }

  set folder(folder) {
    if (folder === this.#folder) return;
    this.#folder = folder;
    this.#draw();
  }

  #turn(by, byHand) {
    // Whoever turns the pages wants to read them.
    if (byHand) clearInterval(this.#timer);
    else if (this.#root.matches(':hover, :focus-within')) return;
    this.#at = (this.#at + by + IDEAS.length) % IDEAS.length;
    this.#draw();
  }

  async #copy() {
    const path = this.#part('path');
    await navigator.clipboard.writeText(path.textContent);
    path.classList.add('copied');
    setTimeout(() => path.classList.remove('copied'), 1500);
  }

  #draw() {
    const idea = IDEAS[this.#at];
    this.#part('count').textContent = `${this.#at + 1}/${IDEAS.length}`;
    this.#part('path').replaceChildren(element('span', `${this.#folder}/`), element('b', idea.path));
    this.#part('diff').replaceChildren(element('span.out', `- ${idea.out}`), element('span.in', `+ ${idea.in}`));
    this.#part('effect').textContent = idea.effect;
  }

  #part(name) {
    return this.#root.querySelector(`[data-try=${name}]`);
  }
}
