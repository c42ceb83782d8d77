/** What was thrown, in words. It need not have a text: an object without a prototype, a message that throws. */

/** Name and message of an error, else the value. */
export function textOf(thrown: unknown): string {
  return spoken(thrown, ({ name, message }) => `${name}: ${message}`);
}

/** The message alone. */
export function messageOf(thrown: unknown): string {
  return spoken(thrown, ({ message }) => message);
}

/** A warning of the process: for what nobody is left to be told of otherwise. */
export function warnOf(what: string, thrown: unknown, code: string): void {
  process.emitWarning(`${what}: ${spoken(thrown, ({ stack, message }) => stack ?? message)}`, { code });
}

function spoken(thrown: unknown, ofError: (error: Error) => string): string {
  try {
    return thrown instanceof Error ? ofError(thrown) : String(thrown);
  } catch {
    return `a value of type ${typeof thrown}`;
  }
}
