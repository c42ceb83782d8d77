/** A game that ticks, for stories of what happens to releases that err. */
import { createHook } from 'rekindle';
import type { TestHostOptions } from 'rekindle/testing';
import { hostOf, type Modules, settled } from './stories.ts';

/** A script that speaks in each tick. */
export const good = (name: string) => `import { onTick, say } from '@game/api'; onTick(() => say('${name}'));`;

/** A script that throws in each tick. */
export const bad = "import { onTick } from '@game/api'; onTick(() => { throw new Error('no such goblin'); });";

export async function game(modules: Modules, options: TestHostOptions = {}) {
  const tick = createHook<() => void>('tick');
  const said: string[] = [];
  const api = { onTick: tick.add, say: (what: string) => said.push(what) };
  const t = await hostOf(modules, { ...options, modules: { '@game/api': api, ...options.modules } });
  for (const id of Object.keys(modules)) await t.import(id);
  const ticks = (count: number) => {
    for (let call = 0; call < count; call += 1) tick.call();
  };
  /** What is said in one tick. */
  const heard = () => {
    said.length = 0;
    tick.call();
    return said.join();
  };
  const of = (type: string) => t.events.filter((event) => event.type === type);
  return { t, ticks, heard, of };
}

/** Moments of a game that lets releases wait. */
export class Moments {
  /** Whether the game lets what is ready happen at once. */
  isAtOnce = false;
  readonly #waiting: (() => unknown)[] = [];

  readonly activate = (apply: () => unknown): void => {
    if (this.isAtOnce) apply();
    else this.#waiting.push(apply);
  };

  /** Waits until as many have been ready. */
  async ready(count: number): Promise<void> {
    while (this.#waiting.length < count) await settled();
  }

  /** Lets happen what waits, and what waits after that. */
  async come(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) {
      for (const apply of this.#waiting.splice(0)) apply();
      await settled();
    }
  }
}
