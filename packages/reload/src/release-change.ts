/**
 * What a prepared release means to the state: which versions' scopes go, come, change their places and set up again, and
 * what the texts say that matters to slots and classes before a body has run.
 */

import { AMBIGUOUS, type ModuleRecord, resolveExport } from '@rekindle/loader';
import type {
  Accepted,
  Change,
  ClassUpgrade,
  DeclaredSlot,
  EffectsAgain,
  HandedOver,
  Pair,
  Scope,
  SlotRehearsal,
} from '@rekindle/state';
import type { ReleaseInfo } from './events.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';

export interface ReleaseChangeInput {
  readonly prepared: Prepared;
  readonly powers: Pick<Powers, 'scopes' | 'source'>;
  /** What would run. */
  readonly release: ReleaseInfo;
  /** There where all of it will be taken back. */
  readonly rehearsal?: SlotRehearsal | undefined;
  /** Versions that have handed over, also in earlier attempts. */
  readonly handedOver: HandedOver;
  accepted(): Iterable<Accepted>;
}

/** What became of the living objects of a module's classes. */
export interface UpgradedClasses {
  readonly module: string;
  readonly classes: readonly ClassUpgrade[];
}

export class ReleaseChange implements Change {
  pairs: readonly Pair[] = [];
  reordered: readonly Scope[] = [];
  again: readonly EffectsAgain[] = [];
  readonly rehearsal: SlotRehearsal | undefined;
  readonly release: ReleaseInfo;
  readonly accepted: () => Iterable<Accepted>;
  readonly handedOver: HandedOver;
  /** What became of living objects; told at the point of no return. */
  readonly upgrades: UpgradedClasses[] = [];
  failed: Scope | undefined = undefined;
  renewed: ReadonlyMap<Scope, number> | undefined = undefined;
  readonly #prepared: Prepared;
  readonly #powers: ReleaseChangeInput['powers'];
  #classes: ReadonlyMap<string, readonly string[]> | undefined;

  constructor({ prepared, powers, release, rehearsal, handedOver, accepted }: ReleaseChangeInput) {
    this.#prepared = prepared;
    this.#powers = powers;
    this.release = release;
    this.rehearsal = rehearsal;
    this.handedOver = handedOver;
    this.accepted = accepted;
    this.follow();
  }

  /** Takes the versions that there are now: what bodies that await have imported is part of the release. */
  follow(): void {
    const { scopes } = this.#powers;
    const { order, stage } = this.#prepared;
    const scopeOf = (record: ModuleRecord): Scope | undefined =>
      record.current?.kind === 'source' ? scopes.known(record.current) : undefined;
    const pairs: Pair[] = order.map((next) => ({ old: scopeOf(next.record), next: scopes.of(next) }));
    for (const record of stage.removed) pairs.push({ old: scopeOf(record), next: undefined });
    this.pairs = pairs;
    this.reordered = reorderedScopes(this.#prepared, scopeOf);
    this.again = effectsAgain(this.#prepared, scopeOf);
    this.#classes = undefined;
  }

  readonly upgraded = (module: string, classes: readonly ClassUpgrade[]): void => {
    this.upgrades.push({ module, classes });
  };

  readonly declared = (): DeclaredSlot[] => {
    const declared: DeclaredSlot[] = [];
    for (const { record, artifact } of this.#prepared.order) {
      const { slots = [], plain } = artifact;
      for (const { name, version, from, at } of slots) {
        declared.push({ module: record.key, name, version, from, ...(plain === true ? { at } : {}) });
      }
    }
    return declared;
  };

  readonly exportOf = (module: string, name: string): { module: string; name: string } | undefined => {
    const { stage } = this.#prepared;
    const record = stage.has(module) ? stage.record(module) : undefined;
    const instance = record === undefined ? undefined : stage.at(record);
    if (record === undefined || instance?.kind !== 'source') return undefined;
    const found = resolveExport(stage, instance, record, name);
    if (found === null || found === AMBIGUOUS || found.kind !== 'binding') return undefined;
    return { module: found.record.key, name: found.local };
  };

  readonly classesOf = (module: string): readonly string[] | undefined => {
    this.#classes ??= new Map(
      this.#prepared.order.map(
        ({ record, artifact }) => [record.key, artifact.classes.map(({ name }) => name)] as const,
      ),
    );
    return this.#classes.get(module);
  };

  readonly standing = (module: string): 'runs' | 'not loaded' | 'gone' => {
    const { stage, manifest } = this.#prepared;
    if (stage.has(module)) return 'runs';
    // a source that cannot list its modules has those, too, that nobody has asked for
    return manifest.has(module) || this.#powers.source.find !== undefined ? 'not loaded' : 'gone';
  };
}

function effectsAgain({ plan, stage }: Prepared, scopeOf: (record: ModuleRecord) => Scope | undefined): EffectsAgain[] {
  return [...plan.effects].flatMap(([record, { regions }]) => {
    const { current } = record;
    const scope = scopeOf(record);
    if (scope === undefined || current?.kind !== 'source' || stage.at(record) !== current) return [];
    const marks = current.running.artifact.facts.callbacks.flatMap(({ region, mark }) =>
      mark !== undefined && regions.has(region) ? [mark] : [],
    );
    return [
      {
        scope,
        isMeant(setup) {
          const text = Function.prototype.toString.call(setup);
          return marks.some((mark) => text.includes(mark));
        },
      },
    ];
  });
}

/** Versions that stay and come to stand at another place in the evaluation order. */
function reorderedScopes(
  { reordered, stage }: Prepared,
  scopeOf: (record: ModuleRecord) => Scope | undefined,
): Scope[] {
  const scopes: Scope[] = [];
  for (const [place, record] of reordered?.entries() ?? []) {
    if (stage.instances.has(record) || record.order === place) continue;
    const scope = scopeOf(record);
    if (scope !== undefined) scopes.push(scope);
  }
  return scopes;
}
