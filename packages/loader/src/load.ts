/**
 * ECMA-262 LoadRequestedModules (16.2.1.5.1): completes a stage with every module that it needs and does not have.
 *
 * Reads go out together, wave by wave; compiling yields to the event loop between modules. Nothing is linked or run.
 * Every fault of every module is collected.
 */

import type { ModuleRequest } from '@rekindle/compiler';
import { attributesFault, keyOf } from './attributes.ts';
import { SourceTextInstance, SyntheticInstance, type SyntheticModule, type Unit } from './module-instance.ts';
import { ModuleRecord } from './module-record.ts';
import type { Answer, Looked, MaybePromise, ResolveContext, Resolved } from './resolve/chain.ts';
import type { Stage } from './stage.ts';

/** What loading needs from outside. */
export interface LoadPowers {
  readonly namespace: string;
  resolve(specifier: string, context: ResolveContext): MaybePromise<Answer>;
  /** Whether the view that is being staged has a script of this id. */
  has(id: string): MaybePromise<boolean>;
  /** The compiled script, or file as text, of a record's key; its faults, where it does not compile. */
  unit(key: string): MaybePromise<UnitResult>;
  /** A host module that `resolve` named. */
  host(name: string): SyntheticModule;
  /** A builtin or package that `resolve` named. */
  native(url: string): Promise<SyntheticModule>;
}

export type UnitResult = { readonly ok: true; readonly unit: Unit } | { readonly ok: false; readonly fault: UnitFault };

/** A module that could not be read or compiled; `detail` is the power's own. */
export interface UnitFault {
  readonly kind: 'unit';
  readonly id: string;
  readonly detail: unknown;
}

export interface ResolveFault {
  readonly kind: 'unresolved';
  /** The version that imports; undefined for the game's own import. */
  readonly importer: SourceTextInstance | undefined;
  readonly request: Pick<ModuleRequest, 'specifier'> & Partial<ModuleRequest>;
  readonly looked: readonly Looked[];
  /** Where a step refused, or native code could not be loaded. */
  readonly refusal?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly cause?: unknown;
  };
}

export type LoadFault = UnitFault | ResolveFault;

export class GraphLoad {
  readonly #stage: Stage;
  readonly #powers: LoadPowers;
  readonly #signal: AbortSignal | undefined;
  readonly faults: LoadFault[] = [];

  constructor(stage: Stage, powers: LoadPowers, signal?: AbortSignal) {
    this.#stage = stage;
    this.#powers = powers;
    this.#signal = signal;
  }

  /** Stages these scripts and all that they need and the stage does not have. */
  async add(ids: Iterable<string>): Promise<void> {
    let wave = new Set(ids);
    while (wave.size > 0) {
      const next = new Set<string>();
      const asked: { readonly id: string; readonly result: MaybePromise<UnitResult> }[] = [];
      for (const id of wave) asked.push({ id, result: this.#unitOf(id) });
      // all of them, so that none rejects unseen while another one is awaited
      if (asked.some(({ result }) => isPromise(result))) await Promise.all(asked.map(({ result }) => result));
      for (const { id, result: given } of asked) {
        const result = isPromise(given) ? await given : given;
        this.#signal?.throwIfAborted();
        if (!result.ok) this.faults.push(result.fault);
        else {
          const staging = this.#stageUnit(this.#stage.record(id), result.unit, next);
          if (staging !== undefined) await staging;
        }
      }
      wave = next;
    }
  }

  #unitOf(key: string): MaybePromise<UnitResult> {
    try {
      return this.#powers.unit(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What is there at once is not awaited: a start resolves thousands of requests. */
  #stageUnit(record: ModuleRecord, unit: Unit, missing: Set<string>): Promise<void> | undefined {
    if (this.#stage.removed.has(record)) {
      this.#stage.keep(record);
      const { current } = record;
      if (current?.kind === 'source' && current.unit.revision === unit.revision) return this.#stay(current, missing);
    }
    const instance = new SourceTextInstance(record, unit);
    this.#stage.add(record, instance);
    return this.#request(instance, missing);
  }

  /** What was to leave, and stays: while nothing led to it, nobody has seen whether its imports lead elsewhere. */
  #stay(current: SourceTextInstance, missing: Set<string>): Promise<void> | undefined {
    const again = new SourceTextInstance(current.record, current.unit);
    const look = () => {
      if (again.requested.some((record, index) => record !== current.requested[index])) {
        this.#stage.add(current.record, again);
      }
    };
    const requesting = this.#request(again, missing);
    if (requesting === undefined) look();
    return requesting?.then(look);
  }

  /** Resolves what an instance requests, in order; scripts that the stage lacks are added to `missing`. */
  #request(instance: SourceTextInstance, missing: Set<string>): Promise<void> | undefined {
    const found: (ModuleRecord | undefined)[] = [];
    for (const request of instance.artifact.requests) {
      const record = this.resolve(request, instance);
      if (isPromise(record)) return this.#requestRest(instance, missing, found, record);
      found.push(record);
    }
    this.#take(instance, missing, found);
    return undefined;
  }

