/** `console` as scripts have it: prints as always, and is an event with module and namespace. */

import type { EventBody } from '@rekindle/reload';
import { currentScope } from '@rekindle/state';
import { placeOfThrow } from './places.ts';

const LEVELS = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;

/** @param emit takes the event */
export function scriptConsole(emit: (body: EventBody) => void): Console {
  const methods: Record<string, PropertyDescriptor> = {};
  for (const level of LEVELS) {
    const value = (...values: unknown[]): void => {
      console[level](...values);
      emit({ type: 'script:log', module: speaker(), level, values });
    };
    methods[level] = { value, writable: true, configurable: true, enumerable: true };
  }
  return Object.create(console, methods) as Console; // tables, groups, counters and timers are the process's own
}

/** The running owner; when none is running, the script in whose text the call stands. */
function speaker(): string | undefined {
  return currentScope()?.owner.module ?? placeOfThrow(new Error('console'))?.module;
}
