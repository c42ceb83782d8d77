import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isStoreError, revisionOf } from '@rekindle/store';
import { describe, expect, it } from 'vitest';
import { folderStore } from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { textsOf } from './watching.ts';

const NOW = new Date();

describe('a folder', () => {
  it('is a store: what stands in it is the head', async () => {
    const folder = temporaryFolder({ 'main.ts': 'export {};\n', 'npc/goblin.ts': 'export const hp = 10;\n' });
    const store = folderStore(folder.path);
    const head = await store.head();
    expect(head?.number).toBe(0);
    expect(await textsOf(store)).toEqual(
      new Map([
        ['main.ts', 'export {};\n'],
        ['npc/goblin.ts', 'export const hp = 10;\n'],
      ]),
    );
  });

  it('can be given as a file URL', async () => {
    const folder = temporaryFolder({ 'main.ts': '' });
    const store = folderStore(pathToFileURL(folder.path));
    expect([...(await textsOf(store)).keys()]).toEqual(['main.ts']);
  });

  it('is not opened before it is used', async () => {
    const store = folderStore('no/such/folder');
    await store[Symbol.asyncDispose]();
  });

  it('says what to do when it is not there', async () => {
    const store = folderStore('no/such/folder');
    const calls = [
      () => store.head(),
      () => store.watch(() => {}, { signal: new AbortController().signal }),
      () => store.publish(new Map([['a.ts', '']]), { expected: 0 }),
    ];
    for (const call of calls) {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORE_NOT_FOUND', cause: { code: 'ENOENT' } });
      expect(String(error)).toMatch(/does not exist: '.*no\/such\/folder'\. Create it/);
    }
  });

  it('says so when it is a file', async () => {
    const folder = temporaryFolder({ 'main.ts': '' });
    await expect(folderStore(folder.at('main.ts')).head()).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
  });

  it('is found again when it comes into being', async () => {
    const folder = temporaryFolder();
    const store = folderStore(folder.at('scripts'));
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    folder.write({ 'scripts/main.ts': '' });
    expect([...(await textsOf(store)).keys()]).toEqual(['main.ts']);
  });

  it('refuses options that cannot be meant', () => {
    expect(() => folderStore('')).toThrow(expect.objectContaining({ code: 'STORE_BAD_OPTION' }));
    expect(() => folderStore(new URL('http://localhost/'))).toThrow(/file: URL/);
    expect(() => folderStore('scripts', { poll: 0 })).toThrow(/milliseconds/);
    expect(() => folderStore('scripts', { extensions: ['lua'] })).toThrow(/with its dot: '\.lua'/);
  });
});

describe('which files are modules', () => {
  it('goes by extension, and leaves declarations alone', async () => {
    const folder = temporaryFolder({
      'a.ts': '',
      'b.mts': '',
      'c.js': '',
      'd.mjs': '',
      'e.json': '{}',
      'a.d.ts': '',
      'theme.d.css.ts': '',
      'b.d.mts': '',
      'notes.md': '',
      'table.csv': '',
      ts: '',
    });
    expect([...(await textsOf(folderStore(folder.path))).keys()]).toEqual(['a.ts', 'b.mts', 'c.js', 'd.mjs', 'e.json']);
    const tables = folderStore(folder.path, { extensions: ['.ts', '.csv'] });
    expect([...(await textsOf(tables)).keys()]).toEqual(['a.ts', 'table.csv']);
  });

  it('leaves hidden names, node_modules and editors’ temporary files alone', async () => {
    const folder = temporaryFolder({
      'main.ts': '',
      '.hidden.ts': '',
      '.git/hooks.js': '',
      'node_modules/left-pad/index.js': '',
      'lib/node_modules/x/index.js': '',
      'main.ts~': '',
      '#main.ts#': '',
      '.#main.ts': '',
      '.main.ts.swp': '',
      '4913': '',
      'main.ts.tmp': '',
      'drafts.tmp/main.ts': '',
    });
    expect([...(await textsOf(folderStore(folder.path))).keys()]).toEqual(['main.ts']);
  });

  it('follows .gitignore files, the inner one last', async () => {
    const folder = temporaryFolder({
      '.gitignore': 'gen/\n*.local.ts\n/top.ts\n',
      'gen/table.ts': '',
      'a.local.ts': '',
      'top.ts': '',
      'npc/top.ts': '',
      'npc/.gitignore': '!keep.local.ts\nsecret.ts\n',
      'npc/keep.local.ts': '',
      'npc/other.local.ts': '',
      'npc/secret.ts': '',
      'secret.ts': '',
    });
    const kept = ['npc/keep.local.ts', 'npc/top.ts', 'secret.ts'];
    expect([...(await textsOf(folderStore(folder.path))).keys()]).toEqual(kept);
    const all = await textsOf(folderStore(folder.path, { gitignore: false }));
    expect(all.size).toBe(8);
  });

  it('leaves alone what the option says, in the same syntax', async () => {
    const folder = temporaryFolder({ 'a.ts': '', 'test/a.ts': '', 'npc/test/b.ts': '', 'npc/a.spec.ts': '' });
    const store = folderStore(folder.path, { ignore: ['test/', '*.spec.ts', '!npc/test/'] });
    expect([...(await textsOf(store)).keys()]).toEqual(['a.ts', 'npc/test/b.ts']);
  });
});

