/**
 * The participants that this package gives to a transaction.
 *
 * They are made for one change and hold what can be taken back. Their order is that of the transaction; the phases of
 * the scopes change through them and nowhere else.
 */
import { type Change, coming, leaving } from './change.ts';
import type { Collection } from './collection.ts';
import { EffectSwap } from './effects-participant.ts';
import { discardHot, HotSwap } from './hot-swap.ts';
import { finishListeners } from './listener.ts';
import { LiveSwap } from './live.ts';
import { DRAIN, type Realm } from './realm.ts';
import { checkRestoredClasses } from './restored-classes.ts';
import { running } from './running.ts';
import { finishSchedules } from './schedule.ts';
import type { Scope } from './scope.ts';
import { finishTasks } from './task.ts';
import { discardTimers, finishTimers } from './timers-participant.ts';

/** As the transaction sees it; the same as the reload engine's own type, which this package does not import. */
export interface Participant {
  readonly name: string;
  readonly stage: 'evaluate' | 'swap' | 'effects';
  apply(): void;
  undo(): void;
  finish(): void;
}

/**
 * Makes the participants of one change, in the order in which they apply and finish.
 *
 * - `slots` before the bodies run; its undo, the last one, ends the versions that would have come and sets the old
 *   effects up again;
 * - `hot data` before the bodies run: `import.meta.hot.data` can be asked for, and is as it was after a refusal;
 * - `classes`, directly before the bodies of the synchronous step: living objects come to the newer version of a class as
 *   soon as it is defined;
 * - `migrations` refuses those that were made while something awaited, and slots of a snapshot that hold objects of a
 *   class which is not there;
 * - `hooks`, `registries`: the new version's entries take the place of the old one's;
 * - `live functions`: those that others keep call the new version's code;
 * - `timers`, `listeners`, `tasks`, `schedules`, `signals`: nothing before the point of no return;
 * - `effects`: old ones cleaned up, new ones set up;
 * - `accept callbacks` of `import.meta.hot`; at the point of no return its dispose and prune callbacks;
 * - `leavings`: after the commit, callbacks that are new are given what is there already, and slots that nobody names
 *   any more are disposed of or kept for a day.
 */
export function participants(realm: Realm, change: Change): Participant[] {
  const effects = new EffectSwap(change);
  const lives = new LiveSwap(change);
  const hot = new HotSwap(realm, change);
  return [
    {
      name: 'slots',
      stage: 'evaluate',
      apply() {
        realm.classes.follow(change);
        realm.slots.begin(change);
      },
      undo: () => {
        discard(realm, coming(change));
        realm.slots.endRehearsal();
        effects.restore();
      },
      finish: () => turn(realm, change),
    },
    { name: 'hot data', stage: 'evaluate', apply: () => hot.begin(), undo: () => hot.takeBack(), finish: nothing },
    {
      name: 'classes',
      stage: 'evaluate',
      apply: () => realm.classes.open(change),
      undo: () => realm.classes.undo(),
      finish: () => realm.classes.commit(realm, change),
    },
    {
      name: 'migrations',
      stage: 'swap',
      apply() {
        realm.slots.check();
        checkRestoredClasses(realm, change);
      },
      undo: nothing,
      finish: nothing,
    },
    collections('hooks', 'hook', realm, change),
    collections('registries', 'registry', realm, change),
    {
      name: 'live functions',
      stage: 'swap',
      apply: () => lives.apply(),
      undo: () => lives.undo(),
      finish: () => lives.finish(),
    },
    atTheEnd('timers', () => finishTimers(change)),
    atTheEnd('listeners', () => finishListeners(change)),
    atTheEnd('tasks', () => finishTasks(change)),
    atTheEnd('schedules', () => finishSchedules(change)),
    atTheEnd('signals', () => {
      for (const scope of leaving(change)) scope.silence();
    }),
    {
      name: 'effects',
      stage: 'effects',
      apply: () => effects.apply(),
      undo: () => effects.undo(),
      finish: () => effects.finish(),
    },
    {
      name: 'accept callbacks',
      stage: 'effects',
      apply: () => hot.accept(),
      undo: () => hot.undo(),
      finish: () => hot.finish(),
    },
    {
      name: 'leavings',
      stage: 'effects',
      apply: nothing,
      undo: nothing,
      finish() {
        for (const { old, next } of change.pairs) {
          for (const collection of next?.collections ?? []) collection.settle(next as Scope);
          for (const collection of old?.collections ?? []) collection.settle(old as Scope);
          if (old !== undefined) old.collections = undefined;
        }
        realm.slots.leave(leaving(change));
      },
    },
  ];
}

