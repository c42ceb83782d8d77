// What a host says in which order, over the hours: a letter is the type of an event, a group is one moment, and time is
// the host's own.
import { createHook, type RekindleEvent } from 'rekindle';
import type { TestHost, TestHostOptions } from 'rekindle/testing';
import { concatWith, delay, from, map, mergeMap, NEVER, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { hostOf, settled } from './stories.ts';

const DAY = 24 * 60 * 60 * 1_000;

const LETTERS = {
  L: 'module:loaded',
  U: 'module:unloaded',
  S: 'reload:started',
  C: 'reload:committed',
  R: 'reload:refused',
  B: 'reload:rolled-back',
  H: 'reload:held',
  W: 'reload:waiting',
  m: 'state:migrated',
  d: 'state:dropped',
  l: 'state:lost',
  i: 'instances:upgraded',
  r: 'effect:restarted',
  f: 'effect:failed',
  e: 'script:error',
} as const;

interface Story {
  readonly t: TestHost;
  /** Lets a second pass. */
  second(): Promise<void>;
  /** Calls what is in the hook `tick`, so many times. */
  tick(times?: number): void;
  /** Everything that was said, against a diagram. */
  says(diagram: string): void;
}

async function storyOf(modules: Record<string, string>, options: TestHostOptions = {}): Promise<Story> {
  const hook = createHook<() => void>('tick');
  const api = { onTick: hook.add };
  const t = await hostOf(modules, { ...options, modules: { '@game/api': api, ...options.modules } });
  const told = new Set<string>(Object.values(LETTERS));
  const heard: { readonly frame: number; readonly event: RekindleEvent }[] = [];
  t.host.events$.subscribe((event) => {
    if (told.has(event.type)) heard.push({ frame: t.clock.now(), event });
  });
  await t.import('main.ts');
  return {
    t,
    async second() {
      await settled();
      await t.clock.advance(1_000);
    },
    tick: (times = 1) => {
      for (let call = 0; call < times; call += 1) hook.call();
    },
    says(diagram) {
      new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
        const events$ = from(heard).pipe(
          mergeMap(({ frame, event }) => of(event).pipe(delay(frame))),
          concatWith(NEVER), // the host goes on
        );
        expectObservable(events$.pipe(map(({ type }) => type))).toBe(diagram, LETTERS);
      });
    },
  };
}

/** A slot whose second version can come, and go where `down` says how. */
const slot = (version: number, down = 'down: { 2: (now) => ({ gold: now.gold }) }') => `
  import { state } from 'rekindle/script';
  const up = { 2: (old) => ({ gold: old.gold, silver: 0 }) };
  export const bag = state('bag', () => ({ gold: 1 }), { version: ${version}, up, ${down} });
`;
const failing = "import { onTick } from '@game/api'; onTick(() => { throw new Error('no'); });";