describe('names', () => {
  it('are brought into normal form C, however the disk spells them', async () => {
    const folder = temporaryFolder({ 'cafe\u0301/ne\u0301e.ts': 'export {};' });
    const store = folderStore(folder.path);
    expect(await textsOf(store)).toEqual(new Map([['caf\u00e9/n\u00e9e.ts', 'export {};']]));
  });

  it('that differ in case alone are refused with both', async () => {
    const folder = temporaryFolder({ 'npc/goblin.ts': '', 'npc/Goblin.ts': '' });
    const store = folderStore(folder.path);
    const error = await store.head().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_DUPLICATE_ID' });
    expect(String(error)).toContain("'npc/goblin.ts'");
    expect(String(error)).toContain("'npc/Goblin.ts'");
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_DUPLICATE_ID' });
    folder.write({ 'npc/Goblin.ts': null });
    expect([...(await textsOf(store)).keys()]).toEqual(['npc/goblin.ts']);
  });

  it('that differ in normal form alone are refused with both', async () => {
    const folder = temporaryFolder({ 'caf\u00e9.ts': '', 'cafe\u0301.ts': '' });
    const error = await folderStore(folder.path)
      .head()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STORE_DUPLICATE_ID' });
    expect(String(error)).toContain('\\u00e9');
    expect(String(error)).toContain('\\u0301');
  });

  it('that no other system could have are refused', async () => {
    const folder = temporaryFolder({ 'a\\b.ts': '' });
    await expect(folderStore(folder.path).head()).rejects.toMatchObject({ code: 'STORE_BAD_ID' });
  });
});

describe('texts', () => {
  it('that are not UTF-8 are refused when they are read, by name, and keep no other module from being read', async () => {
    const folder = temporaryFolder({ 'good.ts': 'export {};', 'latin.ts': new Uint8Array([0x2f, 0x2f, 0xe9]) });
    const store = folderStore(folder.path);
    const head = await store.head();
    const manifest = await store.manifest(head?.hash ?? '');
    expect(await store.read('good.ts', manifest.get('good.ts') ?? '')).toBe('export {};');
    const error = await store.read('latin.ts', manifest.get('latin.ts') ?? '').catch((reason: unknown) => reason);
    expect(isStoreError(error, 'STORE_BAD_TEXT')).toBe(true);
    expect(String(error)).toContain("'latin.ts'");
  });

  it('that were overwritten can be read while the reload that named them runs', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one', 'b.ts': 'b' });
    const store = folderStore(folder.path);
    const before = await store.head();
    for (const text of ['two', 'three', 'four']) {
      folder.write({ 'a.ts': text });
      await store.head();
    }
    const manifest = await store.manifest(before?.hash ?? '');
    expect(await store.read('a.ts', manifest.get('a.ts') ?? '')).toBe('one');
  });

  it('that were never seen are missing', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = folderStore(folder.path);
    await expect(store.read('a.ts', revisionOf('zero'))).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING' });
    await expect(store.read('b.ts', revisionOf('zero'))).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING' });
    expect(await store.read('a.ts', revisionOf('one'))).toBe('one');
  });

  it('outside the folder cannot be read, by path or by link', async () => {
    const folder = temporaryFolder({ 'secret.ts': 'secret', 'scripts/a.ts': '' });
    fs.symlinkSync(folder.at('secret.ts'), folder.at('scripts/.out.ts'));
    const store = folderStore(folder.at('scripts'));
    await expect(store.read('../secret.ts', revisionOf('secret'))).rejects.toMatchObject({ code: 'STORE_BAD_ID' });
    await expect(store.read('.out.ts', revisionOf('secret'))).rejects.toMatchObject({ code: 'STORE_CONTENT_MISSING' });
  });
});

