/**
 * Versions that stay although they have handed over: their dispose callbacks have run for a release that did not come.
 *
 * That a wish keeps them over all of its attempts is `wishes.ts`'s matter.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { HandedOver } from '@rekindle/state';
import { ofDisposed } from './diagnose.ts';

/** What is to be told of them. It is told once: whoever takes it tells it. */
export function takeDisposed(handedOver: HandedOver): Diagnostic[] {
  const stay = [...handedOver.keys()].filter(({ phase }) => phase !== 'ended');
  handedOver.clear();
  return stay.map(({ owner }) => ofDisposed(owner.module));
}
