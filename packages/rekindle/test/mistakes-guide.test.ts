import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { createHook } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { hostOf, settled } from './stories.ts';

const guide = readFileSync(new URL('../../../docs/guides/mistakes.md', import.meta.url), 'utf8');

interface Section {
  readonly title: string;
  readonly code: string;
  /** As the guide quotes it. */
  readonly message: string;
  readonly before: string | undefined;
  readonly wrong: string;
  readonly right: string;
}

const sections: Section[] = guide
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const block = (tag: string) => new RegExp(`\`\`\`ts ${tag}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
    const [, code = '', message = ''] = /^`([A-Z_]+)`.*?: `(.*)`$/m.exec(text) ?? [];
    const title = text.slice(0, text.indexOf('\n'));
    return { title, code, message, before: block('before'), wrong: block('wrong') ?? '', right: block('right') ?? '' };
  });

/** Loads one text, lets the game use it, and saves the next; what was said of it, as code and message. */
async function saidOf({ before, next }: { before: string; next: string }): Promise<string[]> {
  const onDeath = createHook<() => void>('death');
  const models = new Set<string>();
  const api = {
    bus: new EventEmitter(),
    gold: { amount: 0 },
    onDeath: onDeath.add,
    spawn: () => {},
    wait: () => new Promise(() => {}),
    model(name: string) {
      if (models.has(name)) throw new Error(`Model '${name}' is defined already.`);
      models.add(name);
      return { name };
    },
  };
  const t = await hostOf({ 'main.ts': before }, { modules: { '@arena/api': api }, entries: ['main.ts'] });
  onDeath.call();
  const outcome = await t.change({ 'main.ts': next });
  await settled();
  const told = t.events.flatMap((event) => {
    if (event.type === 'script:warning') return [event.diagnostic];
    return event.type === 'instances:upgraded' ? event.kept.map(({ diagnostic }) => diagnostic) : [];
  });
  const refusal = outcome.status === 'refused' ? outcome.diagnostics : [];
  return [...told, ...refusal].map(({ code, message, line }) => {
    expect(line).toBeGreaterThan(0);
    return `${code}: ${message}`;
  });
}

describe('the guide to mistakes', () => {
  it('has a section for each', () => {
    expect(sections.map(({ code }) => code)).toEqual([
      'LISTENER_LEFT',
      'ENDLESS_LOOP',
      'SLOT_HOLDS_CODE',
      'SLOT_HOLDS_TIMER',
      'SLOT_SHAPE_CHANGED',
      'SLOT_INSTANCES_LOST',
      'CLASS_PRIVATE',
      'STATE_LOSS',
      'BODY_THREW',
    ]);
  });

  describe.each(sections)('$title', ({ code, message, before, wrong, right }) => {
    it('is told as the guide says', async () => {
      const edited = `${wrong}export const edited = 1;\n`;
      const said = await saidOf({ before: before ?? wrong, next: before === undefined ? edited : wrong });
      expect(said).toContain(`${code}: ${message}`);
    });

    it('is not told of the right form', async () => {
      const edited = `${right}export const edited = 1;\n`;
      expect(await saidOf({ before: before ?? right, next: before === undefined ? edited : right })).toEqual([]);
    });
  });
});
