import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { setTimeout as pace } from 'node:timers/promises';
import type { SourceNotice } from '@rekindle/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FolderWatch } from '../src/folder-watch.ts';
import { IgnoreRules } from '../src/ignore-rules.ts';
import { folderStore } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { follow } from './watching.ts';

/** As most editors and tools save: beside the file, then over it. */
function replace(folder: TemporaryFolder, id: string, text: string): void {
  const temporary = folder.at(`${id}.${process.pid}.tmp`);
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, folder.at(id));
}

const rules = IgnoreRules.of(['.ts'], []);

describe('a save is seen', () => {
  it('within 50 ms at the median, when saves are 100 ms apart', async () => {
    const folder = temporaryFolder({ 'npc/goblin.ts': 'start' });
    const { store } = await follow(folder.path);
    let woken = (_: number) => {};
    const end = new AbortController();
    onTestFinished(() => end.abort());
    await store.watch(() => woken(performance.now()), { signal: end.signal });
    const latencies: number[] = [];
    for (let save = 0; save < 15; save += 1) {
      const wake = new Promise<number>((resolve) => {
        woken = resolve;
      });
      const began = performance.now();
      if (save % 2 === 0) folder.write({ 'npc/goblin.ts': `save ${save}` });
      else replace(folder, 'npc/goblin.ts', `save ${save}`);
      latencies.push((await wake) - began);
      await pace(100);
    }
    expect(latencies.sort((one, other) => one - other)[7]).toBeLessThan(50);
  });

  it('R34: whether the file is written in place or replaced, however often', async () => {
    const folder = temporaryFolder({ 'goblin.ts': 'start' });
    const follower = await follow(folder.path);
    const written: string[] = [];
    for (let save = 1; save <= 20; save += 1) {
      replace(folder, 'goblin.ts', `replaced ${save}`);
      written.push(`replaced ${save}`);
      await pace(60);
    }
    await follower.shows('goblin.ts', 'replaced 20');
    execFileSync('sed', ['-i', 's/replaced/edited/', folder.at('goblin.ts')]);
    await follower.shows('goblin.ts', 'edited 20');
    folder.write({ 'goblin.ts': 'in place' });
    await follower.shows('goblin.ts', 'in place');
    folder.write({ 'goblin.ts': 'in place again' });
    await follower.shows('goblin.ts', 'in place again');

    const known = new Set(['start', ...written, 'edited 20', 'in place', 'in place again']);
    expect(follower.seen('goblin.ts').filter((text) => text === undefined || !known.has(text))).toEqual([]);
    expect([...follower.ids]).toEqual(['goblin.ts']);
  }, 20_000);

  it('R34: of every content that stands until it was seen', async () => {
    const folder = temporaryFolder({ 'goblin.ts': 'start' });
    const follower = await follow(folder.path);
    for (let save = 1; save <= 20; save += 1) {
      replace(folder, 'goblin.ts', `replaced ${save}`);
      await follower.shows('goblin.ts', `replaced ${save}`);
    }
    expect(follower.seen('goblin.ts').length).toBe(21);
  });

  it('R36: while a tool writes into the tree without a pause', async () => {
    const folder = temporaryFolder({ 'gen/table.ts': '0', 'goblin.ts': 'old' });
    const follower = await follow(folder.path);
    const tool = `
      const fs = require('node:fs');
      let count = 0;
      setInterval(() => fs.writeFileSync(process.argv[1], 'export const row = ' + (count += 1)), 20);
    `;
    const writer = spawn(process.execPath, ['-e', tool, folder.at('gen/table.ts')], { stdio: 'ignore' });
    onTestFinished(() => void writer.kill());
    await follower.until(() => follower.seen('gen/table.ts').length > 5);
    const began = performance.now();
    folder.write({ 'goblin.ts': 'new' });
    await follower.shows('goblin.ts', 'new');
    expect(performance.now() - began).toBeLessThan(500);
    const wakes = follower.wakes;
    await follower.until(() => follower.wakes > wakes + 5);
  });

  it('R36: in few wakes when many files are written at once', async () => {
    const folder = temporaryFolder({ 'a0.ts': 'old' });
    const follower = await follow(folder.path);
    const before = follower.wakes;
    for (let file = 0; file < 22; file += 1) folder.write({ [`a${file}.ts`]: 'new' });
    await follower.until(() => follower.ids.size === 22 && follower.seen('a0.ts').at(-1) === 'new');
    expect(follower.wakes - before).toBeLessThan(8);
  });
});

