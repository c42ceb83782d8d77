// A game that reloads while people play: the arena with a hundred bots, edits of each kind, and what is seen of it from
// the clients' side. Nothing is asked of the server that a player or a page could not see. Once with the scripts in a
// folder, where a save is live, and once in MongoDB, where another process publishes.
import { startArena } from '../../examples/arena/src/arena.ts';
import type { ReloadEntry } from '../../examples/arena/src/reload-log.ts';
import { chromium } from '../chromium/find.ts';
import { launchChromium } from '../chromium/launch.ts';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import { quantile } from '../door/statistics.ts';
import type { Tally } from '../door/tally.ts';
import { mongodb } from '../mongodb/find.ts';
import { obtain } from '../requirements/obtain.ts';
import { Page } from './e2e/page.ts';
import { databasePlace, folderPlace, type Place } from './e2e/place.ts';
import { Watcher } from './e2e/watcher.ts';
import { Workshop } from './e2e/workshop.ts';

export const summary = 'edits of each kind while a hundred bots play, seen from their side';

export const options = {
  bots: { type: 'string', about: 'how many bots play', default: '100' },
  store: { type: 'string', about: 'where the scripts are: folder, mongodb or both', default: 'both' },
} satisfies Options;

export const partOfTest = true;

/** A script that a designer might write to see what happens: a line each tick, and one each half second. */
const probe = (version: string, more = '') => `
import { onTick, say } from '@arena/api';
import { state } from 'rekindle/script';
import { every } from './lib/every.ts';
${more}
const seen = state('seen', () => ({ ticks: 0 }));

onTick(() => {
  seen.ticks += 1;
  say(\`tick ${version} \${seen.ticks}\`);
});
every(0.5, () => say('beat'));
`;

/** As it stands in the probe's own template. */
const WORD = '$'.concat('{word}');

export async function run({ bots, store }: Values<typeof options>): Promise<Tally> {
  if (!['folder', 'mongodb', 'both'].includes(store)) throw new UsageError(`--store is folder, mongodb or both`);
  const count = numberOf('bots', bots);
  const checks = new Checks();
  if (store !== 'mongodb') {
    await checks.during(() => playIn('a folder', async (workshop) => folderPlace(workshop), checks, count));
  }
  if (store !== 'folder') {
    await checks.during(async () => {
      await using server = await obtain(mongodb);
      if (server) await playIn(server.kind, (workshop) => databasePlace(workshop, server), checks, count);
    });
  }
  return checks;
}

async function playIn(
  name: string,
  open: (workshop: Workshop) => Promise<Place>,
  checks: Checks,
  count: number,
): Promise<void> {
  console.log(`scripts in ${name}`);
  await using workshop = await Workshop.open();
  await workshop.edit('match/phases.ts', 'seconds: 8', 'seconds: 1');
  await workshop.edit('match/phases.ts', 'seconds: 120', 'seconds: 3600');
  await workshop.edit('main.ts', /$/, "import './probe.ts';\n");
  await workshop.write('probe.ts', probe('1'));
  await using place = await open(workshop);
  await play(workshop, place, checks, count);
}

async function play(workshop: Workshop, place: Place, checks: Checks, count: number): Promise<void> {
  await using arena = await startArena({ ...place.arena, port: 0, bots: count, quiet: true });
  await arena.bots.playing;
  const watcher = await Watcher.connect(arena.url);
  const found = await obtain(chromium);
  const page = found === undefined ? undefined : await Page.open(await launchChromium(), arena.url);
  try {
    await watcher.until('the match', () => watcher.points > 0);
    await watcher.pass(100);
    const quiet = watcher.lateness.splice(0);

    await edits(new Designer(workshop, place, watcher, checks), watcher, page, checks);

    judgeTicks(watcher, checks);
    const report = await arena.bots.report();
    const broken = report.problems.filter(({ kind }) => kind !== 'silence');
    checks.that('every bot is still connected', report.playing === count, `${report.playing} of ${count}`);
    checks.that('no bot missed a tick', broken.length === 0, broken.map(({ text }) => text).join('; '));
    checks.that('no player lost a point, none disappeared', watcher.troubles.length === 0, watcher.troubles.join('; '));
    console.log(
      `  latest tick of each second, ms   without reloads ${spread(quiet)}   with ${spread(watcher.lateness)}`,
    );
  } finally {
    watcher.close();
    await page?.close();
  }
}