  async #requestRest(
    instance: SourceTextInstance,
    missing: Set<string>,
    found: (ModuleRecord | undefined)[],
    next: Promise<ModuleRecord | undefined>,
  ): Promise<void> {
    found.push(await next);
    for (const request of instance.artifact.requests.slice(found.length)) {
      found.push(await this.resolve(request, instance));
    }
    this.#take(instance, missing, found);
  }

  #take(instance: SourceTextInstance, missing: Set<string>, found: readonly (ModuleRecord | undefined)[]): void {
    const { requests } = instance.artifact;
    instance.requested = found.map((record, index) => {
      if (record !== undefined && !this.#stage.has(record.key)) missing.add(record.key);
      // one of no stage takes the place of what was not found: names that come from elsewhere can be judged all the same
      return record ?? new ModuleRecord((requests[index] as ModuleRequest).specifier);
    });
  }

  /** The record that a request leads to, staged where it is no script; undefined after a fault. */
  resolve(
    request: ResolveFault['request'],
    importer: SourceTextInstance | undefined,
  ): MaybePromise<ModuleRecord | undefined> {
    const looked: Looked[] = [];
    const answer = this.#powers.resolve(request.specifier, {
      parent: importer?.record.key ?? null,
      namespace: this.#powers.namespace,
      ...(request.attributes === undefined ? {} : { attributes: request.attributes }),
      has: (id) => this.#powers.has(id),
      looked,
    });
    return isPromise(answer)
      ? answer.then((settled) => this.#recordOf(settled, request, importer, looked))
      : this.#recordOf(answer, request, importer, looked);
  }

  #recordOf(
    resolved: Answer,
    request: ResolveFault['request'],
    importer: SourceTextInstance | undefined,
    looked: readonly Looked[],
  ): MaybePromise<ModuleRecord | undefined> {
    if (resolved === undefined) {
      this.faults.push({ kind: 'unresolved', importer, request, looked });
      return undefined;
    }
    if (resolved.kind === 'refused') {
      this.faults.push({ kind: 'unresolved', importer, request, looked, refusal: resolved });
      return undefined;
    }
    const { attributes } = request;
    const unsupported = attributes && attributesFault(attributes, resolved.kind === 'script' ? resolved.id : undefined);
    if (unsupported !== undefined) {
      this.faults.push({ kind: 'unresolved', importer, request, looked, refusal: unsupported });
      return undefined;
    }
    if (resolved.kind === 'script') return this.#stage.record(keyOf(resolved.id, attributes));
    // host modules, and builtins that were loaded for another module already, are there at once
    const known = this.#stage.record(resolved.kind === 'host' ? resolved.name : resolved.url);
    if (this.#stage.at(known) !== undefined) return known;
    return this.#synthetic(resolved, request, importer, looked);
  }

  async #synthetic(
    resolved: Exclude<Resolved, { kind: 'script' }>,
    request: ResolveFault['request'],
    importer: SourceTextInstance | undefined,
    looked: readonly Looked[],
  ): Promise<ModuleRecord | undefined> {
    const key = resolved.kind === 'host' ? resolved.name : resolved.url;
    const record = this.#stage.record(key);
    if (this.#stage.at(record) !== undefined) return record;
    try {
      const module =
        resolved.kind === 'host' ? this.#powers.host(resolved.name) : await this.#powers.native(resolved.url);
      if (this.#stage.at(record) === undefined) this.#stage.add(record, new SyntheticInstance(record, module));
      return record;
    } catch (cause) {
      const refusal = {
        code: 'IMPORT_FAILED',
        message: `'${request.specifier}' could not be loaded: ${String(cause)}`,
        cause,
      };
      this.faults.push({ kind: 'unresolved', importer, request, looked, refusal });
      return undefined;
    }
  }
}

function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return typeof (value as Promise<Value>)?.then === 'function';
}