describe('R38: a mounted ConfigMap', () => {
  it('is seen when its link is turned, and names no version folder', async () => {
    const folder = temporaryFolder({ '..v1/goblin.ts': 'text 1', '..v1/npc/orc.ts': 'orc 1' });
    const time = new Date('2024-01-01T00:00:00Z');
    const age = (version: string) => {
      for (const id of ['goblin.ts', 'npc/orc.ts']) fs.utimesSync(folder.at(`${version}/${id}`), time, time);
    };
    age('..v1');
    fs.symlinkSync('..v1', folder.at('..data'));
    fs.symlinkSync('..data/goblin.ts', folder.at('goblin.ts'));
    fs.symlinkSync('..data/npc', folder.at('npc'));
    const follower = await follow(folder.path);
    for (let version = 2; version <= 6; version += 1) {
      folder.write({ [`..v${version}/goblin.ts`]: `text ${version}`, [`..v${version}/npc/orc.ts`]: `orc ${version}` });
      age(`..v${version}`);
      fs.symlinkSync(`..v${version}`, folder.at('..data_tmp'));
      const began = performance.now();
      fs.renameSync(folder.at('..data_tmp'), folder.at('..data'));
      folder.write({ [`..v${version - 1}`]: null });
      await follower.shows('goblin.ts', `text ${version}`);
      await follower.shows('npc/orc.ts', `orc ${version}`);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
    expect(follower.seen('goblin.ts')).toEqual([1, 2, 3, 4, 5, 6].map((version) => `text ${version}`));
    expect([...follower.ids].sort()).toEqual(['goblin.ts', 'npc/orc.ts']);
  });

  it('is seen when it comes into being behind a link that led nowhere', async () => {
    const folder = temporaryFolder({ 'main.ts': '' });
    fs.symlinkSync('..data/goblin.ts', folder.at('goblin.ts'));
    const follower = await follow(folder.path);
    folder.write({ '..v1/goblin.ts': 'text 1' });
    fs.symlinkSync('..v1', folder.at('..data'));
    await follower.shows('goblin.ts', 'text 1');
    folder.write({ '..v1/goblin.ts': 'text 2' });
    await follower.shows('goblin.ts', 'text 2');
  });
});

describe('folders in the folder', () => {
  it('are watched as soon as they are made, however deep', async () => {
    const folder = temporaryFolder({ 'main.ts': '' });
    const follower = await follow(folder.path);
    for (let round = 0; round < 5; round += 1) {
      folder.write({ [`r${round}/a/b/c/d/deep.ts`]: 'made' });
      await follower.shows(`r${round}/a/b/c/d/deep.ts`, 'made');
      folder.write({ [`r${round}/a/b/c/d/deep.ts`]: 'saved' });
      await follower.shows(`r${round}/a/b/c/d/deep.ts`, 'saved');
    }
  });

  it('are watched again after they were removed and made anew', async () => {
    const folder = temporaryFolder({ 'npc/goblin.ts': 'round 0' });
    const follower = await follow(folder.path);
    for (let round = 1; round <= 10; round += 1) {
      folder.write({ npc: null });
      folder.write({ 'npc/goblin.ts': `round ${round}` });
      await follower.shows('npc/goblin.ts', `round ${round}`);
      folder.write({ 'npc/goblin.ts': `round ${round}, saved` });
      await follower.shows('npc/goblin.ts', `round ${round}, saved`);
    }
  });

  it('are watched under a new name', async () => {
    const folder = temporaryFolder({ 'npc/deep/goblin.ts': 'one' });
    const follower = await follow(folder.path);
    fs.renameSync(folder.at('npc'), folder.at('npcs'));
    await follower.shows('npcs/deep/goblin.ts', 'one');
    await follower.shows('npc/deep/goblin.ts', undefined);
    folder.write({ 'npcs/deep/goblin.ts': 'two' });
    await follower.shows('npcs/deep/goblin.ts', 'two');
  });

  it('are seen to go', async () => {
    const folder = temporaryFolder({ 'npc/goblin.ts': 'one', 'scripts/main.ts': '' });
    const follower = await follow(folder.path);
    fs.renameSync(folder.at('npc'), folder.at('.npc'));
    await follower.shows('npc/goblin.ts', undefined);
  });

  it('that are changed through a link are seen', async () => {
    const folder = temporaryFolder({ 'lib/x.ts': 'one', 'other/x.ts': 'other' });
    fs.symlinkSync('lib', folder.at('linked'));
    const follower = await follow(folder.path);
    folder.write({ 'linked/x.ts': 'two' });
    await follower.shows('linked/x.ts', 'two');
    fs.unlinkSync(folder.at('linked'));
    fs.symlinkSync('other', folder.at('linked'));
    await follower.shows('linked/x.ts', 'other');
  });
});

describe('the folder itself', () => {
  it('may be removed and come back: that is said, and the new one is followed', async () => {
    const folder = temporaryFolder({ 'scripts/main.ts': 'one' });
    const follower = await follow(folder.at('scripts'));
    folder.write({ scripts: null });
    await follower.until(() => follower.notices.length === 1);
    expect(follower.notices[0]).toMatchObject({ type: 'lost', cause: { code: 'STORE_NOT_FOUND' } });
    folder.write({ 'scripts/main.ts': 'two' });
    await follower.until(() => follower.notices.length === 2);
    expect(follower.notices[1]).toEqual({ type: 'connected' });
    await follower.shows('main.ts', 'two');
    folder.write({ 'scripts/main.ts': 'three' });
    await follower.shows('main.ts', 'three');
  });

  it('is said to be there again when it came back before anybody looked for it', async () => {
    const folder = temporaryFolder({ 'scripts/main.ts': 'one' });
    const events: (() => void)[] = [];
    const open = ((path: string, options: fs.WatchOptions, listener: fs.WatchListener<string>) => {
      events.push(() => listener('rename', 'main.ts'));
      return fs.watch(path, options, listener);
    }) as typeof fs.watch;
    const notices: string[] = [];
    await new Promise<void>((connected) => {
      const watch = new FolderWatch(
        {
          name: 'scripts',
          path: folder.at('scripts'),
          rules,
          gitignore: true,
          wake: () => {},
          notice: ({ type }) => {
            notices.push(type);
            if (type === 'connected') connected();
            if (type !== 'lost') return;
            // The last events of the old folder arrive when the new one stands already.
            folder.write({ 'scripts/main.ts': 'two' });
            for (const event of events) event();
          },
          exhausted: () => {},
        },
        open,
      );
      onTestFinished(() => watch.close());
      void watch.begin().then(() => folder.write({ scripts: null }));
    });
    expect(notices).toEqual(['lost', 'connected']);
  });

  it('may be replaced in one step', async () => {
    const folder = temporaryFolder({ 'scripts/main.ts': 'one', 'next/main.ts': 'two' });
    const follower = await follow(folder.at('scripts'));
    fs.renameSync(folder.at('scripts'), folder.at('before'));
    fs.renameSync(folder.at('next'), folder.at('scripts'));
    await follower.shows('main.ts', 'two');
    folder.write({ 'scripts/main.ts': 'three' });
    await follower.shows('main.ts', 'three');
  });

  it('may lie behind a link that is turned, or below a folder that is replaced', async () => {
    const folder = temporaryFolder({ 'v1/scripts/main.ts': 'one', 'v2/scripts/main.ts': 'two' });
    fs.symlinkSync('v1', folder.at('current'));
    const follower = await follow(folder.at('current/scripts'));
    fs.symlinkSync('v2', folder.at('turning'));
    fs.renameSync(folder.at('turning'), folder.at('current'));
    await follower.shows('main.ts', 'two');
    folder.write({ 'v2/scripts/main.ts': 'three' });
    await follower.shows('main.ts', 'three');
    fs.renameSync(folder.at('v2'), folder.at('v3'));
    folder.write({ 'v2/scripts/main.ts': 'four' });
    await follower.shows('main.ts', 'four');
  });
});

describe('nothing is woken', () => {
  it('by what is ignored, or is no module', async () => {
    const folder = temporaryFolder({ 'main.ts': '', 'node_modules/x/index.js': '', '.rekindle/lock': '' });
    const follower = await follow(folder.path);
    const before = follower.wakes;
    folder.write({
      'node_modules/x/index.js': 'x',
      '.rekindle/lock': 'x',
      '.hidden.ts': 'x',
      'main.ts~': 'x',
      '.main.ts.swp': 'x',
      'server.log': 'x',
    });
    folder.write({ 'server.log': 'xx' });
    folder.write({ 'main.ts': 'seen' });
    await follower.shows('main.ts', 'seen');
    // All that went before it would have woken before it did.
    expect(follower.wakes - before).toBeLessThanOrEqual(2);
  });
});

describe('a change of the rules', () => {
  it('is a change of what there is', async () => {
    const folder = temporaryFolder({ 'main.ts': '', 'gen/table.ts': 'one' });
    const follower = await follow(folder.path);
    folder.write({ '.gitignore': 'gen/\n' });
    await follower.shows('gen/table.ts', undefined);
    folder.write({ '.gitignore': null });
    await follower.shows('gen/table.ts', 'one');
    folder.write({ 'gen/table.ts': 'two' });
    await follower.shows('gen/table.ts', 'two');
  });
});

describe('a fault in the folder', () => {
  it('does not end the watch: it is seen to be mended', async () => {
    const folder = temporaryFolder({ 'outside/x.ts': '', 'scripts/main.ts': 'one' });
    fs.symlinkSync('../outside', folder.at('scripts/out'));
    const follower = await follow(folder.at('scripts'));
    await expect(follower.store.head()).rejects.toMatchObject({ code: 'STORE_LINK_OUTSIDE' });
    fs.unlinkSync(folder.at('scripts/out'));
    await follower.shows('main.ts', 'one');
    folder.write({ 'scripts/npc/goblin.ts': 'two' });
    await follower.shows('npc/goblin.ts', 'two');
  });
});

describe('where there are no events', () => {
  it('the folder is looked at every so often', async () => {
    const folder = temporaryFolder({ 'main.ts': 'one' });
    const follower = await follow(folder.path, { poll: 10 });
    folder.write({ 'main.ts': 'two' });
    await follower.shows('main.ts', 'two');
    folder.write({ 'npc/goblin.ts': 'one' });
    await follower.shows('npc/goblin.ts', 'one');
  });

  it('a folder that is gone is said to be lost once, and wakes when it is there again', async () => {
    const folder = temporaryFolder({ 'scripts/main.ts': 'one' });
    const follower = await follow(folder.at('scripts'), { poll: 10 });
    fs.renameSync(folder.at('scripts'), folder.at('away'));
    await follower.until(() => follower.notices.length > 0);
    folder.write({ 'away/main.ts': 'two' });
    fs.renameSync(folder.at('away'), folder.at('scripts'));
    await follower.shows('main.ts', 'two');
    expect(follower.notices.map(({ type }) => type)).toEqual(['lost', 'connected']);
  });

  it('a system whose watches are used up is told of, and the watch ends itself', async () => {
    const folder = temporaryFolder({ 'a/a.ts': '', 'b/b.ts': '' });
    let opened = 0;
    const closed: string[] = [];
    const reasons: unknown[] = [];
    const open = ((path: string, ...rest: [fs.WatchOptions, fs.WatchListener<string>]) => {
      opened += 1;
      if (opened > 2) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const watcher = fs.watch(path, ...rest);
      watcher.on('close', () => closed.push(path));
      return watcher;
    }) as typeof fs.watch;
    const watch = new FolderWatch(
      {
        name: 'folder',
        path: folder.path,
        rules,
        gitignore: true,
        wake: () => {},
        notice: (_: SourceNotice) => {},
        exhausted: (cause) => reasons.push(cause),
      },
      open,
    );
    await watch.begin();
    expect(reasons).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
    await expect.poll(() => closed.length).toBe(2);
  });
});

it('several may watch one folder, and each ends for itself', async () => {
  const folder = temporaryFolder({ 'main.ts': 'one' });
  const first = await follow(folder.path);
  const second = await follow(folder.path);
  folder.write({ 'main.ts': 'two' });
  await Promise.all([first.shows('main.ts', 'two'), second.shows('main.ts', 'two')]);
  await first.store[Symbol.asyncDispose]();
  folder.write({ 'main.ts': 'three' });
  await second.shows('main.ts', 'three');
});

describe('what a watch has open', () => {
  const open = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('FSEvent')).length;

  it('is closed by its signal, also while it begins', async () => {
    const folder = temporaryFolder({ 'main.ts': 'one', 'npc/goblin.ts': '' });
    const store = folderStore(folder.path);
    // Those of the test before close in their own time.
    await expect.poll(open).toBe(0);
    const first = new AbortController();
    await store.watch(() => {}, { signal: first.signal });
    expect(open()).toBe(2);
    const second = new AbortController();
    const begun = store.watch(() => {}, { signal: second.signal });
    second.abort();
    await begun;
    expect(open()).toBe(2);
    first.abort();
    await expect.poll(open).toBe(0);
  });
});
