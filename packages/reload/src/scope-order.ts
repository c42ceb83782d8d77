/**
 * The participant `order`: tells each version its place in the evaluation order, before hooks are placed by it.
 */

import type { ModuleGraph, SourceTextInstance } from '@rekindle/loader';
import type { Scope } from '@rekindle/state';
import type { Participant } from './participant.ts';
import type { Prepared } from './prepare.ts';

export class ScopeOrder implements Participant {
  readonly name = 'order';
  readonly stage = 'swap';
  readonly #graph: ModuleGraph;
  readonly #prepared: Prepared;
  readonly #scopeOf: (instance: SourceTextInstance) => Scope | undefined;
  #before: { scope: Scope; order: number }[] = [];

  constructor(graph: ModuleGraph, prepared: Prepared, scopeOf: (instance: SourceTextInstance) => Scope | undefined) {
    this.#graph = graph;
    this.#prepared = prepared;
    this.#scopeOf = scopeOf;
  }

  apply(): void {
    const { reordered, order } = this.#prepared;
    for (const record of reordered ?? order.map((instance) => instance.record)) {
      const instance = this.#graph.at(record);
      const scope = instance?.kind === 'source' ? this.#scopeOf(instance) : undefined;
      if (scope === undefined || scope.order === record.order) continue;
      this.#before.push({ scope, order: scope.order });
      scope.order = record.order;
    }
  }

  undo(): void {
    for (const { scope, order } of this.#before) scope.order = order;
    this.#before = [];
  }

  finish(): void {
    this.#before = [];
  }
}
