/**
 * A module graph without stores, plans and state: texts are staged, linked, evaluated and swapped by hand.
 *
 * A specifier `./name` means the module `name.js`; `host:name` a module that the game gives.
 */
import { compile, instantiate } from '@rekindle/compiler';
import {
  AsyncEvaluation,
  CellSwap,
  evaluateSync,
  evaluationOrder,
  GraphLoad,
  type LinkFault,
  type LoadFault,
  link,
  ModuleGraph,
  type ModuleRecord,
  namespaceObject,
  type SourceTextInstance,
  Stage,
  type SyntheticModule,
  type Unit,
} from '@rekindle/loader';

export type Texts = Readonly<Record<string, string>>;

export interface Staged {
  readonly stage: Stage;
  readonly faults: readonly LoadFault[];
  readonly linkFaults: readonly LinkFault[];
  readonly order: readonly ModuleRecord[];
  readonly swap: CellSwap;
}

export class Workbench {
  readonly graph = new ModuleGraph();
  readonly hosts = new Map<string, SyntheticModule>();
  readonly globals: object = Object.create(globalThis);
  #texts = new Map<string, string>();
  #revision = 0;

  /** Loads these texts, runs `main.js` and what it needs, and makes it a root. */
  static async load(texts: Texts, root = 'main.js'): Promise<Workbench> {
    const bench = new Workbench();
    bench.commit(await bench.stage(texts, [root]));
    return bench;
  }

  /** Stages changed texts (`null` takes a module out), and what `roots` name. */
  async stage(changes: Readonly<Record<string, string | null>>, roots: readonly string[] = []): Promise<Staged> {
    const { graph } = this;
    const texts = new Map(this.#texts);
    for (const [id, text] of Object.entries(changes)) {
      if (text === null) texts.delete(id);
      else texts.set(id, text);
    }
    const stage = new Stage(graph);
    const load = new GraphLoad(stage, {
      namespace: 'main',
      resolve: (specifier, { has }) => {
        if (specifier.startsWith('host:')) return { kind: 'host', name: specifier };
        const id = `${specifier.replace('./', '')}.js`;
        return has(id) ? { kind: 'script', id } : undefined;
      },
      has: (id) => texts.has(id),
      unit: (id) => this.#unit(id, texts.get(id) as string),
      host: (name) => this.hosts.get(name) as SyntheticModule,
      native: () => Promise.reject(new Error('there are no packages here')),
    });
    await load.add(Object.keys(changes).filter((id) => graph.records.has(id) && texts.has(id)));
    for (const id of roots) {
      const record = stage.record(id);
      if (!stage.has(id)) await load.add([id]);
      stage.imports.push({ from: null, to: record });
    }
    const order = stage.evaluationOrder();
    const reached = new Set(order);
    for (const record of [...graph.records.values(), ...stage.instances.keys()]) {
      if (reached.has(record)) continue;
      if (record.current === undefined) stage.drop(record);
      else stage.remove(record);
    }
    const linked =
      load.faults.length === 0 ? link(stage) : { faults: [], rebinds: new Map(), surfaces: new Set<ModuleRecord>() };
    this.#next = texts;
    return {
      stage,
      order,
      faults: load.faults,
      linkFaults: linked.faults,
      swap: new CellSwap(stage, linked, () => order),
    };
  }

  #next = new Map<string, string>();

  /** Instantiates and runs what was staged, in order, on its staged cells. */
  evaluate({ stage, order }: Staged): SourceTextInstance[] {
    const instances = this.instantiate(stage, order);
    evaluateSync(instances);
    return instances;
  }

  instantiate(stage: Stage, order: readonly ModuleRecord[]): SourceTextInstance[] {
    const instances = order.flatMap((record) => {
      const instance = stage.instances.get(record);
      return instance?.kind === 'source' ? [instance] : [];
    });
    for (const instance of instances) {
      instance.begin({
        token: instance,
        global: this.globals,
        timers: globalThis as never,
        loops: { left: 0, check() {} },
        define() {},
        meta: () => ({}),
        import: () => Promise.reject(new Error('nothing is imported here')),
        run: (body) => body(),
        runAsync: (body) => body(),
      });
    }
    return instances;
  }

  /** Runs one module and what it imports as the specification has it, bodies that await among them. */
  async evaluateAsync({ stage, order }: Staged, id: string): Promise<void> {
    const instances = this.instantiate(stage, order);
    await Promise.all(instances.map(({ ready }) => ready));
    const root = stage.instances.get(stage.record(id));
    if (root?.kind !== 'source') throw new Error(`no module '${id}'`);
    await new AsyncEvaluation(stage, {}).evaluateAt(root.record);
  }

  commit(staged: Staged): void {
    if (staged.faults.length + staged.linkFaults.length > 0) throw new Error('what has faults cannot be committed');
    this.evaluate(staged);
    staged.swap.apply();
    staged.swap.finish();
    this.#texts = this.#next;
  }

  record(id: string): ModuleRecord {
    const record = this.graph.records.get(id);
    if (record === undefined) throw new Error(`no module '${id}'`);
    return record;
  }

  namespace(id: string): Record<string, unknown> {
    return namespaceObject(this.graph, undefined, this.record(id)) as Record<string, unknown>;
  }

  live(id: string): Record<string, unknown> {
    return this.graph.liveView(this.record(id)) as Record<string, unknown>;
  }

  /** Ids in evaluation order. */
  order(): string[] {
    return evaluationOrder(this.graph, this.graph.roots).map(({ key }) => key);
  }

  #unit(id: string, source: string): { readonly ok: true; readonly unit: Unit } {
    const options = { id };
    const compiled = compile(source, options);
    if (!compiled.ok) throw new Error(`${id}: ${compiled.diagnostics[0]?.message}`);
    const instantiated = instantiate(compiled.artifact);
    if (!instantiated.ok) throw new Error(`${id}: ${instantiated.diagnostic.message}`);
    this.#revision += 1;
    const revision = String(this.#revision).padStart(8, '0');
    return {
      ok: true,
      unit: { id, revision, source, options, artifact: compiled.artifact, factory: instantiated.body },
    };
  }
}

/** Names that a stage cannot resolve: `importer: name kind`. */
export function faultsOf({ linkFaults }: Staged): string[] {
  return linkFaults.map(({ importer, name, kind }) => `${importer.record.key}: ${name} ${kind}`);
}