describe('the order of what is said', () => {
  it('of a commit: it begins, who came and went, and that it is done', async () => {
    const { t, second, says } = await storyOf({ 'main.ts': "import './old.ts'; export const a = 1;", 'old.ts': '' });
    await second();
    await t.change({ 'main.ts': "import './new.ts'; export const a = 2;", 'new.ts': '' });
    await second();
    await t.host.unload('main.ts');
    await settled();
    says('(LL) 996ms (SLUC) 994ms (SUUC)');
  });

  it('of state: what migrated is told at the point of no return, what was lost and set aside after the commit', async () => {
    const counter = 'export let count = 0; export const add = () => (count += 1);';
    const { t, second, says } = await storyOf({ 'main.ts': `${slot(1)} ${counter}` });
    await second();
    (await t.import<{ add(): void }>('main.ts')).add();
    await t.change({ 'main.ts': `${slot(2)} ${counter}` });
    await second();
    await t.change({ 'main.ts': 'export const a = 3;' });
    await t.clock.advance(DAY);
    says(`L 999ms (SmCl) 994ms (SdC) ${DAY - 5}ms d`);
  });

  it('of a refusal: it begins, which old effects were set up again, and why', async () => {
    const effects = (more: string) =>
      `import { effect } from 'rekindle/script'; effect(() => () => {}); effect(() => { ${more} return () => {}; });`;
    const { t, second, says } = await storyOf({ 'main.ts': effects('') });
    await second();
    await t.change({ 'main.ts': effects("throw new Error('no');") });
    await second();
    await t.change({ 'main.ts': "throw new Error('no');" }); // before any effect
    await second();
    await t.change({ 'main.ts': 'export const = 1;' }); // before it begins
    await settled();
    says('L 999ms (SrrR) 994ms (SR) 996ms R');
  });

  it('of effects: a cleanup that throws is told, and the commit stands; one that does not come back is told, too', async () => {
    const { t, second, says } = await storyOf({
      'main.ts': "import { effect } from 'rekindle/script'; effect(() => () => { throw new Error('no'); });",
    });
    await second();
    await t.change({ 'main.ts': 'export const a = 1;' });
    await second();
    await t.change({
      'main.ts': `import { effect } from 'rekindle/script'; let calls = 0;
        effect(() => { if (++calls > 1) throw new Error('no'); return () => {}; });`,
    });
    await second();
    await t.change({
      'main.ts': "import { effect } from 'rekindle/script'; effect(() => { throw new Error('no'); });",
    });
    await settled();
    says('L 999ms (SfC) 995ms (SC) 996ms (SfR)');
  });

  it('of probation: the errors, then that it was taken back, with the slots that went down before it', async () => {
    const { t, second, tick, says } = await storyOf({ 'main.ts': slot(1) });
    await second();
    await t.change({ 'main.ts': `${slot(2)} ${failing}` });
    await second();
    tick(6);
    await second();
    await t.host.sync(); // barred
    await settled();
    says('L 999ms (SmC) 995ms (eeeeeeSmB) 989ms R');
  });

  it('of probation that cannot go back: it is held', async () => {
    const { t, second, tick, says } = await storyOf({ 'main.ts': slot(1, '') });
    await second();
    await t.change({ 'main.ts': `${slot(2, '')} ${failing}` });
    await second();
    tick(6);
    await settled();
    says('L 999ms (SmC) 995ms (eeeeeeSH)');
  });

  it('of somebody who goes back: as of a reload, and another last word', async () => {
    const { t, second, says } = await storyOf({ 'main.ts': slot(1) });
    await second();
    await t.change({ 'main.ts': slot(2) });
    await second();
    await t.host.revert();
    await settled();
    says('L 999ms (SmC) 995ms (SmB)');
  });

  it('of a change that waits: that it waits, and the rest when its moment has come', async () => {
    const moments: (() => unknown)[] = [];
    const { t, second, says } = await storyOf(
      { 'main.ts': 'export const a = 1;' },
      { activate: (apply) => void moments.push(apply) },
    );
    await second();
    const change = t.change({ 'main.ts': 'export const a = 2;' });
    for (let passed = 0; passed < 6; passed += 1) await second();
    moments[0]?.();
    await change;
    await settled();
    says('L 999ms S 4999ms W 999ms C');
  });

  it('of living objects: after the commit, when the game has had its tick', async () => {
    const goblin = (more: string) => `export class Goblin { hp = 1; ${more} } export const one = new Goblin();`;
    const { t, second, says } = await storyOf({ 'main.ts': goblin('') });
    await second();
    await t.change({ 'main.ts': goblin('step() {}') });
    await settled();
    says('L 999ms (SCi)');
  });
});

it('what is said during the step is heard after it, whoever holds it open', async () => {
  let inside = false;
  const heard: string[] = [];
  const { t } = await storyOf(
    { 'main.ts': slot(1) },
    {
      activate: (apply) => {
        inside = true;
        apply();
        heard.push('the step ends');
        inside = false;
      },
    },
  );
  t.host.events$.subscribe(({ type }) => heard.push(inside ? `${type} inside` : type));
  await t.change({ 'main.ts': slot(2) });
  await settled();
  expect(heard).toEqual(['reload:started', 'the step ends', 'state:migrated', 'reload:committed']);
});

it('a handler that throws hears the next release all the same', async () => {
  const { t } = await storyOf({ 'main.ts': 'export const a = 1;' });
  const warnings: string[] = [];
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  onTestFinished(() => warn.mockRestore());
  const heard: number[] = [];
  t.host.on('reload:committed', ({ release }) => {
    heard.push(release.number);
    throw new Error(`at release ${release.number}`);
  });
  for (const a of [2, 3]) await t.change({ 'main.ts': `export const a = ${a};` });
  await settled();
  expect(heard).toEqual([2, 3]);
  expect(warnings).toEqual([expect.stringContaining('at release 2'), expect.stringContaining('at release 3')]);
});
