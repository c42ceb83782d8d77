/**
 * The stream of events: one RxJS observable, fed after the synchronous step in which an event arose, in order.
 *
 * It never errors and replays nothing; it completes when the host closes. A subscriber of the observable that throws
 * ends the process, as RxJS has it; a handler of `on` that throws or rejects is reported and the others go on. The same
 * events go to `diagnostics_channel`, to the channel `rekindle:` and the event's type.
 */

import diagnostics, { type Channel } from 'node:diagnostics_channel';
import { filter, type MonoTypeOperatorFunction, type Observable, type OperatorFunction, Subject } from 'rxjs';
import type { EventOf, EventType, RekindleEvent } from './events.ts';
import { warnOf } from './thrown.ts';

/** How long a handler is called. */
export interface OnOptions {
  /** Ends the subscription when it aborts. */
  readonly signal?: AbortSignal;
}

export class EventStream {
  readonly #subject = new Subject<RekindleEvent>();
  /** Emits each event once, in order, in a microtask after the step in which it arose; completes with the host. */
  readonly events$: Observable<RekindleEvent> = this.#subject.asObservable();
  #queue: RekindleEvent[] = [];

  emit(event: RekindleEvent): void {
    if (this.#queue.push(event) === 1) queueMicrotask(() => this.flush());
  }

  /** Whether anybody hears events of a type: what is costly to say need not be said to nobody. */
  isHeard(type: EventType): boolean {
    return this.#subject.observed || channelOf(type).hasSubscribers;
  }

  /** Delivers what waits, now. */
  flush(): void {
    const events = this.#queue;
    this.#queue = [];
    for (const event of events) {
      const channel = channelOf(event.type);
      if (channel.hasSubscribers) channel.publish(event);
      this.#subject.next(event);
    }
  }

  /** Calls `handler` for each event of a type; returns what ends it. */
  on<Type extends EventType>(
    type: Type,
    handler: (event: EventOf<Type>) => void,
    { signal }: OnOptions = {},
  ): () => void {
    if (signal?.aborted === true) return () => {};
    const failed = (error: unknown) => warnOf(`A handler of '${type}' threw`, error, 'REKINDLE_HANDLER');
    const subscription = this.events$.pipe(ofType(type)).subscribe((event) => {
      try {
        const result = handler(event) as unknown;
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    });
    const off = () => {
      subscription.unsubscribe();
      signal?.removeEventListener('abort', off);
    };
    signal?.addEventListener('abort', off, { once: true });
    return off;
  }

  complete(): void {
    this.flush();
    this.#subject.complete();
  }
}

const channels = new Map<EventType, Channel>();

function channelOf(type: EventType): Channel {
  let channel = channels.get(type);
  if (channel === undefined) {
    channel = diagnostics.channel(`rekindle:${type}`);
    channels.set(type, channel);
  }
  return channel;
}

/**
 * Keeps events of these types, and narrows the union to them.
 *
 * @example
 * host.events$.pipe(ofType('reload:committed')).subscribe(({ evaluated }) => panel.show(evaluated));
 */
export function ofType<Type extends EventType>(...types: Type[]): OperatorFunction<RekindleEvent, EventOf<Type>> {
  const wanted = new Set<EventType>(types);
  return filter((event: RekindleEvent): event is EventOf<Type> => wanted.has(event.type));
}

/**
 * Keeps events that concern a module whose id matches a glob: `*` within a folder, `**` over folders, `?` one character.
 *
 * @example
 * host.events$.pipe(forModule('npc/**')).subscribe(refreshNpcPanel);
 */
export function forModule<Event extends RekindleEvent>(glob: string): MonoTypeOperatorFunction<Event> {
  const matches = globToRegExp(glob);
  return filter((event: Event) => modulesOf(event).some((id) => matches.test(id)));
}

function modulesOf(event: RekindleEvent): readonly string[] {
  if ('module' in event) return event.module === undefined ? [] : [event.module];
  return 'modules' in event ? event.modules : [];
}

function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|[*?]|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
