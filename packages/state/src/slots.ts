/**
 * The slots of one namespace: objects that outlive the versions that name them.
 *
 * Asking for a slot is what migrates it, so everything is noted in a journal that a refusal plays backwards. Values of
 * the same version are handed on by reference and never copied. Nothing here decides when a transaction ends.
 */
import { type Change, leaving } from './change.ts';
import type { Clock, ClockTimer } from './clock.ts';
import { type Place as ErrorPlace, placeOf, StateError } from './errors.ts';
import { checkValue, migrate, type Steps } from './migration.ts';
import type { Realm } from './realm.ts';
import { belowSaved } from './restored-classes.ts';
import { enter, runIn } from './running.ts';
import type { Scope } from './scope.ts';
import type { SlotSettings } from './slot-options.ts';
import { keyOf, type Place, SlotPlaces } from './slot-places.ts';
import type { SlotRehearsal } from './slot-rehearsal.ts';

/** How long a slot is kept that no version names, in ms. */
export const KEPT = 24 * 60 * 60 * 1_000;

export interface Slot {
  /** Id of the module that it belongs to. */
  module: string;
  name: string;
  version: number;
  value: object;
  /** Steps from a version to the one before it, from the newest code that had them. */
  down: Steps;
  dispose: ((value: never) => unknown) | undefined;
  /** Versions that name it. */
  readonly named: Set<Scope>;
  /** Runs while no version names it. */
  expiry: ClockTimer | undefined;
  /** Where it comes from a snapshot. */
  readonly restored?: Restored;
  /** Where it comes from a snapshot: the call that has asked for it. */
  place?: ErrorPlace;
}

/** What a slot was when it was saved. */
interface Restored {
  readonly version: number;
  readonly release: ReleaseName;
  /** Until when it waits for a module, in milliseconds since the epoch. */
  readonly until: number;
}

/** A release, for people. */
export interface ReleaseName {
  readonly number: number;
  readonly hash: string;
}

/** A slot as a snapshot has it. */
export interface SavedSlot {
  readonly module: string;
  readonly name: string;
  readonly version: number;
  readonly value: object;
}

interface Note {
  readonly scope: Scope;
  readonly undo: () => void;
  /** The slot that it is about, and what that was before; null where it was not there. */
  readonly slot?: Slot;
  readonly was?: Partial<SavedSlot> | null;
}

interface Migration {
  readonly scope: Scope;
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

export class Slots {
  readonly #places = new SlotPlaces();
  /** What was done for staged versions, in order. */
  #journal: Note[] = [];
  #migrations: Migration[] = [];
  /** Values that were made from those of a running version, and whether that was in a turn that is over. */
  #early: { readonly scope: Scope; readonly error: StateError; over: boolean }[] = [];
  #change: Change | undefined;
  #rehearsal: SlotRehearsal | undefined;

