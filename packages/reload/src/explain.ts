/**
 * What is known of one module: where it comes from and why, who imports it, what a change of it would run again.
 *
 * It reads the committed graph and plans on a stage that is thrown away: nothing changes.
 */

import {
  idOf,
  type ModuleGraph,
  type ModuleRecord,
  type Resolved,
  resolveAndReport,
  Stage,
  type StepReport,
} from '@rekindle/loader';
import type { Manifest } from '@rekindle/store';
import { hotOf } from './acceptance.ts';
import type { ObserverIndex } from './observer-index.ts';
import { effectsOf, plan, runOrder } from './plan.ts';
import type { Origin, Powers } from './powers.ts';

/** How one import of a module was resolved. */
export interface ExplainedImport {
  readonly specifier: string;
  /** What it means; undefined where nobody answers. */
  readonly resolved: Resolved | undefined;
  /** What each step of the chain said, in order. */
  readonly steps: readonly StepReport[];
}

/** Where a module comes from, who imports it, and what a change of it would do. */
export interface Explanation {
  readonly id: string;
  /** How the id itself is resolved, as the game's own import. */
  readonly resolution: ExplainedImport;
  /** The store that it comes from. */
  readonly origin: Origin | undefined;
  /** True where it is loaded. */
  readonly loaded: boolean;
  /** SHA-256 of the source that runs, else of the one that would be loaded. */
  readonly revision: string | undefined;
  /** True where the game imported it. */
  readonly root: boolean;
  /** True where it has said with `import.meta.hot.decline()` that it cannot run again. */
  readonly declined: boolean;
  readonly imports: readonly ExplainedImport[];
  /** Ids of the loaded modules that import it. */
  readonly importers: readonly string[];
  /** What an edit of its code would run, in order, and why. */
  readonly onChange: readonly { readonly module: string; readonly reason: string }[];
  /** Of which other modules it would only set effects up again, and why. */
  readonly effectsOnChange: readonly { readonly module: string; readonly reason: string }[];
}

export interface ExplainInput {
  readonly graph: ModuleGraph;
  readonly index: ObserverIndex;
  readonly powers: Powers;
  readonly manifest: Manifest;
}

export async function explain(id: string, input: ExplainInput): Promise<Explanation> {
  const { graph, manifest } = input;
  const resolution = await explainImport(input, null, id);
  const { resolved } = resolution;
  const key = resolved === undefined ? id : keyOf(resolved);
  const scripts = graph.scriptsOf(key);
  const given = graph.records.get(key);
  const records = scripts.length > 0 || given === undefined ? scripts : [given];
  const current = records[0]?.current;
  const requests = current?.kind === 'source' ? current.artifact.requests : [];
  const imports: ExplainedImport[] = [];
  for (const { specifier } of requests) imports.push(await explainImport(input, key, specifier));
  return {
    id: key,
    resolution,
    origin: input.powers.origin(idOf(key)),
    loaded: current !== undefined,
    revision: current?.kind === 'source' ? current.unit.revision : manifest.get(idOf(key)),
    root: records.some((record) => graph.roots.has(record)),
    declined: current?.kind === 'source' && input.powers.scopes.known(current)?.hot?.declined !== undefined,
    imports,
    importers: [...new Set(records.flatMap(({ importers }) => [...importers].map((importer) => importer.key)))],
    ...onChange(scripts, input),
  };
}

async function explainImport(
  { powers, manifest, graph }: ExplainInput,
  parent: string | null,
  specifier: string,
): Promise<ExplainedImport> {
  const { answer, steps } = await resolveAndReport(powers.steps, specifier, {
    parent,
    namespace: powers.namespace,
    has: (id) => manifest.has(id) || graph.records.get(id)?.current?.kind === 'source',
  });
  return { specifier, resolved: answer?.kind === 'refused' ? undefined : answer, steps };
}

function keyOf(resolved: Resolved): string {
  if (resolved.kind === 'script') return resolved.id;
  return resolved.kind === 'host' ? resolved.name : resolved.url;
}

/** The plan for an edit that changes code and nothing of imports or exports, of a file that is loaded as these. */
function onChange(
  scripts: readonly ModuleRecord[],
  { graph, index, powers }: ExplainInput,
): Pick<Explanation, 'onChange' | 'effectsOnChange'> {
  if (scripts.length === 0) return { onChange: [], effectsOnChange: [] };
  const stage = new Stage(graph);
  for (const record of scripts) stage.again(record);
  const order = (other: ModuleRecord): number => other.order;
  const { reasons, effects } = plan({
    stage,
    index,
    committed: graph,
    given: new Map(scripts.map((record) => [record, 'was edited'])),
    order,
    reordered: false,
    hotOf: hotOf(powers),
  });
  return {
    onChange: runOrder(stage, order).map((instance) => ({
      module: instance.record.key,
      reason: reasons.get(instance.record) ?? '',
    })),
    effectsOnChange: effectsOf(effects, order),
  };
}
