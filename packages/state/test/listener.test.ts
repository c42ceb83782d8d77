import { EventEmitter } from 'node:events';
import { currentScope } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, moduleOf, Namespace } from './namespace.ts';

describe('listen', () => {
  it('hears from the commit to the end of the version, without a gap and without doubles', () => {
    const chat = new EventEmitter();
    const heard: string[] = [];
    const game = new Namespace();
    const body =
      (name: string): Body =>
      ({ listen }) =>
        listen(chat, 'say', (text: string) => heard.push(`${name} ${text}`));
    const say = (text: string): string[] => {
      chat.emit('say', text);
      return heard.splice(0);
    };
    game.change({ 'a.ts': body('one') }, () => expect(say('early')).toEqual([]));
    expect(say('1')).toEqual(['one 1']);
    game.change({ 'a.ts': body('two') }, () => expect(say('2')).toEqual(['one 2']));
    expect(say('3')).toEqual(['two 3']);
    game.change({ 'a.ts': null });
    expect(say('4')).toEqual([]);
    expect(chat.listenerCount('say')).toBe(0);
  });

  it('keeps its place among the listeners of others over an edit', () => {
    const chat = new EventEmitter();
    const heard: string[] = [];
    const game = new Namespace();
    const body =
      (...names: string[]): Body =>
      ({ listen }) => {
        for (const name of names) listen(chat, 'say', () => heard.push(name));
      };
    game.change({ 'a.ts': body('a1', 'a2') });
    chat.on('say', () => heard.push('game'));
    game.change({ 'a.ts': body('A1', 'A2', 'A3') });
    chat.emit('say');
    expect(heard.splice(0)).toEqual(['A1', 'A2', 'game', 'A3']);
    game.change({ 'a.ts': body('only') });
    chat.emit('say');
    expect(heard).toEqual(['only', 'game']);
  });

  it('is exactly as it was after a refusal, in a foreign emitter too', () => {
    const chat = new EventEmitter();
    const game = new Namespace();
    const body: Body = ({ listen }) => listen(chat, 'say', () => {});
    game.change({ 'a.ts': body });
    const before = chat.listeners('say');
    const failing: Body = ({ effect, listen }) => {
      listen(chat, 'say', () => {});
      listen(chat, 'other', () => {});
      effect(() => {
        throw new Error('port in use');
      });
    };
    expect(() => game.change({ 'a.ts': failing })).toThrow('port in use');
    expect(chat.listeners('say')).toEqual(before);
    expect(chat.eventNames()).toEqual(['say']);
  });

  it('is an entry point: owner, isolation, this', async () => {
    const chat = new EventEmitter();
    const game = new Namespace();
    const seen: unknown[] = [];
    game.change({
      'a.ts': ({ listen }) => {
        listen(chat, 'say', function (this: unknown) {
          seen.push(currentScope()?.owner.module, this);
          throw new Error('at once');
        });
        listen(chat, 'say', async () => {
          throw new Error('later');
        });
      },
    });
    chat.emit('say');
    await game.clock.advance(0);
    expect(seen).toEqual(['a.ts', chat]);
    expect(game.faults.map(({ error, where }) => `${error} in ${where}`)).toEqual([
      "Error: at once in listener of 'say'",
      "Error: later in listener of 'say'",
    ]);
  });

  it('takes an EventTarget as well', () => {
    const target = new EventTarget();
    const game = new Namespace();
    const seen: string[] = [];
    const body =
      (name: string): Body =>
      ({ listen }) =>
        listen(target, 'ping', (event: Event) => seen.push(`${name} ${event.type}`));
    game.change({ 'a.ts': body('one') });
    game.change({ 'a.ts': body('two') });
    target.dispatchEvent(new Event('ping'));
    game.change({ 'a.ts': null });
    target.dispatchEvent(new Event('ping'));
    expect(seen).toEqual(['two ping']);
  });

  it('listens at once for code that runs, and no longer than its version', () => {
    const chat = new EventEmitter();
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    const old = moduleOf(game.scope('a.ts'));
    old.listen(chat, 'say', () => {});
    expect(chat.listenerCount('say')).toBe(1);
    game.change({ 'a.ts': () => {} });
    expect(chat.listenerCount('say')).toBe(0);
    expect(codeOf(() => old.listen(chat, 'say', () => {}))).toBe('VERSION_ENDED');
  });

  it('refuses what is no emitter and what is no handler', () => {
    const game = new Namespace();
    const no: Body = ({ listen }) => listen({} as EventEmitter, 'say', () => {});
    expect(codeOf(() => game.change({ 'a.ts': no }))).toBe('INVALID_ARGUMENT');
    const nothing: Body = ({ listen }) => listen(new EventEmitter(), 'say', undefined as never);
    expect(codeOf(() => game.change({ 'a.ts': nothing }))).toBe('INVALID_ARGUMENT');
  });

  it('reports an emitter that throws while it is listened to; the commit stands', () => {
    const chat = new EventEmitter();
    chat.on('newListener', (event) => {
      if (event === 'say') throw new Error('full');
    });
    const game = new Namespace();
    game.change({ 'a.ts': ({ listen }) => listen(chat, 'say', () => {}) });
    expect(game.faults.map(({ error }) => String(error))).toEqual(['Error: full']);
    expect(game.scope('a.ts').phase).toBe('active');
  });
});
