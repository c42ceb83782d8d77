/**
 * The arena's scripts: a Rekindle host over a folder, and its events in the words of the arena.
 *
 * The only file that drives Rekindle. The game gets hooks from here and gives an API; what becomes of a save comes back
 * as plain `ReloadEvent`s.
 */

import { createHook, createHost, createRegistry, type Diagnostic, type Host, type Store } from 'rekindle';
import type { ArenaApi } from './api.ts';
import type { Look, Player } from './entities.ts';
import type { ArenaHooks } from './hooks.ts';
import type { Fault, ReloadEvent } from './reload-log.ts';

/** The module that imports all others. */
export const ENTRY = 'main.ts';

/** The hooks of a running arena; `players` gives those who are there already to a new `onJoin`. */
export function scriptHooks(players: () => Iterable<Player>): ArenaHooks {
  return {
    tick: createHook('tick'),
    join: createHook('join', { current: players }),
    leave: createHook('leave'),
    hit: createHook('hit'),
    death: createHook('death'),
    pickup: createHook('pickup'),
    looks: createRegistry<Look>('items'),
  };
}

export interface ScriptHostOptions {
  /** Of the scripts; the first that has a module wins. */
  readonly stores: readonly Store[];
  readonly api: ArenaApi;
  /** `release` is the number of what runs after it. */
  readonly onEvent: (event: ReloadEvent, release: number) => void;
  /** How things stand with the stores, in words; `trouble` while scripts run on without them. */
  readonly onStore: (text: string, trouble: boolean) => void;
}

/** A host that has not started yet; its events go to `onEvent` from now on. */
export function scriptHost({ stores, api, onEvent, onStore }: ScriptHostOptions): Host {
  const host = createHost({ stores, modules: { '@arena/api': { ...api } } });
  // A rule that throws does so in every tick: once for each place and release is enough.
  const told = new Set<string>();

  host.on('host:booted', ({ modules, duration, release }) => {
    onEvent({ kind: 'loaded', modules: modules.length, duration }, release.number);
  });
  host.on('reload:committed', ({ cause, modules, evaluated, kept, duration, pause, release }) => {
    if (cause === 'start' || cause === 'import') return;
    told.clear();
    onEvent({ kind: 'committed', changed: modules, ran: evaluated, kept, duration, pause }, release.number);
  });
  host.on('reload:refused', ({ cause, diagnostics, release }) => {
    if (cause !== 'start') onEvent({ kind: 'refused', faults: diagnostics.map(faultOf) }, release.number);
  });
  host.on('script:warning', ({ diagnostic, release }) => {
    onEvent({ kind: 'warning', fault: faultOf(diagnostic) }, release.number);
  });
  let lost = false;
  host.on('store:lost', ({ error }) => {
    if (lost) return;
    lost = true;
    onStore(`not reached, scripts run on: ${error instanceof Error ? error.message : String(error)}`, true);
  });
  host.on('store:connected', () => {
    if (lost) onStore('reached again', false);
    lost = false;
  });
  host.on('store:polling', ({ interval, reason }) => {
    onStore(`looking every ${interval} ms: ${reason instanceof Error ? reason.message : String(reason)}`, false);
  });
  const tell = (fault: Fault, release: number) => {
    const key = `${fault.module}:${fault.line}:${fault.message}`;
    if (told.has(key)) return;
    told.add(key);
    onEvent({ kind: 'error', fault }, release);
  };
  host.on('script:error', ({ error, module, place, where, release }) => {
    // The place is where it was thrown; the module, who was called.
    tell({ ...faultOfError(error, where), module, ...place }, release.number);
  });
  host.on('effect:failed', ({ error, module, when, release }) => {
    tell({ ...faultOfError(error, `${when} of an effect`), module }, release.number);
  });
  return host;
}

/** What of a diagnostic can travel as JSON. */
export function faultOf({ code, message, module, line, column, frame, hint }: Diagnostic): Fault {
  return {
    code,
    message,
    ...(module !== undefined && { module }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(frame !== undefined && { frame }),
    ...(hint !== undefined && { hint }),
  };
}

function faultOfError(error: unknown, where: string): Fault {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'SCRIPT_ERROR';
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code, message: `${message} (in ${where})` };
}