/** Makes edits and waits for what the clients are told of them. */
class Designer {
  readonly #workshop: Workshop;
  readonly #place: Place;
  readonly #watcher: Watcher;
  readonly #checks: Checks;

  constructor(workshop: Workshop, place: Place, watcher: Watcher, checks: Checks) {
    this.#workshop = workshop;
    this.#place = place;
    this.#watcher = watcher;
    this.#checks = checks;
  }

  get workshop(): Workshop {
    return this.#workshop;
  }

  /** Does something to the files; resolves to the reload that follows. */
  async does(what: string, kind: ReloadEntry['kind'], work: (files: Workshop) => Promise<void>): Promise<ReloadEntry> {
    const before = this.#watcher.reloads.length;
    await work(this.#workshop);
    await this.#place.release(what);
    const entry = await this.#watcher.reload(before);
    this.#checks.that(`${what}: ${kind}`, entry.kind === kind, entry.kind === kind ? '' : JSON.stringify(entry));
    const head = await this.#place.head();
    if (head !== undefined && entry.kind === 'committed') {
      this.#checks.that('… under the number that it was published with', entry.release === head, `${entry.release}`);
    }
    return entry;
  }

  /** Waits until the probe speaks in the words of a version. */
  async heard(version: string): Promise<void> {
    const from = this.#watcher.says.length;
    await this.#watcher.until(`'tick ${version}'`, () =>
      this.#watcher.says.slice(from).some(({ text }) => text.startsWith(`tick ${version} `)),
    );
  }
}

async function edits(designer: Designer, watcher: Watcher, page: Page | undefined, checks: Checks): Promise<void> {
  const before = await watcher.speed();
  await designer.does('a rule constant', 'committed', (files) =>
    files.edit('rules/movement.ts', /\bmaxSpeed \*/, 'maxSpeed * 3 *'),
  );
  const after = await watcher.speed();
  checks.that('the bots are faster', after > before * 1.5, `${before.toFixed(1)} → ${after.toFixed(1)} units a tick`);

  const behaviour = await designer.does('new behaviour', 'committed', (files) => files.write('probe.ts', probe('2')));
  await designer.heard('2');
  if (behaviour.kind === 'committed') {
    checks.that('one module ran, all others were kept', behaviour.ran.join() === 'probe.ts', behaviour.ran.join());
  }

  await designer.does('a new module and its importer', 'committed', async (files) => {
    await files.write('words.ts', "export const word = '3';\n");
    await files.write('probe.ts', probe(WORD, "import { word } from './words.ts';"));
  });
  await designer.heard('3');

  const syntax = await designer.does('broken syntax', 'refused', (files) =>
    files.write('probe.ts', `${probe('4')}\nconst broken = ;\n`),
  );
  checkFault(syntax, checks, { module: 'probe.ts', says: /./, line: probe('4').split('\n').length + 1 });
  if (page !== undefined) {
    checks.that('the page shows the refusal with its frame', await page.shows('const broken = ;'));
  }

  const missing = await designer.does('a missing export', 'refused', (files) =>
    files.write('probe.ts', `import { clampSpeed } from './rules/limits.ts';${probe('4')}\nclampSpeed();\n`),
  );
  checkFault(missing, checks, {
    module: 'probe.ts',
    says: /'clampSpeed' is not exported .*Did you mean 'clamp'/,
    line: 1,
  });

  const thrown = await designer.does('a throw at top level', 'refused', (files) =>
    files.write('probe.ts', `${probe('4')}\nthrow new Error('on purpose');\n`),
  );
  checkFault(thrown, checks, { module: 'probe.ts', says: /on purpose/, line: probe('4').split('\n').length + 1 });
  await designer.heard('3');
  checks.that('what was refused changed nothing', !watcher.says.some(({ text }) => text.startsWith('tick 4')));

  await designer.does('a fix', 'committed', (files) =>
    files.write('probe.ts', probe(`${WORD}5`, "import { word } from './words.ts';")),
  );
  await designer.heard('35');

  const deleted = await designer.does('a deleted file that is imported', 'refused', (files) =>
    files.delete('words.ts'),
  );
  checkFault(deleted, checks, { module: 'probe.ts', says: /'words\.ts' was deleted, but 'probe\.ts' imports it/ });
  await designer.does('the import taken out as well', 'committed', (files) => files.write('probe.ts', probe('6')));
  await designer.heard('6');

  const ten = [
    'chat/announcer',
    'items/catalog',
    'items/collect',
    'items/spawner',
    'lib/every',
    'lib/random',
    'lib/vector',
  ]
    .concat(['npc/behaviour', 'rules/limits', 'rules/scoring'])
    .map((name) => `${name}.ts`);
  const originals = new Map(await Promise.all(ten.map(async (id) => [id, await designer.workshop.read(id)] as const)));
  const burst = await designer.does('a burst of ten files', 'committed', async (files) => {
    await Promise.all([...originals].map(([id, text]) => files.write(id, `${text}\nexport const burst = '${id}';\n`)));
  });
  if (burst.kind === 'committed') {
    checks.that(
      'the burst is one release',
      burst.changed.length === ten.length,
      `${burst.changed.length} of ${ten.length}`,
    );
  }

  const reverted = await designer.does('a revert of the burst', 'committed', async (files) => {
    await Promise.all([...originals].map(([id, text]) => files.write(id, text)));
  });
  if (page !== undefined) {
    const release = await page.release(reverted.release);
    checks.that('the page shows the new release', release === reverted.release, `${release}`);
  }
  await designer.does('a revert of the rule', 'committed', (files) =>
    files.edit('rules/movement.ts', 'maxSpeed * 3 *', 'maxSpeed *'),
  );
  const again = await watcher.speed();
  checks.that('the bots are as slow as before', again < before * 1.4, `${again.toFixed(1)} units a tick`);
}

