// The stream itself, in virtual time: a letter is an event, a group is one synchronous step.
import diagnostics from 'node:diagnostics_channel';
import { map, Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventStream, forModule, ofType } from '../src/event-stream.ts';
import type { EventType, RekindleEvent } from '../src/events.ts';

const base = { time: 0, namespace: 'main', release: { number: 1, hash: '' } };
const loaded = (module: string): RekindleEvent => ({ ...base, type: 'module:loaded', module, revision: '' });
const started = (...modules: string[]): RekindleEvent => ({ ...base, type: 'reload:started', cause: 'sync', modules });
const refusedOf = (...modules: string[]): RekindleEvent => ({
  ...base,
  type: 'reload:refused',
  cause: 'sync',
  modules,
  diagnostics: [],
  duration: 0,
});
const log = (module: string | undefined): RekindleEvent => ({
  ...base,
  type: 'script:log',
  module,
  level: 'log',
  values: [],
});
const lost: RekindleEvent = { ...base, type: 'store:lost', store: 'folder', error: undefined };

const a = loaded('npc/goblin.ts');
const b = started('npc/goblin.ts', 'main.ts');
const c = refusedOf('npc/deep/orc.ts');
const d = log('shop.ts');
const e = log(undefined);
const f = lost;
const values = { a, b, c, d, e, f };

let scheduler: TestScheduler;

/** One story in virtual time, in which a microtask is what comes after everything else of its moment. */
function story(act: (t: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void {
  scheduler.run((helpers) => {
    vi.stubGlobal('queueMicrotask', (task: () => void) => void scheduler.schedule(task, 0));
    act(helpers);
  });
}

/** The stream, fed with what a diagram says, one step at a time. */
function fed(steps: Observable<RekindleEvent>): EventStream {
  const stream = new EventStream();
  steps.subscribe({ next: (event) => stream.emit(event), complete: () => stream.complete() });
  return stream;
}

beforeEach(() => {
  scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
});
afterEach(() => void vi.unstubAllGlobals());

describe('the stream', () => {
  it('gives every event once, in order, and completes with the host', () => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('a-(bcd)-e|', values));
      expectObservable(events$).toBe('a-(bcd)-e|', values);
    });
  });

  it('gives what waits before it completes', () => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('--(ab|)', values));
      expectObservable(events$).toBe('--(ab|)', values);
    });
  });

  it('replays nothing: who comes later, or leaves earlier, sees its own time', () => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('a-b-c-d-|', values));
      expectObservable(events$, '---^----!').toBe('----c-d', values);
      expectObservable(events$, '^--!').toBe('a-b', values);
      expectObservable(events$, '---------^').toBe('---------|', values);
    });
  });

  it('is fed during a step, and delivers after it', () => {
    const order: string[] = [];
    story(({ flush }) => {
      const stream = new EventStream();
      stream.events$.subscribe(({ type }) => order.push(`${scheduler.now()} ${type}`));
      scheduler.schedule(() => {
        order.push('the step begins');
        stream.emit(a);
        stream.emit(b);
        order.push('the step ends');
      }, 5);
      scheduler.schedule(() => order.push('another step of this moment'), 5);
      flush();
    });
    expect(order).toEqual([
      'the step begins',
      'the step ends',
      'another step of this moment',
      '5 module:loaded',
      '5 reload:started',
    ]);
  });

  it('delivers what a subscriber causes after what was there, to all', () => {
    const first: EventType[] = [];
    const second: EventType[] = [];
    story(({ hot, flush }) => {
      const stream = fed(hot('(ab)', values));
      stream.events$.subscribe(({ type }) => {
        first.push(type);
        if (type === 'module:loaded') stream.emit(c);
      });
      stream.events$.subscribe(({ type }) => void second.push(type));
      flush();
    });
    expect(first).toEqual(['module:loaded', 'reload:started', 'reload:refused']);
    expect(second).toEqual(first);
  });

  it('tells the same to diagnostics_channel, to each type its own channel', () => {
    const heard: unknown[] = [];
    const listen = (event: unknown) => void heard.push(event);
    diagnostics.subscribe('rekindle:script:log', listen);
    story(({ hot, flush }) => {
      fed(hot('a-(dbe)', values));
      flush();
    });
    diagnostics.unsubscribe('rekindle:script:log', listen);
    expect(heard).toEqual([d, e]);
  });
});