/**
 * Ends everything that these versions own: their namespace is closed.
 * Effects are cleaned up, slots with `dispose` are disposed of, and the other slots are forgotten.
 */
export function endScopes(realm: Realm, scopes: readonly Scope[]): void {
  const pairs = scopes.map((old) => ({ old }));
  const all = participants(realm, { pairs });
  for (const participant of all) participant.apply();
  for (const participant of all) participant.finish();
  realm.slots.clear(realm.clock); // nobody can ask for a slot of a namespace that is gone
  realm.classes.clear();
}

/**
 * Forgets versions that were refused, or whose preparation was given up: what they recorded, and the slots that they
 * made. They have ended; a flow that they began can set up nothing any more.
 */
export function discard(realm: Realm, scopes: readonly Scope[]): void {
  const gone = new Set(scopes);
  realm.slots.rollback(gone);
  realm.classes.forget(gone);
  for (const scope of scopes) {
    // A time limit ends a body without letting it put the owner back.
    if (running.scope === scope) running.scope = undefined;
    scope.phase = 'ended';
    scope.end = 'refused';
    for (const collection of scope.collections ?? []) collection.forget(scope);
    discardTimers(scope);
    scope.slots = undefined;
    scope.collections = undefined;
    scope.classes = undefined;
    scope.effects = undefined;
    scope.listeners = undefined;
    scope.lives = undefined;
    scope.tasks = undefined;
    scope.schedules = undefined;
    discardHot(scope);
    scope.silence();
  }
}

/** The point of no return: phases change before anything else does. */
function turn(realm: Realm, change: Change): void {
  const next = coming(change);
  const migrations = realm.slots.commit(new Set(next));
  for (const { old, next: successor } of change.pairs) {
    if (old === undefined) continue;
    old.phase = 'ended';
    old.end = successor === undefined ? 'unloaded' : 'replaced';
    if (successor !== undefined) old.drained = realm.clock.now() + (realm.drain ?? DRAIN);
  }
  for (const scope of next) scope.phase = 'active';
  for (const { scope, slot, from, to } of migrations) {
    const { module, revision } = scope.owner;
    realm.emit?.({ type: 'state:migrated', module, revision, slot, from, to });
  }
}

function collections(name: string, kind: Collection['kind'], realm: Realm, change: Change): Participant {
  let undos: (() => void)[] = [];
  return {
    name,
    stage: 'swap',
    apply() {
      const next = coming(change);
      for (const scope of next) scope.placed = true;
      const touched = new Set<Collection>();
      for (const scopes of [leaving(change), next, change.reordered ?? []]) {
        for (const scope of scopes) for (const collection of scope.collections ?? []) touched.add(collection);
      }
      for (const collection of touched) if (collection.kind === kind) undos.push(collection.swap(realm, change));
    },
    undo() {
      for (const undo of undos.reverse()) undo();
      undos = [];
    },
    finish() {
      undos = [];
    },
  };
}

/** One for all: twenty functions that do nothing would be fetched from memory in each reload. */
function nothing(): void {}

/** A participant that has nothing to do before the point of no return. */
function atTheEnd(name: string, finish: () => void): Participant {
  return { name, stage: 'swap', apply: nothing, undo: nothing, finish };
}
