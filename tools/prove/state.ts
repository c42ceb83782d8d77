// A slot keeps its value through versions and back, through refusals at each step of a migration, and through restarts
// from a snapshot at any stop: the content is that of the migrations alone, and the object is the same one wherever the
// version did not change. Schemas and ways are random; a failure tells its seed and the shortest way that shows it.
import fc from 'fast-check';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { Course } from './state/course.ts';
import { type Schema, schemas, type Wrong } from './state/steps.ts';

export const summary = 'slots keep their values through versions, failed migrations and restarts';

export const partOfTest = true;

export const options = {
  versions: { type: 'string', about: 'how many versions the ladder has', default: '14' },
  runs: { type: 'string', about: 'how many random schemas each part has', default: '12' },
  seed: { type: 'string', about: 'repeats the random parts of another run' },
} satisfies Options;

const HOW: readonly Wrong['how'][] = [
  'throws',
  'returns nothing',
  'returns what it was given',
  'returns a number',
  'is missing',
];

/** A step down that is not there leaves the one that older code had; and what goes back may be what there was. */
const HOW_DOWN: readonly Wrong['how'][] = ['throws', 'returns nothing', 'returns a number'];

export async function run({ versions, runs, seed }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  const parameters = {
    numRuns: numberOf('runs', runs),
    seed: seed === undefined ? Date.now() & 0x7fffffff : numberOf('seed', seed),
  };
  console.log(`  seed ${parameters.seed}`);
  const prove = async (claim: string, property: fc.IAsyncProperty<[Schema, number[]]>) => {
    const result = await fc.check(property, parameters);
    const { counterexample, errorInstance, counterexamplePath } = result;
    const detail = result.failed
      ? `path ${counterexamplePath}: ${String(errorInstance)}\n${JSON.stringify(counterexample)}`
      : `${result.numRuns} schemas, ${stops} stops`;
    if (checks.that(claim, !result.failed, detail)) checks.passed += result.numRuns - 1; // each schema is one
    stops = 0;
  };
  let stops = 0;
  const property = (most: number, walk: (course: Course, ways: readonly number[]) => Promise<void>, least = 2) =>
    fc.asyncProperty(
      schemas(most, least),
      fc.array(fc.nat(999), { minLength: 8, maxLength: 16 }),
      async (schema, ways) => {
        const course = await Course.begin(schema);
        try {
          await walk(course, ways);
          stops += course.stops;
        } finally {
          await course.end();
        }
      },
    );
  return checks.during(async () => {
    const height = numberOf('versions', versions);
    const ladders = { ...parameters, numRuns: 1 };
    for (const [name, walk] of [
      ['one version at a time', ladder],
      ['with an edit, a refusal and a restart at every stop', ladderWithStops],
    ] as const) {
      const result = await fc.check(property(height, walk, height), ladders);
      const detail = result.failed
        ? `${String(result.errorInstance)}\n${JSON.stringify(result.counterexample)}`
        : `${stops} stops`;
      checks.that(`up through ${height} versions, down and up again, ${name}`, !result.failed, detail);
      stops = 0;
    }
    await prove('any ways up and down, and back to the release before', property(6, wander));
    await prove('a failure at each step of each way, in each manner', property(4, failEverywhere));
    await prove('a snapshot and a restart at any stop', property(6, restartAnywhere));
  });
}

/** Up, down, up. */
function* rungs(versions: number): Iterable<number> {
  for (let version = 2; version <= versions; version++) yield version;
  for (let version = versions - 1; version >= 1; version--) yield version;
  yield versions;
  yield 1;
}

async function ladder(course: Course): Promise<void> {
  for (const version of rungs(course.versions)) await course.to(version);
}

async function ladderWithStops(course: Course): Promise<void> {
  for (const version of rungs(course.versions)) {
    await course.to(version);
    await course.to(version);
    await course.refused(Math.min(version + 1, course.versions));
    await course.restart(version);
  }
}

async function wander(course: Course, ways: readonly number[]): Promise<void> {
  for (const way of ways) {
    if (way % 7 === 6) await course.revert();
    else if (way % 5 === 4) await course.refused(1 + (way % course.versions));
    else await course.to(1 + (way % course.versions));
  }
}

async function failEverywhere(course: Course): Promise<void> {
  const { versions } = course;
  for (let at = 2; at <= versions; at++) {
    for (const how of HOW) await course.fails(versions, { at, way: 'up', how });
  }
  await course.to(versions);
  for (let at = 2; at <= versions; at++) {
    for (const how of HOW_DOWN) await course.failsDown(1, { at, way: 'down', how });
    await course.to(versions); // mends it
  }
  await course.to(1);
}

async function restartAnywhere(course: Course, ways: readonly number[]): Promise<void> {
  for (const way of ways) {
    const version = 1 + (way % course.versions);
    if (way % 3 === 0) await course.restart(version);
    else await course.to(version);
  }
}
