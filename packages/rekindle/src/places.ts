/** Where in the author's source: positions of artifacts, and of errors that scripts throw. */

import type { Diagnostic } from '@rekindle/compiler';
import type { Unit } from '@rekindle/loader';
import type { FaultText, Place } from '@rekindle/reload';

export function diagnose(unit: Unit, _place: Place, { length: _length, ...text }: FaultText): Diagnostic {
  return { ...text, module: unit.id };
}

export function placeOfThrow(_error: unknown): { line?: number; column?: number } {
  return {};
}
