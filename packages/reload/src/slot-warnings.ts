/** The words of warnings about slots and variables, and their places. */

import { inspect } from 'node:util';
import type { Diagnostic, Position } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import type { Slot } from '@rekindle/state';
import type { LostVariable } from './outcome.ts';
import type { FaultText, Powers } from './powers.ts';
import type { ShapeDifference } from './slot-shape.ts';

type Diagnose = Pick<Powers, 'diagnose'>;
type NamedSlot = Pick<Slot, 'module' | 'name' | 'version'>;

/** A diagnostic at the call that asks for a slot. */
function atSlot(instance: SourceTextInstance, name: string, text: FaultText, { diagnose }: Diagnose): Diagnostic {
  const entry = instance.artifact.slots?.find((slot) => slot.name === name);
  return entry === undefined
    ? { ...text, module: instance.record.key }
    : diagnose(instance.unit, { at: entry.at }, text);
}

export function ofShape(
  instance: SourceTextInstance,
  { name, version, module }: NamedSlot,
  { path, kind, has }: ShapeDifference,
  powers: Diagnose,
): Diagnostic {
  const where = path.join('.');
  const whole = path.length === 0;
  const what =
    has === undefined
      ? `the value that is there has no '${where}'`
      : `${whole ? 'the value that is there' : `'${where}' of the value that is there`} is ${named(has)}, not ${named(kind)}`;
  const step = whole || path.length > 1 ? '…' : `({ ...old, ${where}: … })`;
  return atSlot(
    instance,
    name,
    {
      code: 'SLOT_SHAPE_CHANGED',
      message: `The shape of the slot '${name}' of '${module}' changed and its version did not: ${what}.`,
      hint:
        `'init' only runs where there is no value yet. Raise the version and say how to get there: ` +
        `{ version: ${version + 1}, up: { ${version + 1}: (old) => ${step} } }.`,
    },
    powers,
  );
}

export function ofFlattened(
  instance: SourceTextInstance,
  { name, version, module }: NamedSlot,
  className: string,
  powers: Diagnose,
): Diagnostic {
  return atSlot(
    instance,
    name,
    {
      code: 'SLOT_INSTANCES_LOST',
      message:
        `The migration of the slot '${name}' of '${module}' to version ${version} made plain objects of what were ` +
        `objects of '${className}': they have none of its methods.`,
      hint: `Return objects of the class: Object.assign(new ${className}(), old), not { ...old }. A new field alone needs no migration.`,
    },
    powers,
  );
}

export function ofKeptCode(
  instance: SourceTextInstance,
  { name, module }: NamedSlot,
  path: string,
  at: Position,
  { diagnose }: Diagnose,
): Diagnostic {
  return diagnose(
    instance.running,
    { emitted: at },
    {
      code: 'SLOT_HOLDS_CODE',
      message: `The slot '${name}' of '${module}' holds a function${inside(path)} that stays the code of the version before.`,
      hint:
        'Keep the data in the slot and the function in the module; give it to the slot in the body, in every version; ' +
        "or make it a function that stays current: live(fn) at top level, from 'rekindle/script'.",
    },
  );
}

export function ofKeptTimer(
  instance: SourceTextInstance,
  { name, module }: NamedSlot,
  path: string,
  powers: Diagnose,
): Diagnostic {
  return atSlot(
    instance,
    name,
    {
      code: 'SLOT_HOLDS_TIMER',
      message: `The slot '${name}' of '${module}' holds a timer${inside(path)} that has ended with the version before.`,
      hint:
        'Set it at top level: each version has its own, and one that is set again keeps its due time. A wait that ' +
        "has to outlive edits is a schedule: schedule(name, handler) from 'rekindle/script'.",
    },
    powers,
  );
}

/** A plain variable that the reload has dropped. */
export function ofLost(
  instance: SourceTextInstance,
  { name, value }: LostVariable,
  { diagnose }: Diagnose,
): Diagnostic {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return diagnose(
    instance.unit,
    { declaration: name },
    {
      code: 'STATE_LOSS',
      message: `'${name}' of '${instance.record.key}' held ${shown}, which this reload has dropped.`,
      hint: `Keep it in a slot, which outlives the edits: const ${name} = state('${name}', () => ({ value: … })).`,
      length: name.length,
    },
  );
}

function inside(path: string): string {
  return path === '' ? '' : ` in '${path}'`;
}

function named(kind: string): string {
  return /^[AEIOUaeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
