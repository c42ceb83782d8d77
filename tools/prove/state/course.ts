// One slot on its way through versions, hosts and refusals, and what it is to hold at every stop.
import { isDeepStrictEqual } from 'node:util';
import type { Outcome, Snapshot } from 'rekindle';
import { createTestHost, type TestHost } from 'rekindle/testing';
import { expectedAt, firstModule, GOBLIN, moduleAt, type Schema, type Wrong } from './steps.ts';

const MODULE = 'slot.ts';

interface SlotModule {
  readonly Goblin: new (hp: number) => object;
  readonly slot: object;
  readonly edit: number;
  readonly why: string;
}

const CODES: Readonly<Record<Wrong['how'], string>> = {
  throws: 'MIGRATION_FAILED',
  'returns nothing': 'MIGRATION_EMPTY',
  'returns what it was given': 'MIGRATION_IN_PLACE',
  'returns a number': 'SLOT_PRIMITIVE',
  'is missing': 'MIGRATION_MISSING',
};

export class Course {
  readonly #schema: Schema;
  #t: TestHost;
  #module: SlotModule;
  #version = 1;
  #edit = 0;
  /** How often it was looked at. */
  stops = 0;

  private constructor(schema: Schema, t: TestHost, module: SlotModule) {
    this.#schema = schema;
    this.#t = t;
    this.#module = module;
  }

  static async begin(schema: Schema): Promise<Course> {
    const t = await newHost(firstModule(), schema);
    const course = new Course(schema, t, await t.import<SlotModule>(MODULE));
    course.#look('at the beginning');
    return course;
  }

  get version(): number {
    return this.#version;
  }

  get versions(): number {
    return this.#schema.steps.length + 1;
  }

  /** A release at this version commits; at the version that runs, the value stays the same object. */
  async to(version: number): Promise<void> {
    const { slot: before } = this.#module;
    const same = version === this.#version;
    this.#edit += 1;
    const outcome = await this.#change(moduleAt(this.#schema, version, this.#edit));
    check(outcome.status === 'committed', `version ${version} does not commit: ${told(outcome)}`);
    this.#version = version;
    check(this.#module.edit === this.#edit, 'the new text does not run');
    check(same === (this.#module.slot === before), same ? 'the object is another one' : 'the object is the same');
    this.#look(`at version ${version}`);
  }

  /** A release that cannot get to this version is refused, and nothing has changed. */
  async fails(version: number, wrong: Wrong): Promise<void> {
    const { slot, edit } = this.#module;
    const outcome = await this.#change(moduleAt(this.#schema, version, -1, wrong));
    check(outcome.status === 'refused', `a step that ${wrong.how} does not refuse: ${outcome.status}`);
    const [diagnostic] = outcome.status === 'refused' ? outcome.diagnostics : [];
    check(diagnostic?.code === CODES[wrong.how], `a step that ${wrong.how} is told as ${diagnostic?.code}`);
    check(this.#module.slot === slot && this.#module.edit === edit, 'something has changed');
    this.#look(`after a step that ${wrong.how}`);
  }

  /** The newest code has left a way down that fails: nobody gets there until somebody mends it. */
  async failsDown(version: number, wrong: Wrong): Promise<void> {
    const { slot } = this.#module;
    this.#edit += 1;
    const broken = await this.#change(moduleAt(this.#schema, this.#version, this.#edit, wrong));
    check(broken.status === 'committed', `a way down that nobody has gone yet does not commit: ${told(broken)}`);
    const outcome = await this.#change(moduleAt(this.#schema, version, -1));
    check(outcome.status === 'refused', `a step down that ${wrong.how} does not refuse: ${outcome.status}`);
    const [diagnostic] = outcome.status === 'refused' ? outcome.diagnostics : [];
    check(diagnostic?.code === CODES[wrong.how], `a step down that ${wrong.how} is told as ${diagnostic?.code}`);
    check(this.#module.slot === slot && this.#module.edit === this.#edit, 'something has changed');
    this.#look(`after a step down that ${wrong.how}`);
  }

  /** A release that comes to its last line and throws there. */
  async refused(version: number): Promise<void> {
    const { slot, edit } = this.#module;
    const outcome = await this.#change(`${moduleAt(this.#schema, version, -1)}\nthrow new Error('no');`);
    check(outcome.status === 'refused', `a body that throws is ${outcome.status}`);
    check(this.#module.slot === slot && this.#module.edit === edit, 'something has changed');
    this.#look('after a body that threw');
  }

  /** Goes back to the release before, where there is one. */
  async revert(): Promise<void> {
    const outcome = await this.#t.host.revert();
    if (outcome.status !== 'committed') return;
    const text = (outcome as { readonly evaluated: readonly string[] }).evaluated;
    check(text.includes(MODULE), 'going back runs nothing');
    check(this.#module.why === 'taken-back', `the reason is ${this.#module.why}`);
    this.#version = versionOf(this.#t);
    this.#look(`back at version ${this.#version}`);
  }

  /** A new process with the same code, or with that of another version. */
  async restart(version: number): Promise<void> {
    const snapshot = await this.#t.host.snapshot();
    check(snapshot.unwritten.length === 0, `not written: ${JSON.stringify(snapshot.unwritten)}`);
    this.#edit += 1;
    const text = moduleAt(this.#schema, version, this.#edit);
    const next = await newHost(text, this.#schema, snapshot);
    try {
      const module = await next.import<SlotModule>(MODULE);
      check(version >= this.#version, `version ${version} takes what version ${this.#version} has saved`);
      await this.#t.close();
      this.#t = next;
      this.#module = module;
      this.#version = version;
      check(module.why === 'restored', `the reason is ${module.why}`);
    } catch (error) {
      await next.close();
      const code = (error as { readonly code?: unknown }).code;
      if (version >= this.#version || code !== 'RESTORE_BELOW_VERSION') throw error;
    }
    this.#look(`in a new process at version ${this.#version}`);
  }

  async end(): Promise<void> {
    await this.#t.close();
  }

  #change(text: string): Promise<Outcome> {
    return this.#t.change({ [MODULE]: text });
  }

  #look(when: string): void {
    this.stops += 1;
    const { slot, Goblin } = this.#module;
    const expected = expectedAt(this.#schema, this.#version);
    const found = comparable(slot, Goblin);
    check(isDeepStrictEqual(found, expected), `${when}: ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`);
  }
}

function versionOf(t: TestHost): number {
  const migrated = t.events.filter((event) => event.type === 'state:migrated').at(-1);
  return migrated?.type === 'state:migrated' ? migrated.to : 1;
}

/** What an object holds, with goblins told from what only looks like one. */
function comparable(value: unknown, Goblin: new (hp: number) => object): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => comparable(one, Goblin));
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, comparable(one, Goblin)]));
  const entries = Object.entries(value).map(([key, one]) => [key, comparable(one, Goblin)]);
  const object = Object.fromEntries(entries) as Record<PropertyKey, unknown>;
  return value instanceof Goblin && typeof (value as { hit?: unknown }).hit === 'function'
    ? { ...object, [GOBLIN]: true }
    : object;
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

function told(outcome: Outcome): string {
  if (outcome.status !== 'refused') return outcome.status;
  return outcome.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ');
}

function newHost(text: string, { first }: Schema, restore?: Snapshot): Promise<TestHost> {
  const options = {
    modules: { '@prove': { first } },
    limits: { activate: 10_000, prepare: 60_000 },
    probation: false,
  } as const;
  return createTestHost({ [MODULE]: text }, restore === undefined ? options : { ...options, restore });
}