  /** What there is, for snapshots and sweeps. Includes what a running transaction has made so far. */
  list(): readonly Readonly<Slot>[] {
    return [...this.#places.all()];
  }

  find(module: string, name: string): Readonly<Slot> | undefined {
    return this.#places.get(keyOf({ module, name }));
  }

  /** What there is without what a running transaction has done so far. */
  saved(): readonly SavedSlot[] {
    const was = new Map<Slot, Partial<SavedSlot> | null>();
    for (const note of [...this.#journal].reverse()) {
      if (note.slot === undefined) continue;
      was.set(note.slot, note.was === null ? null : { ...was.get(note.slot), ...note.was });
    }
    return [...this.#places.all()].flatMap((slot) => {
      const before = was.get(slot);
      if (before === null) return [];
      const { module, name, version, value } = { ...slot, ...before };
      return [{ module, name, version, value }];
    });
  }

  /** Puts the slots of a snapshot in; who asks for one gets its value. What nobody names is kept for a day. */
  restore(saved: readonly SavedSlot[], release: ReleaseName, realm: Realm): void {
    const until = realm.clock.time() + KEPT;
    for (const { module, name, version, value } of saved) {
      const key = keyOf({ module, name });
      if (this.#places.get(key) !== undefined) continue;
      const restored = { version, release, until };
      const rest = { down: new Map(), dispose: undefined, named: new Set<Scope>(), expiry: undefined };
      const slot: Slot = { module, name, version, value, ...rest, restored };
      this.#places.put(slot);
      this.#keepForADay(slot, realm);
    }
  }

  /** Whether slots of a module came from a snapshot, and no version has asked for them yet. */
  waitFor(module: string): boolean {
    for (const slot of this.#places.all()) if (slot.module === module && isWaiting(slot)) return true;
    return false;
  }

  /** The same for one slot, `npc/orc.ts#orcs`. */
  waitsAt(key: string): boolean {
    const slot = this.#places.get(key);
    return slot !== undefined && isWaiting(slot);
  }

  /** Tells of the slots of a snapshot that nobody has asked for. */
  tellWaiting(realm: Realm): void {
    for (const slot of this.#places.all()) {
      if (!isWaiting(slot)) continue;
      const { module, name, restored } = slot;
      realm.emit?.({ type: 'state:dropped', module, slot: name, until: (restored as Restored).until });
    }
  }

  /** From here on, until it commits or rolls back, the versions that go count as gone. */
  begin(change: Change): void {
    this.#change = change;
    this.#rehearsal = change.rehearsal;
    this.#checkDeclared(change);
    if (change.rehearsal === undefined) return;
    for (const scope of leaving(change)) change.rehearsal.copy(scope.slots ?? []);
  }

  /** Whatever was rehearsed is over. */
  endRehearsal(): void {
    this.#rehearsal?.end();
    this.#rehearsal = undefined;
  }

  open(scope: Scope, name: string, init: () => unknown, settings: SlotSettings): object {
    const { module } = scope.owner;
    const key = keyOf({ module, name });
    this.#checkCall(scope, key, name);
    scope.opened ??= new Set();
    scope.opened.add(name);
    try {
      const slot =
        this.#places.get(key) ?? this.#takeOver(scope, name, settings.from) ?? this.#follow(scope, name, key);
      return slot === undefined ? this.#make(scope, name, init, settings) : this.#keep(scope, slot, settings);
    } catch (error) {
      // A body may catch it and ask again.
      scope.opened.delete(name);
      throw error;
    }
  }

  /** Before anything is swapped: throws where a value was made from one that has been running on since. */
  check(): void {
    const early = this.#early.find(({ over }) => over);
    if (early !== undefined) throw early.error;
  }

  /** Takes back, last first, all that was done for these versions. */
  rollback(scopes: ReadonlySet<Scope>): void {
    const notes = this.#journal.filter(({ scope }) => scopes.has(scope));
    for (const { undo } of notes.reverse()) undo();
    this.#clear(scopes);
  }

  /** Lets go of what a rollback would need. Returns the migrations that are now true. */
  commit(scopes: ReadonlySet<Scope>): readonly Migration[] {
    for (const scope of scopes) for (const slot of scope.slots ?? []) stop(slot, scope.realm.clock);
    const migrations = this.#migrations.filter(({ scope }) => scopes.has(scope));
    this.#clear(scopes);
    return migrations;
  }

  /**
   * After the commit: what versions that ended named and no other names any more is disposed of, where it says how,
   * and kept for a day where not.
   */
  leave(scopes: readonly Scope[]): void {
    for (const scope of scopes) {
      for (const slot of scope.slots ?? []) {
        slot.named.delete(scope);
        if (slot.named.size > 0 || slot.expiry !== undefined) continue;
        if (slot.dispose === undefined) this.#expire(slot, scope.realm);
        else this.#drop(slot, scope);
      }
      scope.slots = undefined;
    }
  }

  /** Forgets everything, without a word: the namespace is gone. */
  clear(clock: Clock): void {
    for (const slot of this.#places.all()) stop(slot, clock);
    this.#places.clear();
    this.#journal = [];
  }

  #checkCall(scope: Scope, key: string, name: string): void {
    const { module } = scope.owner;
    const fail = (code: 'SLOT_OUTSIDE_TOP_LEVEL' | 'SLOT_MOVED' | 'SLOT_TWICE', message: string, hint: string) => {
      throw new StateError({ code, message, hint, module });
    };
    if (scope.phase !== 'staged' || scope.placed) {
      const hint = 'Ask for it once, in the body of the module, and keep the object in a constant.';
      fail('SLOT_OUTSIDE_TOP_LEVEL', `The slot '${name}' of '${module}' was asked for outside its top level.`, hint);
    }
    if (scope.opened?.has(name)) {
      const hint = 'Give the second one another name, or keep the object of the first call in a constant.';
      fail('SLOT_TWICE', `The slot '${name}' of '${module}' was asked for twice by one version.`, hint);
    }
    const taker = this.#places.moved(key);
    if (taker !== undefined) {
      const hint = `Take one of the two out: 'from' in '${taker.module}', or the slot in '${module}'.`;
      fail(
        'SLOT_MOVED',
        `The slot '${name}' of '${module}' was taken over by '${taker.module}' in this release.`,
        hint,
      );
    }
  }

  #make(scope: Scope, name: string, init: () => unknown, settings: SlotSettings): object {
    const { version, down, dispose } = settings;
    const { module } = scope.owner;
    const makeValue = () => checkValue(runIn(scope, init), name, module);
    const value = this.#rehearsal?.make(module, name, settings, makeValue) ?? makeValue();
    const slot: Slot = { module, name, version, value, down, dispose, named: new Set(), expiry: undefined };
    this.#places.put(slot);
    this.#note(scope, () => this.#places.remove(slot), slot, null);
    this.#name(scope, slot);
    return value;
  }

  #keep(scope: Scope, slot: Slot, settings: SlotSettings): object {
    const { version, value, down, dispose } = slot;
    if (isWaiting(slot)) {
      this.#checkRestored(slot, settings.version);
      // what is wrong with its objects shows when all classes are there; as text, since frames keep their version alive
      if (scope.realm.classes.waiting().length > 0) slot.place = { stack: placeOf(this.open).stack ?? '' };
    }
    if (settings.version !== version) {
      this.#checkAwait(scope, slot, `migrate from version ${version} to ${settings.version}`);
    }
    if (this.#rehearsal !== undefined) {
      const given = this.#rehearsal.keep(slot, this.#places.movedFrom(slot), settings, (from) =>
        runIn(scope, () => migrate(from, settings)),
      );
      this.#name(scope, slot);
      return given;
    }
    const next = runIn(scope, () => migrate(slot, settings));
    this.#note(scope, () => Object.assign(slot, { version, value, down, dispose }), slot, { version, value });
    Object.assign(slot, { version: settings.version, value: next.value, down: next.down, dispose: settings.dispose });
    if (settings.version !== version) {
      this.#migrations.push({ scope, slot: slot.name, from: version, to: settings.version });
    }
    this.#name(scope, slot);
    return slot.value;
  }