describe('operators', () => {
  it('ofType keeps one type, or several', () => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('-a-(bcd)--f-e|', values));
      expectObservable(events$.pipe(ofType('reload:refused'))).toBe('---c---------|', values);
      expectObservable(events$.pipe(ofType('script:log', 'store:lost'))).toBe('---d------f-e|', values);
      const wanted = events$.pipe(
        ofType('reload:started', 'reload:refused'),
        map(({ modules }) => modules.length), // both have it: the union is narrowed
      );
      expectObservable(wanted).toBe('---(xy)------|', { x: 2, y: 1 });
    });
  });

  it.each([
    ['npc/goblin.ts', '-a-b---------|'],
    ['npc/*', '-a-b---------|'],
    ['npc/**', '-a-(bc)------|'],
    ['npc/**/orc.ts', '---c---------|'],
    ['npc/**/goblin.ts', '-a-b---------|'],
    ['**', '-a-(bcd)-----|'],
    ['*.ts', '---(bd)------|'],
    ['**/*.ts', '-a-(bcd)-----|'],
    ['sh?p.ts', '---d---------|'],
    ['shop?ts', '---d---------|'],
    ['npc', '-------------|'],
    ['shop', '-------------|'],
    ['.*', '-------------|'], // a dot is a dot
  ])('forModule %s keeps events that concern such a module', (glob, diagram) => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('-a-(bcd)--f-e|', values));
      expectObservable(events$.pipe(forModule(glob))).toBe(diagram, values);
    });
  });

  it('go together, in both orders', () => {
    story(({ hot, expectObservable }) => {
      const { events$ } = fed(hot('-a-(bcd)--f-e|', values));
      expectObservable(events$.pipe(ofType('reload:started'), forModule('main.ts'))).toBe('---b---------|', values);
      expectObservable(events$.pipe(forModule('npc/**'), ofType('module:loaded'))).toBe('-a-----------|', values);
    });
  });
});

describe('handlers', () => {
  /** The calls of a handler, as an observable. */
  const calls = (stream: EventStream, type: EventType, signal?: AbortSignal, fail = false) =>
    new Observable<RekindleEvent>((subscriber) =>
      stream.on(
        type,
        (event) => {
          subscriber.next(event);
          if (fail) throw new Error('in a handler');
        },
        signal === undefined ? {} : { signal },
      ),
    );

  it('are called for their type until they are taken off', () => {
    story(({ hot, expectObservable }) => {
      const stream = fed(hot('d-a-d-(ed)-d', values));
      expectObservable(calls(stream, 'script:log'), '^---------!').toBe('d---d-(ed)', values);
    });
  });

  it('end with a signal, also while events are delivered', () => {
    story(({ hot, expectObservable }) => {
      const controller = new AbortController();
      const stream = fed(hot('d-(eda)-d', values));
      stream.on('script:log', ({ module }) => module === undefined && controller.abort());
      expectObservable(calls(stream, 'script:log', controller.signal)).toBe('d', values);
      expectObservable(calls(stream, 'script:log', AbortSignal.abort())).toBe('', values);
    });
  });

  it('that throw go on, and so do the others and the stream', () => {
    const warnings: string[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
    try {
      story(({ hot, expectObservable }) => {
        const stream = fed(hot('d-(de)-|', values));
        expectObservable(calls(stream, 'script:log', undefined, true)).toBe('d-(de)', values);
        expectObservable(calls(stream, 'script:log')).toBe('d-(de)', values);
        expectObservable(stream.events$).toBe('d-(de)-|', values);
      });
    } finally {
      warn.mockRestore();
    }
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain("A handler of 'script:log' threw: Error: in a handler");
  });
});
