/**
 * `rehearse`: what a release would come to, without its coming.
 *
 * It goes the way of a release that is refused at the last moment: prepared, linked, its bodies run on staged cells, its
 * entries put in place, everything taken back. Slots are copies, and neither clean-ups and set-ups of effects nor accept
 * and dispose callbacks run. What bodies and steps of migrations call in the game is called.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import { type Scope, SlotRehearsal, type SlotTrial, type ValueShape } from '@rekindle/state';
import { Attempt, type AttemptInput } from './attempt.ts';
import { ofBody } from './diagnose.ts';
import type { ReleaseInfo } from './events.ts';
import { diagnoseLoss, lostOf } from './lost-variables.ts';
import type { LostVariable } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { releaseWarnings, withNewText } from './release-warnings.ts';
import { valueWarnings } from './slot-look.ts';

/** A slot at one version, and what its value looks like. */
export interface RehearsedState {
  readonly version: number;
  readonly shape: ValueShape;
}

/** What would become of one slot. */
export interface RehearsedSlot {
  readonly name: string;
  /** Id of the module that owns it afterwards. */
  readonly module: string;
  /**
   * - `made`: there is none yet;
   * - `kept`: same version, same value;
   * - `migrated`: to another version;
   * - `failed`: see `error`;
   * - `left`: nobody names it any more: it is disposed of, where it says how, and kept for a day where not.
   */
  readonly change: 'made' | 'kept' | 'migrated' | 'failed' | 'left';
  /** The slot that it takes over: `npc/orc.ts#orcs`. */
  readonly from?: string;
  readonly before?: RehearsedState;
  readonly after?: RehearsedState;
  /** Milliseconds for its migration, or for making it. */
  readonly duration: number;
  readonly error?: Diagnostic;
  /** Where a step wrote to the value that it was given: a release that is refused could not give that back. */
  readonly writes: readonly Diagnostic[];
}

/** What a release would come to. */
export interface Rehearsal {
  /** The status that the outcome would have. */
  readonly status: 'committed' | 'unchanged' | 'refused';
  /** The release that was rehearsed. */
  readonly release: ReleaseInfo;
  /** Ids of the modules whose text is another one, that come or that go. */
  readonly modules: readonly string[];
  /** Ids of the modules that would run, in order; empty where it would be refused. */
  readonly evaluated: readonly string[];
  /** For each module that would run, why. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Ids of the modules that would not run and whose effects would be set up again, and why. */
  readonly effects: Readonly<Record<string, string>>;
  /** In the order in which they are asked for. */
  readonly slots: readonly RehearsedSlot[];
  /** Plain variables that would be lost, as they are now. */
  readonly lost: readonly LostVariable[];
  /** What would be told of its texts, slots and variables. */
  readonly warnings: readonly Diagnostic[];
  /** Why it would be refused. */
  readonly diagnostics: readonly Diagnostic[];
  /** Classes of values that could not be copied: what was done to these was done to the values themselves. */
  readonly shared: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
}

/** What the way to the transaction found already. */
export interface RehearsedRelease {
  readonly release: ReleaseInfo;
  readonly modules: readonly string[];
  readonly start: number;
  /** It is a way back: nothing that is lost keeps anybody from it. */
  readonly isBack: boolean;
}

