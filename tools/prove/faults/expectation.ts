// What the documentation says of a failure at a point: the release is refused, with a module, unless it stands here.
import type { RekindleEvent } from 'rekindle';
import { type Reached, wordsOf } from './points.ts';
import type { Taken } from './stage.ts';

/** Failures after which the commit stands, by role, and the parts in which one can see them. */
const STANDS: Readonly<Record<string, readonly string[]>> = {
  'given by effect': ['effects'], // the cleanup of a version that goes
  'import.meta.hot.dispose': [],
  'import.meta.hot.prune': [],
  task: ['timers'],
  'store.committed': [],
  'participant.finish': [],
};

/** The parts that a failure leaves its mark in although it is refused: what a set-up did to the outside before it threw. */
export function marks({ role, label }: Reached): readonly string[] {
  return role === 'effect' && label.endsWith(' ends') ? ['effects'] : [];
}

/** The parts that a second failure leaves its mark in, on the way back: what an effect had set up is gone with it. */
export function marksOnTheWayBack(point: Reached): readonly string[] {
  return point.role === 'effect' ? ['effects', 'hook', 'timers'] : ['effects'];
}

/** The parts that may differ after a failure at a point; undefined where nothing may have changed. */
export function traces({ role }: Reached): readonly string[] | undefined {
  return STANDS[role];
}

/** What is wrong with what people were told of a failure. */
export function complaints(taken: Taken, point: Reached): string[] {
  if (traces(point) !== undefined) return ofCommit(taken, point);
  if (point.follows) return ofFollowing(taken, point);
  if (point.passed) return ['it is past the point of no return, and nothing says what becomes of it'];
  if (point.role.startsWith('store.')) return ofRejection(taken);
  const { role, running, module } = point;
  if (role === 'function') return ofRefusal(taken, wordsOf(point.label), running);
  // what `import()` asks for has no place in a text, and a transform knows none
  return ofRefusal(taken, wordsOf(point.label), module, {
    line: role !== 'transform' && (role !== 'resolve' || !point.staged),
  });
}

function ofCommit({ outcome, events, warnings }: Taken, { label, module }: Reached): string[] {
  if (outcome.status !== 'committed') return [`the commit is to stand, and it was ${told(outcome)}`];
  const words = wordsOf(label);
  const isTold = events.some((event) => isAbout(event, words, module)) || warnings.some((text) => text.includes(words));
  return isTold ? [] : [`nobody was told of it: ${events.map(({ type }) => type).join()}`];
}

/** What asked for another transaction has been committed, and only that one is refused. */
function ofFollowing({ outcome, events }: Taken, { label, module }: Reached): string[] {
  if (outcome.status !== 'committed') return [`the first was ${told(outcome)}`];
  const refusals = events.filter((event) => event.type === 'reload:refused');
  const isTold = refusals.some(({ cause, diagnostics }) =>
    diagnostics.some(
      (each) => cause === 'invalidate' && each.message.includes(wordsOf(label)) && each.module === module,
    ),
  );
  return isTold && refusals.length === 1 ? [] : [`its refusal was not told once, with the module: ${refusals.length}`];
}

/** The stores could not be read: nothing is known of the release, so nothing is refused. */
function ofRejection({ outcome, events }: Taken): string[] {
  if (outcome.status !== 'rejected') return [`it was to reject, and was ${told(outcome)}`];
  if ((outcome.error as { code?: unknown }).code !== 'STORE_UNREACHABLE') return [`it rejected: ${outcome.error}`];
  return announced(events, 0);
}

/** Refused once, with the module and the line of whatever is wrong: its code, or a part of its message. */
export function ofRefusal(
  { outcome, events }: Taken,
  what: string,
  module: string | undefined,
  { line = true }: { line?: boolean } = {},
): string[] {
  if (outcome.status !== 'refused') return [`it was ${told(outcome)}, not refused`];
  const diagnostic = outcome.diagnostics.find(({ code, message }) => code === what || message.includes(what));
  if (diagnostic === undefined) return [`it was refused for something else: ${told(outcome)}`];
  if (diagnostic.module !== module) return [`it was said to be in '${diagnostic.module}', not in '${module}'`];
  if (line && module !== undefined && diagnostic.line === undefined) return [`no line was named: ${told(outcome)}`];
  return announced(events, 1);
}

/** A refusal is one event, and nothing says that something was committed. */
function announced(events: readonly RekindleEvent[], refusals: number): string[] {
  const count = events.filter(({ type }) => type === 'reload:refused').length;
  if (count !== refusals) return [`${count} refusals were announced`];
  const wrong = events.filter(({ type }) => type === 'reload:committed' || type === 'module:loaded');
  return wrong.map(({ type }) => `'${type}' was announced`);
}

function isAbout(event: RekindleEvent, words: string, module: string | undefined): boolean {
  if (!('error' in event) || !String(event.error).includes(words)) return false;
  return module === undefined || !('module' in event) || event.module === module;
}

function told(outcome: Taken['outcome']): string {
  if (outcome.status === 'rejected') return `rejected: ${outcome.error}`;
  if (outcome.status !== 'refused') return outcome.status;
  return `refused: ${outcome.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`;
}
