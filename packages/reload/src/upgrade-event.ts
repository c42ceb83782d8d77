/** The event `instances:upgraded`: what became of the living objects of a module's classes, in words and with the lines. */

import type { Artifact, ClassEntry, Diagnostic } from '@rekindle/compiler';
import type { Unit } from '@rekindle/loader';
import type { ClassUpgrade, Obstacle, Remainder } from '@rekindle/state';
import type { EventBody, InstancesUpgraded } from './events.ts';
import type { FaultText, Powers } from './powers.ts';

export interface UpgradedModule {
  /** The version that was there before, of the module from which a class has come. */
  readonly oldOf: (upgrade: ClassUpgrade) => Unit;
  readonly next: Unit;
  readonly classes: readonly ClassUpgrade[];
}

export function upgradeEvent(
  { oldOf, next, classes }: UpgradedModule,
  { diagnose }: Pick<Powers, 'diagnose'>,
): EventBody<InstancesUpgraded> {
  const upgraded: string[] = [];
  const kept: { class: string; diagnostic: Diagnostic }[] = [];
  const stale: { class: string; member: string; diagnostic: Diagnostic }[] = [];
  for (const upgrade of classes) {
    const { class: name, kept: obstacle, remains } = upgrade;
    const old = oldOf(upgrade);
    if (obstacle === undefined) upgraded.push(name);
    else kept.push({ class: name, diagnostic: ofObstacle(obstacle, name, old, next, diagnose) });
    for (const remainder of remains) {
      const diagnostic = ofRemainder(remainder, name, old, next, diagnose);
      stale.push({ class: name, member: remainder.member, diagnostic });
    }
  }
  return { type: 'instances:upgraded', module: next.id, revision: next.revision, classes: upgraded, kept, stale };
}

type Diagnose = Powers['diagnose'];

function ofObstacle(obstacle: Obstacle, name: string, old: Unit, next: Unit, diagnose: Diagnose): Diagnostic {
  const now = entryOf(next.artifact, name);
  const before = entryOf(old.artifact, name);
  const [unit, at] =
    now?.private == null && before?.private != null ? [old, before.private] : [next, now?.private ?? now?.at];
  const text = wordsOf(obstacle, name);
  return at === undefined ? { ...text, module: next.id } : diagnose(unit, { at }, text);
}

function wordsOf(obstacle: Obstacle, name: string): FaultText {
  const keep = `Living objects of '${name}' keep their old class`;
  switch (obstacle) {
    case 'private':
      return {
        code: 'CLASS_PRIVATE',
        message: `${keep}: '#private' members cannot be given to an object that exists.`,
        hint: "Make them ordinary members ('private' of TypeScript does not matter), or make the objects anew.",
      };
    case 'frozen':
      return {
        code: 'CLASS_FROZEN',
        message: `${keep}: its prototype is frozen.`,
        hint: 'Leave the prototype as it is, or make the objects anew.',
      };
    case 'heritage':
      return {
        code: 'CLASS_HERITAGE',
        message: `${keep}: the new one extends another built-in class, or the old one.`,
        hint: 'What a built-in class gives an object, it gives when the object is made: make the objects anew.',
      };
    default:
      return obstacle satisfies never;
  }
}

function ofRemainder({ member, why }: Remainder, name: string, old: Unit, next: Unit, diagnose: Diagnose): Diagnostic {
  const mark = (unit: Unit) => entryOf(unit.artifact, name)?.marks.find((one) => one.name === member)?.at;
  switch (why) {
    case 'hides': {
      const at = entryOf(next.artifact, name)?.at;
      const text = {
        code: 'FIELD_HIDES_MEMBER',
        message: `Living objects of '${name}' have a field '${member}', which hides the member that it is now.`,
        hint: `Delete it where the objects are kept: 'delete object.${member}'. Or give the member another name.`,
      };
      return at === undefined ? { ...text, module: next.id } : diagnose(next, { at }, text);
    }
    case 'old code': {
      const at = mark(old);
      const text = {
        code: 'FIELD_KEEPS_CODE',
        message: `'${member}' of living objects of '${name}' is a function of their old version, and runs its code.`,
        hint: 'Make it a method, and bind it where it is given away.',
      };
      return at === undefined ? { ...text, module: old.id } : diagnose(old, { at }, text);
    }
    case 'not given': {
      const at = mark(next);
      const text = {
        code: 'FIELD_NOT_GIVEN',
        message: `Living objects of '${name}' do not get its new field '${member}': its value needs the constructor.`,
        hint: 'Declare the field with a value of its own, or let a migration give it to the objects.',
      };
      return at === undefined ? { ...text, module: next.id } : diagnose(next, { at }, text);
    }
    default:
      return why satisfies never;
  }
}

function entryOf({ classes }: Artifact, name: string): ClassEntry | undefined {
  return classes.find((one) => one.name === name);
}