describe('a change is seen', () => {
  it('with the same size and the same times', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    fs.utimesSync(folder.at('a.ts'), NOW, NOW);
    const store = folderStore(folder.path);
    const texts: (string | undefined)[] = [];
    for (const text of ['one', 'two', 'six', 'ten']) {
      folder.write({ 'a.ts': text });
      fs.utimesSync(folder.at('a.ts'), NOW, NOW);
      texts.push((await textsOf(store)).get('a.ts'));
    }
    expect(texts).toEqual(['one', 'two', 'six', 'ten']);
  });

  it('however soon it follows on the one before', async () => {
    const folder = temporaryFolder({ 'a.ts': '000' });
    const store = folderStore(folder.path);
    for (let number = 100; number < 200; number += 1) {
      folder.write({ 'a.ts': String(number) });
      const head = await store.head();
      expect((await store.manifest(head?.hash ?? '')).get('a.ts')).toBe(revisionOf(String(number)));
    }
  });

  it('by a head that was asked for while another was being made', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = folderStore(folder.path);
    const first = store.head();
    folder.write({ 'a.ts': 'two' });
    const [, second, third] = await Promise.all([first, store.head(), store.head()]);
    expect(second).toEqual(third);
    expect((await store.manifest(second?.hash ?? '')).get('a.ts')).toBe(revisionOf('two'));
  });

  it('as a whole: the gap in which an editor has emptied the file is nobody’s text', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = folderStore(folder.path);
    await store.head();
    const file = fs.openSync(folder.at('a.ts'), 'w');
    const head = store.head();
    fs.writeSync(file, 'two');
    fs.closeSync(file);
    expect((await store.manifest((await head)?.hash ?? '')).get('a.ts')).toBe(revisionOf('two'));
  });

  it('when a file is really empty', async () => {
    const folder = temporaryFolder({ 'a.ts': 'one' });
    const store = folderStore(folder.path);
    await store.head();
    folder.write({ 'a.ts': '' });
    expect((await textsOf(store)).get('a.ts')).toBe('');
  });
});

describe('symbolic links', () => {
  it('inside the folder are followed, to files and to folders', async () => {
    const folder = temporaryFolder({ 'lib/shared.ts': 'shared', 'lib/deep/x.ts': 'x' });
    fs.symlinkSync('lib/shared.ts', folder.at('alias.ts'));
    fs.symlinkSync(folder.at('lib/deep'), folder.at('linked'));
    expect(await textsOf(folderStore(folder.path))).toEqual(
      new Map([
        ['alias.ts', 'shared'],
        ['lib/deep/x.ts', 'x'],
        ['lib/shared.ts', 'shared'],
        ['linked/x.ts', 'x'],
      ]),
    );
  });

  it('that lead out are refused by name and target', async () => {
    const folder = temporaryFolder({ 'outside/a.ts': '', 'scripts/b.ts': '' });
    const store = folderStore(folder.at('scripts'));
    for (const [target, link] of [
      ['../outside', 'dir'],
      ['../outside/a.ts', 'a.ts'],
      [folder.at('outside/a.ts'), 'abs.ts'],
    ] as const) {
      fs.symlinkSync(target, folder.at(`scripts/${link}`));
      const error = await store.head().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'STORE_LINK_OUTSIDE' });
      expect(String(error)).toContain(`'${link}'`);
      expect(String(error)).toContain(folder.at('outside'));
      fs.unlinkSync(folder.at(`scripts/${link}`));
    }
    expect((await store.head())?.hash).toBeDefined();
  });

  it('that lead out, or nowhere, and are no modules, are no concern', async () => {
    const folder = temporaryFolder({ 'README.md': '', 'scripts/a.ts': '' });
    fs.symlinkSync('../README.md', folder.at('scripts/README.md'));
    fs.symlinkSync('nowhere.ts', folder.at('scripts/gone.ts'));
    fs.symlinkSync('user@host.123:456', folder.at('scripts/.#a.ts'));
    expect([...(await textsOf(folderStore(folder.at('scripts')))).keys()]).toEqual(['a.ts']);
  });

  it('that lead back up end', async () => {
    const folder = temporaryFolder({ 'npc/goblin.ts': '' });
    fs.symlinkSync('..', folder.at('npc/up'));
    fs.symlinkSync('npc', folder.at('self'));
    fs.symlinkSync('loop', folder.at('loop'));
    const ids = [...(await textsOf(folderStore(folder.path))).keys()];
    expect(ids).toEqual(['npc/goblin.ts', 'self/goblin.ts']);
  });
});
