// The powers of a host, each of whose calls is a point.
import type { Participant } from '@rekindle/reload';
import { type ReleaseSource, type ResolutionStep, StoreError, scoped } from 'rekindle';
import { roleOf } from './instrument.ts';
import { type Points, wordsOf } from './points.ts';

/** The store, all of whose promises can reject. */
export function faultyStore(store: ReleaseSource, points: Points): ReleaseSource {
  const wrap =
    (name: string, method: (...given: unknown[]) => unknown) =>
    async (...given: unknown[]) => {
      const module = name === 'read' ? String(given[0]) : undefined;
      const label = `store.${name}${module === undefined ? '' : ` of '${module}'`}`;
      const way = points.reach({ role: `store.${name}`, label, ways: ['throws'] });
      if (way !== undefined) throw new StoreError('STORE_UNREACHABLE', wordsOf(label));
      return method.apply(store, given);
    };
  const committed = async (): Promise<number | undefined> => (await store.head())?.number;
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = name === 'committed' ? committed : Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name === 'symbol' || name === 'watch') {
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return wrap(name, value as () => unknown);
    },
  });
}

/** A resolution step of the game's own, before the built-in ones. */
export function faultyStep(points: Points): ResolutionStep {
  return {
    name: 'proof',
    resolve(specifier, { parent }, next) {
      const label = `resolve '${specifier}' from '${parent ?? 'the game'}'`;
      const way = points.reach({
        role: 'resolve',
        label,
        ways: ['throws', 'refuses'],
        ...(parent === null ? {} : { module: parent }),
      });
      if (way === 'throws') throw new Error(wordsOf(label));
      return way === 'refuses' ? { kind: 'refused', code: 'PROOF', message: wordsOf(label) } : next();
    },
  };
}

/** The host module that instrumented texts call; its factory is a point, too. */
export function pointsModule(points: Points) {
  return scoped(({ module }) => {
    points.at('host module', `host module for '${module}'`, module);
    return {
      at: (label: string, value?: unknown) => {
        points.at(roleOf(label), `${module}: ${label}`, module);
        return value;
      },
    };
  });
}

/** A transform of a file into a module's text. */
export function faultyTransform(points: Points) {
  return (source: string, id: string) => {
    points.at('transform', `transform of '${id}'`, id);
    return `export default ${JSON.stringify(source)};`;
  };
}

/** Each step of each participant, before and after it was taken. */
export function faultyParticipants(participants: readonly Participant[], points: Points): readonly Participant[] {
  return participants.map((inner, index) => {
    const around = (step: 'apply' | 'undo' | 'finish') => () => {
      if (step === 'finish' && index === 0) points.pass();
      const role = `participant.${step}`;
      if (step === 'apply') points.at(role, `${role} of '${inner.name}', before`);
      inner[step]();
      points.at(role, `${role} of '${inner.name}', after`);
    };
    return {
      name: inner.name,
      stage: inner.stage,
      apply: around('apply'),
      undo: around('undo'),
      finish: around('finish'),
    };
  });
}