function checkFault(
  entry: ReloadEntry,
  checks: Checks,
  { module, says, line }: { module: string; says: RegExp; line?: number },
): void {
  const fault = entry.kind === 'refused' ? entry.faults[0] : undefined;
  const place = fault?.module === module && (line === undefined ? fault.line !== undefined : fault.line === line);
  checks.that(
    `… names ${module}${line === undefined ? ' and a line' : `:${line}`}`,
    place,
    place ? '' : `${fault?.module}:${fault?.line}`,
  );
  checks.that('… says what is wrong', says.test(fault?.message ?? ''), fault?.message ?? '');
  checks.that(
    '… shows the lines with a marker',
    /^> /m.test(fault?.frame ?? ''),
    fault?.frame === undefined ? 'no frame' : '',
  );
}

/** Each tick was told by one callback, and the count that a slot keeps went up by one each time. */
function judgeTicks(watcher: Watcher, checks: Checks): void {
  const told = watcher.says.filter(({ text }) => text.startsWith('tick '));
  const counts = told.map(({ text }) => Number(text.split(' ').at(-1)));
  const jumps = counts.flatMap((count, index) =>
    index > 0 && count !== (counts[index - 1] as number) + 1 ? [count] : [],
  );
  checks.that('a slot was kept over every edit: it counts on by one', jumps.length === 0, jumps.join(', '));
  const byTick = new Map<number, number>();
  for (const { tick } of told) byTick.set(tick, (byTick.get(tick) ?? 0) + 1);
  const doubled = [...byTick].filter(([, times]) => times !== 1);
  checks.that('no handler was doubled or left out in any tick', doubled.length === 0, JSON.stringify(doubled));
  const [first, last] = [told[0]?.tick ?? 0, told.at(-1)?.tick ?? 0];
  checks.that('every tick was told', told.length === last - first + 1, `${told.length} of ${last - first + 1}`);

  const beats = watcher.says.filter(({ text }) => text === 'beat');
  const elapsed = (watcher.says.at(-1)?.time ?? 0) - (watcher.says[0]?.time ?? 0);
  const expected = elapsed / 500;
  // a busy machine lets beats fall out, and never adds one: twice as many would be a timer that was doubled
  const near = beats.length <= expected + 3 && beats.length >= expected / 2;
  checks.that('a timer keeps its beat over every edit', near, `${beats.length} beats, ${expected.toFixed(1)} expected`);
}

function spread(values: readonly number[]): string {
  return `p50 ${quantile(values, 0.5).toFixed(1)} max ${Math.max(0, ...values).toFixed(1)}`;
}
