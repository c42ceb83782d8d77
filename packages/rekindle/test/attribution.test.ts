import { createHost, type HostOptions, memoryStore, type RekindleEvent } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, settled } from './stories.ts';

interface Go {
  go(): void;
}

/** A script whose flow fails when nobody waits for it. */
const failing = (n: number) => `export const n = ${n};
export const go = () => void (async () => { await null; throw new Error('late'); })();`;
const calm = 'export const n = 1; export const go = () => {};';

function hostOf(modules: Record<string, string>, options: Partial<HostOptions> = {}) {
  const store = memoryStore({ modules });
  const host = createHost({ stores: [store], cache: false, lastKnownGood: false, ...options });
  onTestFinished(() => host.close());
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  /** Where errors of scripts were counted. */
  const told = () => events.flatMap(({ type, namespace }) => (type === 'script:error' ? [namespace] : []));
  return { host, store, told };
}

describe('an error that nobody caught counts', () => {
  it('in the room that runs the version, where the host runs another one of the same module', async () => {
    const { host, store, told } = hostOf({ 'main.ts': calm });
    await host.import('main.ts');
    const room = await host.namespace('room', { entries: ['main.ts'] });
    await store.publish(new Map([['main.ts', failing(2)]]), { expected: 1 });
    const outcome = committed(await room.sync());
    const { go } = (await room.import('main.ts')) as Go;
    for (let call = 0; call < 6; call += 1) go();
    await settled();
    expect(told()).toEqual(Array(6).fill('room'));
    expect(host.modules()).toMatchObject([{ errors: 0 }]);
    expect(await outcome.settled).toBe('rolled-back');
  });

  it('in the room with stores of its own, whose module has the name of another', async () => {
    const { host, told } = hostOf({ 'main.ts': calm });
    await host.import('main.ts');
    const stores = [memoryStore({ modules: { 'main.ts': failing(1) } })];
    const mod = await host.namespace('mod', { entries: ['main.ts'], stores });
    ((await mod.import('main.ts')) as Go).go();
    await settled();
    expect(told()).toEqual(['mod']);
  });

  it('in the first that runs the version, where several do: a stack does not tell them apart', async () => {
    const { host, told } = hostOf({ 'main.ts': failing(1) });
    await host.import('main.ts');
    const room = await host.namespace('room', { entries: ['main.ts'] });
    ((await room.import('main.ts')) as Go).go();
    await settled();
    expect(told()).toEqual(['main']);
  });

  it('in the host whose script it is, and in no other host of the process', async () => {
    const one = hostOf({ 'main.ts': calm });
    const two = hostOf({ 'main.ts': failing(2) });
    await one.host.import('main.ts');
    const { go } = (await two.host.import('main.ts')) as Go;
    go();
    await settled();
    expect([one.told(), two.told()]).toEqual([[], ['main']]);
  });

  it("nowhere, where its host has processErrors: 'off', whatever other hosts have", async () => {
    const on = hostOf({ 'main.ts': calm });
    const off = hostOf({ 'main.ts': failing(1) }, { processErrors: 'off' });
    await on.host.import('main.ts');
    const { go } = (await off.host.import('main.ts')) as Go;
    const heard = await heardByTheGame(go);
    expect(heard).toMatchObject([{ message: 'late' }]);
    expect([on.told(), off.told()]).toEqual([[], []]);
  });
});

describe('a script that throws deep in code of the game', () => {
  const modules = {
    'main.ts': `import { deep } from '@game/api';
export const go = () => deep(15);
export const late = async () => { await null; deep(15); };
export const text = () => { throw 'no'; };`,
  };
  const deep = (frames: number): void => {
    if (frames === 0) throw new Error('deep');
    deep(frames - 1);
  };
  const options = { modules: { '@game/api': { deep } } };

  it('is found where the game calls it by run, which keeps more of a stack than V8 does', async () => {
    const { host, told } = hostOf(modules, options);
    const { go } = (await host.import('main.ts')) as Go;
    const before = Error.stackTraceLimit;
    expect(host.run(() => go())).toBe(undefined);
    await settled();
    expect([told(), Error.stackTraceLimit]).toEqual([['main'], before]);
  });

  it('is not found after an await, nor by what is no error: the game is told', async () => {
    const { host, told } = hostOf(modules, options);
    const main = (await host.import('main.ts')) as { late(): Promise<void>; text(): void };
    expect(await heardByTheGame(() => void main.late())).toMatchObject([{ message: 'deep' }]);
    expect(() => host.run(() => main.text())).toThrow('no');
    expect(told()).toEqual([]);
  });
});

/** What the listeners of the game hear of; those of the test runner hear nothing of it. */
async function heardByTheGame(call: () => void): Promise<unknown[]> {
  const heard: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => heard.push(error));
  call();
  await settled();
  process.removeAllListeners('unhandledRejection');
  for (const other of others) process.on('unhandledRejection', other);
  return heard;
}
