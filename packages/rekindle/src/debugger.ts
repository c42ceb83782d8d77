/**
 * Whether somebody debugs this process: while the inspector listens, no time limit ends anything, since a breakpoint
 * would be met by all of them, and scripts are compiled so that their lines are the author's.
 */

/** Asks, and tells once when the answer has become yes. */
export class DebuggerWatch {
  readonly #found: () => void;
  #isAttached = false;

  /** @param found called when an inspector is met that was not there before */
  constructor(found: () => void) {
    this.#found = found;
  }

  isAttached(): boolean {
    const before = this.#isAttached;
    this.#isAttached = inspectorUrl() !== undefined;
    if (this.#isAttached && !before) this.#found();
    return this.#isAttached;
  }
}

type Inspector = typeof import('node:inspector');

let inspector: Inspector | undefined;

/** Where the inspector listens. Loaded when somebody first asks: few processes are debugged, and there are builds of Node without it. */
export function inspectorUrl(): string | undefined {
  try {
    inspector ??= process.getBuiltinModule('node:inspector');
    return inspector?.url();
  } catch {
    return undefined;
  }
}