/** Rehearses what has been prepared. */
export async function rehearse(
  prepared: Prepared,
  input: Omit<AttemptInput, 'prepared' | 'rehearsal' | 'release' | 'occasion'>,
  { release, modules: known, start, isBack }: RehearsedRelease,
  signal: AbortSignal,
): Promise<Rehearsal> {
  const { powers } = input;
  const slots = new SlotRehearsal();
  const occasion = { isFirst: false, isBack };
  const attempt = new Attempt({ ...input, prepared, rehearsal: slots, release, occasion });
  const diagnostics: Diagnostic[] = [];
  const left: RehearsedSlot[] = [];
  let warnings: readonly Diagnostic[] = [];
  let lost: readonly LostVariable[] = [];
  let modules = known;
  const awaited = await attempt.awaiting.run(signal);
  if (awaited !== undefined) diagnostics.push(...awaited);
  else {
    const { replaced, removed } = attempt;
    modules = attempt.changed(known);
    lost = [...replaced, ...removed].flatMap(lostOf);
    if (lost.length > 0 && powers.onStateLoss === 'refuse' && !isBack) {
      attempt.drop(undefined);
      diagnostics.push(...diagnoseLoss([...replaced, ...removed], powers));
    } else {
      const edited = isBack ? [] : withNewText(prepared.order);
      const leaving = new Set([...replaced, ...removed].flatMap((version) => powers.scopes.known(version) ?? []));
      const failure = attempt.rehearse(() => {
        left.push(...leftSlots(leaving, slots));
        if (isBack) return;
        const { order } = prepared;
        const told = { warnings: () => slots.trials.flatMap((trial) => warningsOf(trial, replaced, order, powers)) };
        warnings = releaseWarnings({ edited, slots: told, lost, order }, powers);
      });
      if (failure !== undefined) diagnostics.push(failure);
    }
  }
  const isRefused = diagnostics.length > 0;
  const reasons = [...prepared.plan.reasons].map(([record, reason]) => [record.key, reason] as const);
  return {
    status: isRefused ? 'refused' : 'committed',
    release,
    modules: isRefused ? known : modules,
    evaluated: isRefused ? [] : prepared.order.map(({ record }) => record.key),
    reasons: Object.fromEntries(reasons),
    effects: isRefused ? {} : attempt.effects,
    slots: [...slots.trials.map((trial) => slotOf(trial, prepared, powers)), ...left],
    lost: isRefused ? [] : lost,
    warnings: isRefused ? [] : warnings,
    diagnostics,
    shared: slots.shared,
    duration: powers.clock.now() - start,
  };
}

/** What is known before anything could run. */
export function notRehearsed(
  status: 'unchanged' | 'refused',
  { release, modules, start }: RehearsedRelease,
  diagnostics: readonly Diagnostic[],
  { clock }: Pick<Powers, 'clock'>,
): Rehearsal {
  const nothing = { evaluated: [], reasons: {}, effects: {}, slots: [], lost: [], warnings: [], shared: [] };
  return { status, release, modules, ...nothing, diagnostics, duration: clock.now() - start };
}

/** Slots that versions which go name and nobody else will. */
function leftSlots(going: ReadonlySet<Scope>, slots: SlotRehearsal): RehearsedSlot[] {
  const left = new Set([...going].flatMap((scope) => [...(scope.slots ?? [])]));
  return [...left].flatMap((slot): RehearsedSlot[] => {
    const { module, name, version, value, named } = slot;
    if (slots.has(module, name) || [...named].some((scope) => !going.has(scope))) return [];
    const before = { version, shape: slots.shapeOf(value) };
    return [{ module, name, change: 'left', before, duration: 0, writes: [] }];
  });
}

/** What would be told of the value of a slot. */
function warningsOf(
  { module, name, from, before, after, values }: SlotTrial,
  going: readonly SourceTextInstance[],
  order: readonly SourceTextInstance[],
  powers: Pick<Powers, 'diagnose'>,
): Diagnostic[] {
  const [old, next] = [going, order].map((versions) => versions.find(({ record }) => record.key === module));
  if (old === undefined || next === undefined || from !== undefined) return [];
  if (before === undefined || after === undefined || values.before === undefined || values.after === undefined)
    return [];
  const change = {
    old,
    next,
    slot: { module, name, version: after.version },
    before: { version: before.version, value: values.before },
    after: { version: after.version, value: values.after },
  };
  return valueWarnings(change, powers);
}

function slotOf(trial: SlotTrial, { order }: Prepared, powers: Pick<Powers, 'diagnose'>): RehearsedSlot {
  const { module, name, from, before, after, duration, error, writes } = trial;
  const instance = order.find(({ record }) => record.key === module);
  const change =
    after === undefined
      ? 'failed'
      : before === undefined
        ? 'made'
        : before.version === after.version
          ? 'kept'
          : 'migrated';
  return {
    module,
    name,
    change,
    ...(from === undefined ? {} : { from }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    duration,
    ...(error === undefined ? {} : { error: ofBody(instance, error, powers) }),
    writes: writes.map((write) => ofWrite(instance, trial, write, powers)),
  };
}

function ofWrite(
  instance: SourceTextInstance | undefined,
  { module, name }: SlotTrial,
  { path, error }: SlotTrial['writes'][number],
  { diagnose }: Pick<Powers, 'diagnose'>,
): Diagnostic {
  const text = {
    code: 'MIGRATION_WRITES',
    message: `A step of the slot '${name}' of '${module}' writes to the value that it is given${path === '' ? '' : `, at '${path}'`}.`,
    hint: 'Return a new value and leave the old one alone: a release that is refused, or taken back, goes back to it.',
  };
  return instance === undefined || error === undefined
    ? { ...text, module }
    : diagnose(instance.unit, { thrown: error, innermost: true }, text);
}
