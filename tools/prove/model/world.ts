// The game around the programs of the model: what its scripts can plug into, for each namespace.
import { EventEmitter } from 'node:events';
import { createHook, createRegistry, type HostOptions, type Namespace, scoped } from 'rekindle';
import type { Seen, Show, Words } from './picture.ts';

/** What stands in one namespace, foreign to Rekindle. */
interface Room {
  readonly bus: EventEmitter;
  /** One for each time that something was set up and not taken down. */
  readonly standing: Set<{ readonly text: string }>;
  readonly owned: Set<() => unknown>;
  /** Calls of accept callbacks: by whom, of whose new version. */
  accepted: (readonly [number, number])[];
}

export class World {
  readonly #show = createHook<(out: Show) => void>('show');
  readonly #roll = createHook<(out: (read: () => unknown) => void) => void>('roll');
  readonly #definitions = createRegistry<unknown>('definitions');
  readonly #rooms = new Map<string, Room>();
  readonly modules: NonNullable<HostOptions['modules']>;

  constructor(words: Words) {
    this.modules = {
      '@model/api': {
        onShow: this.#show.add,
        onRoll: this.#roll.add,
        define: this.#definitions.set,
        show: (value: unknown, depth?: number) => words.text(value, depth),
      },
      '@model/world': scoped(({ namespace, own }) => {
        const room = this.#room(namespace);
        return {
          bus: room.bus,
          stand(text: string) {
            const one = { text };
            room.standing.add(one);
            return () => {
              if (!room.standing.delete(one)) throw new Error(`'${text}' was taken down twice`);
            };
          },
          on: (read: () => unknown) =>
            own(() => {
              room.owned.add(read);
              return () => room.owned.delete(read);
            }),
          accepted: (by: number, target: number) => void room.accepted.push([by, target]),
        };
      }),
    };
  }

  shows(namespace: Namespace): Parameters<Show>[] {
    const shows: Parameters<Show>[] = [];
    // what it throws would be the callback's
    this.#show.for(namespace.name).call((...show) => void shows.push(show));
    return shows;
  }

  seen(namespace: Namespace, views: readonly object[], timers: number): Seen {
    const { name } = namespace;
    const { bus, standing, owned } = this.#room(name);
    const rolls: (() => unknown)[] = [];
    this.#roll.for(name).call((read) => void rolls.push(read));
    const heard: (() => unknown)[] = [];
    bus.emit('event', (read: () => unknown) => void heard.push(read));
    return {
      shows: this.shows(namespace),
      rolls,
      entries: [...this.#definitions.for(name).entries()],
      standing: [...standing].map(({ text }) => text),
      heard,
      owned: [...owned],
      views,
      modules: namespace.modules().map(({ id }) => id),
      timers,
    };
  }

  /** The calls of accept callbacks since it was asked. */
  accepted({ name }: Namespace): readonly (readonly [number, number])[] {
    const room = this.#room(name);
    const { accepted } = room;
    room.accepted = [];
    return accepted;
  }

  /** What a namespace that is gone has left behind. */
  leave(name: string): number {
    const { bus, standing, owned } = this.#room(name);
    this.#rooms.delete(name);
    return bus.listenerCount('event') + standing.size + owned.size;
  }

  #room(name: string): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = { bus: new EventEmitter(), standing: new Set(), owned: new Set(), accepted: [] };
      room.bus.setMaxListeners(0);
      this.#rooms.set(name, room);
    }
    return room;
  }
}