  #takeOver(scope: Scope, name: string, from: SlotSettings['from']): Slot | undefined {
    if (from === undefined) return undefined;
    const key = keyOf(from);
    const slot = this.#places.get(key) ?? this.#places.moved(key);
    if (slot === undefined) return this.#follow(scope, name, key);
    const { module } = scope.owner;
    this.#checkAwait(scope, slot, `be taken over from '${key}'`);
    const user = this.#userOf(slot);
    if (user !== undefined) {
      const { module: other } = user.owner;
      const isTaken = this.#places.moved(key) === slot;
      const why = isTaken ? `'${other}' has taken it over in this release` : `'${other}' still names it`;
      throw new StateError({
        code: 'SLOT_FROM_IN_USE',
        message: `The slot '${name}' of '${module}' cannot take over '${key}': ${why}.`,
        hint: isTaken
          ? `One value has one place: take 'from' out here or in '${other}'.`
          : `Take the slot out of '${other}' in the same release.`,
        module,
      });
    }
    return this.#move(scope, slot, { module, name });
  }

  /**
   * Moves what was once at a place and has moved on since, unless a version that stays or comes names it there. Code that
   * goes back comes this way: nothing in its text says where its slot is now.
   */
  #follow(scope: Scope, name: string, key: string): Slot | undefined {
    const slot = this.#places.former(key);
    if (slot === undefined || this.#userOf(slot) !== undefined) return undefined;
    for (const one of this.#change?.declared?.() ?? []) {
      if (one.module === slot.module && one.name === slot.name) return undefined;
    }
    this.#checkAwait(scope, slot, `go back to '${keyOf({ module: scope.owner.module, name })}'`);
    return this.#move(scope, slot, { module: scope.owner.module, name });
  }

  /** A version that names a slot and does not go with this change. */
  #userOf(slot: Slot): Scope | undefined {
    const gone = new Set(this.#change === undefined ? [] : leaving(this.#change));
    return [...slot.named].find((one) => !gone.has(one));
  }

