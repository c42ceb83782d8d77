/**
 * Unchanged code that awaiting bodies call, and those that run for their imports, although it leads to what the release
 * replaces: asked for each `import()`, because no text says what that gives. See `stale-code.ts` for what such code is.
 */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';
import { Callees } from './observation.ts';
import { reachedBy } from './reached.ts';
import { isStale } from './stale-code.ts';

export class StaleCalls {
  readonly #stage: Stage;
  #callees: Callees | undefined;
  /** What has been looked at below what was given. */
  readonly #below = new Set<ModuleRecord>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The modules that may be called now that a body is given a record, and none of those that were told before. */
  of(body: SourceTextInstance, given: ModuleRecord): ModuleRecord[] {
    const stage = this.#stage;
    this.#callees ??= new Callees(stage, body);
    this.#callees.give(given);
    for (const record of reachedBy([given], (other) => stage.at(other), this.#below)) {
      const staged = stage.instances.get(record);
      if (staged?.kind === 'source' && staged.status !== 'evaluated') this.#callees.run(staged);
    }
    return this.#callees.take().filter((record) => isStale(record, stage));
  }
}
