// What tests need beyond npm (a browser, a database server) is found or installed through here:
//
//     const browser = await obtain(chromium);
//     describe.runIf(browser !== undefined)('the page', () => { … });
//
// What cannot be had is named at the end of the run; with CI=true it is an error on the spot, never a skipped test.
import { note } from './ledger.ts';

export interface Requirement<T> {
  /** As people know it: `Chromium`, `a MongoDB server`. */
  readonly name: string;
  /** What a person can do when it is missing, one sentence a line. */
  readonly remedy: string;
  /** Finds it or installs it, with progress on stderr. Throws when it cannot be had, saying what was tried. */
  find(): Promise<T>;
}

/**
 * The thing itself, or undefined where it cannot be had.
 *
 * @throws Error in its place when CI=true.
 */
export async function obtain<T>(requirement: Requirement<T>): Promise<T | undefined> {
  try {
    return await requirement.find();
  } catch (cause) {
    const { name, remedy } = requirement;
    const reason = cause instanceof Error ? cause.message : String(cause);
    note({ name, reason, remedy });
    if (process.env['CI'] === 'true') throw new Error(`${name} could not be had: ${reason}\n${remedy}`, { cause });
    return undefined;
  }
}
