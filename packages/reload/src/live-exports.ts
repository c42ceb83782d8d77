/**
 * `namespace.live(id, name)`: functions for the game that call whatever a script exports under a name at the moment.
 *
 * Each is an entry point, as what `live(fn)` gives in a script: what the export throws is reported and does not reach the
 * game. That there is nothing to call is the game's own affair, and is thrown. Nothing is held but the two names.
 */

import { enter, type LiveFunction } from '@rekindle/state';
import { ReloadError, type ReloadErrorCode } from './errors.ts';
import type { ReleaseInfo } from './events.ts';
import type { Powers } from './powers.ts';
import type { RunningRelease } from './running-release.ts';

/** What a live function calls, where nothing more is said of it. */
export type AnyExport = (...args: readonly unknown[]) => unknown;

type State =
  | 'callable'
  | Extract<ReloadErrorCode, 'NOT_LOADED' | 'MODULE_UNLOADED' | 'EXPORT_GONE' | 'EXPORT_NOT_CALLABLE'>;

interface Handle {
  readonly id: string;
  readonly name: string;
  readonly call: AnyExport;
  state: State;
  /** With which release it came to be so; undefined where it has never been otherwise. */
  since: { readonly release: number; readonly time: number } | undefined;
}

export class LiveExports {
  readonly #running: RunningRelease;
  readonly #powers: Pick<Powers, 'clock' | 'scopes'>;
  readonly #handles = new Map<string, Handle>();

  constructor(running: RunningRelease, powers: Pick<Powers, 'clock' | 'scopes'>) {
    this.#running = running;
    this.#powers = powers;
  }

  /** The same function for the same names. */
  get<Fn extends (...args: never[]) => unknown>(id: string, name: string): LiveFunction<Fn> {
    const key = JSON.stringify([id, name]);
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      handle = this.#make(id, name);
      this.#handles.set(key, handle);
    }
    return handle.call as LiveFunction<Fn>;
  }

  /** After a commit: what can be called no more, or again. */
  committed({ number }: ReleaseInfo): void {
    for (const handle of this.#handles.values()) {
      const state = this.#stateOf(handle);
      if (state === handle.state) continue;
      handle.state = state;
      handle.since = { release: number, time: this.#powers.clock.time() };
    }
  }

  #make(id: string, name: string): Handle {
    const lives = this;
    const handle: Handle = {
      id,
      name,
      call(this: unknown, ...args) {
        return lives.#call(handle, this, args);
      },
      state: 'NOT_LOADED',
      since: undefined,
    };
    handle.state = this.#stateOf(handle);
    return handle;
  }

  #call(handle: Handle, self: unknown, args: readonly unknown[]): unknown {
    const instance = this.#running.versionOf(handle.id);
    const found = instance === undefined ? undefined : this.#exportOf(handle);
    if (instance === undefined || typeof found?.value !== 'function') throw this.#error(handle);
    const scope = this.#powers.scopes.of(instance);
    return enter(
      scope,
      'live function',
      found.value as (this: unknown, ...args: readonly unknown[]) => unknown,
      self,
      args,
    );
  }

  /** The export as the game sees it; undefined where there is none. */
  #exportOf({ id, name }: Handle): { readonly value: unknown } | undefined {
    const record = this.#running.graph.records.get(id);
    const view = record === undefined ? undefined : (this.#running.graph.liveView(record) as Record<string, unknown>);
    return view !== undefined && Object.hasOwn(view, name) ? { value: view[name] } : undefined;
  }

  #stateOf(handle: Handle): State {
    if (this.#running.versionOf(handle.id) === undefined) {
      return handle.state === 'NOT_LOADED' ? 'NOT_LOADED' : 'MODULE_UNLOADED';
    }
    const found = this.#exportOf(handle);
    if (found === undefined) return 'EXPORT_GONE';
    return typeof found.value === 'function' ? 'callable' : 'EXPORT_NOT_CALLABLE';
  }

  #error(handle: Handle): ReloadError {
    const { id, name, since } = handle;
    const state = this.#stateOf(handle);
    const when =
      since === undefined || since.release === 0 || state !== handle.state
        ? ''
        : ` since release ${since.release} (${new Date(since.time).toISOString()})`;
    const subject = `'${name}' of '${id}' cannot be called`;
    switch (state) {
      case 'MODULE_UNLOADED':
        return new ReloadError(
          state,
          `${subject}: the module is unloaded${when}. Import it again, or stop calling it.`,
        );
      case 'EXPORT_GONE':
        return new ReloadError(state, `${subject}: it is not exported${when}. ${this.#exports(handle)}`);
      case 'EXPORT_NOT_CALLABLE': {
        const kind = typeof this.#exportOf(handle)?.value;
        return new ReloadError(state, `${subject}: it is no function${when} (${kind}).`);
      }
      default:
        return new ReloadError(
          'NOT_LOADED',
          `${subject}: the module has not been loaded. Import it first: await namespace.import('${id}').`,
        );
    }
  }

  #exports({ id }: Handle): string {
    const record = this.#running.graph.records.get(id);
    const names = record === undefined ? [] : Object.keys(this.#running.graph.liveView(record));
    return `The module exports: ${names.length === 0 ? 'nothing' : names.join(', ')}.`;
  }
}