  #move(scope: Scope, slot: Slot, to: Place): Slot {
    const { module, name } = slot;
    this.#note(scope, this.#places.move(slot, to), slot, { module, name });
    return slot;
  }

  /**
   * While a body awaits, the running version goes on changing its state: a value made from it now would lose that.
   * A body that awaits is refused at once. Of one that runs because an awaiting one needs it, it shows later: the turn
   * of the event loop in which it ran is over when the swap comes.
   */
  #checkAwait(scope: Scope, slot: Slot, what: string): void {
    if (![...slot.named].some(({ phase }) => phase === 'active')) return;
    const error = new StateError({
      code: 'AWAIT_AND_MIGRATION',
      message:
        `The slot '${slot.name}' of '${slot.module}' would ${what} while a body awaits at top level ` +
        'and the running version still changes it.',
      hint: scope.awaits
        ? 'Do one of the two in a release of its own, or wait for nothing at the top level of this module.'
        : 'A module that imports this one awaits at top level: wait for nothing there. A list of plugins can be one of static imports.',
      module: scope.owner.module,
    });
    if (scope.awaits) throw error;
    const early = { scope, error, over: false };
    this.#early.push(early);
    queueMicrotask(() => {
      early.over = true;
    });
  }

  #name(scope: Scope, slot: Slot): void {
    scope.slots ??= new Set();
    scope.slots.add(slot);
    slot.named.add(scope);
    this.#note(scope, () => slot.named.delete(scope));
  }

  #expire(slot: Slot, realm: Realm): void {
    this.#keepForADay(slot, realm);
    const { module, name } = slot;
    realm.emit?.({ type: 'state:dropped', module, slot: name, until: realm.clock.time() + KEPT });
  }

  #keepForADay(slot: Slot, realm: Realm): void {
    const { clock } = realm;
    slot.expiry = clock.setTimeout(() => {
      slot.expiry = undefined;
      // A version that is being prepared may name it: whether it will is not known yet.
      if (slot.named.size > 0) {
        this.#expire(slot, realm);
        return;
      }
      this.#places.remove(slot);
      realm.emit?.({ type: 'state:dropped', module: slot.module, slot: slot.name });
    }, KEPT);
    slot.expiry.unref();
  }

  #drop(slot: Slot, scope: Scope): void {
    this.#places.remove(slot);
    if (slot.dispose !== undefined) {
      enter(scope, `'dispose' of the slot '${slot.name}'`, slot.dispose, undefined, [slot.value as never]);
    }
    scope.realm.emit?.({ type: 'state:dropped', module: slot.module, slot: slot.name });
  }

  #note(scope: Scope, undo: () => void, slot?: Slot, was?: Note['was']): void {
    this.#journal.push(slot === undefined || was === undefined ? { scope, undo } : { scope, undo, slot, was });
  }

  /** The steps down are code, which no snapshot holds: older code cannot take what newer code has saved. */
  #checkRestored({ module, name, restored }: Slot, version: number): void {
    if (restored !== undefined && version < restored.version) {
      throw belowSaved({
        module,
        name,
        version,
        saved: restored.version,
        by: restored.release,
        now: this.#change?.release,
      });
    }
  }

  /** Before anything runs: what the texts alone say of slots that would be taken below their saved version. */
  #checkDeclared({ declared, release }: Change): void {
    for (const { module, name, version, at } of declared?.() ?? []) {
      const slot = this.#places.get(keyOf({ module, name }));
      if (version === null || slot?.restored === undefined) continue;
      if (!isWaiting(slot) || version >= slot.restored.version) continue;
      const { version: saved, release: by } = slot.restored;
      throw belowSaved({ module, name, version, saved, by, now: release, at });
    }
  }

  #clear(scopes: ReadonlySet<Scope>): void {
    this.#journal = this.#journal.filter(({ scope }) => !scopes.has(scope));
    this.#migrations = this.#migrations.filter(({ scope }) => !scopes.has(scope));
    this.#early = this.#early.filter(({ scope }) => !scopes.has(scope));
    this.#places.settle();
    this.#change = undefined;
  }
}

/** True for one of a snapshot that no version has asked for. */
function isWaiting({ restored, named }: Slot): boolean {
  return restored !== undefined && named.size === 0;
}

/** Stops the day that is left to a slot that nobody named. */
function stop(slot: Slot, clock: Clock): void {
  if (slot.expiry !== undefined) clock.clear(slot.expiry);
  slot.expiry = undefined;
}
