/** Heads, manifests and texts: what every store shows of its content, whoever put it there. */
import { manifestHash } from '../manifest.ts';
import { foldModuleId } from '../module-id.ts';
import { revisionOf } from '../text.ts';
import { codeOf, type Rule } from './fixture.ts';

const UNKNOWN = 'f'.repeat(64);

export const contentRules: readonly Rule[] = [
  {
    name: 'shows no module before there is one',
    check: async ({ store }, expect) => {
      const head = await store.head();
      expect(head ? (await store.manifest(head.hash)).size : 0).toBe(0);
    },
  },
  {
    name: 'shows a module that was written, under its id',
    check: async (subject, expect) => {
      await subject.write({ 'npc/goblin.ts': 'export const hp = 10;\n', 'main.ts': '' });
      expect(await subject.texts()).toEqual({ 'npc/goblin.ts': 'export const hp = 10;\n', 'main.ts': '' });
    },
  },
  {
    name: 'names a text by its SHA-256',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'export const a = 1;\n' });
      const { manifest } = await subject.state();
      expect(manifest.get('a.ts')).toBe(revisionOf('export const a = 1;\n'));
    },
  },
  {
    name: 'names a manifest by its entries alone',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a', 'b.ts': 'b' });
      const { head, manifest } = await subject.state();
      expect(head.hash).toBe(manifestHash(manifest));
    },
  },
  {
    name: 'has the hash of before when content is put back',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a', 'b.ts': 'b' });
      const before = await subject.state();
      await subject.write({ 'b.ts': null });
      const between = await subject.state();
      await subject.write({ 'b.ts': 'b' });
      const after = await subject.state();
      expect([...between.manifest.keys()]).toEqual(['a.ts']);
      expect(after.head.hash).toBe(before.head.hash);
    },
  },
  {
    name: 'gives one revision to a text with CRLF or a byte order mark and to the same text without',
    check: async (subject, expect) => {
      const text = 'export const a = 1;\nexport const b = 2;\n';
      await subject.write({ 'lf.ts': text, 'crlf.ts': text.replaceAll('\n', '\r\n'), 'bom.ts': `\ufeff${text}` });
      const { manifest } = await subject.state();
      expect([...new Set(manifest.values())]).toEqual([revisionOf(text)]);
    },
  },
  {
    name: 'gives out texts with LF and without a byte order mark',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': '\ufeffone\r\ntwo\r\n' });
      expect(await subject.texts()).toEqual({ 'a.ts': 'one\ntwo\n' });
    },
  },
  {
    name: 'keeps every character of a text',
    check: async (subject, expect) => {
      const text = ['\0', '\t', '\u2028', 'ß', 'ё', '语', '🧌', '\u{10ffff}', '\ufffd', 'e\u0301'].join('|');
      await subject.write({ 'a.ts': text });
      expect(await subject.texts()).toEqual({ 'a.ts': text });
    },
  },
  {
    name: 'takes ids of all Unicode',
    check: async (subject, expect) => {
      const changes = Object.fromEntries(idsOfAllUnicode().map((id) => [id, `export default ${JSON.stringify(id)};`]));
      await subject.write(changes);
      const { manifest } = await subject.state();
      expect([...manifest.keys()].sort()).toEqual(Object.keys(changes).sort());
    },
  },
  {
    name: 'keeps a text of 15 MB',
    check: async (subject, expect) => {
      const text = 'export const row = "0123456789 goblins";\n'.repeat(400_000);
      await subject.write({ 'big.ts': text });
      const { manifest } = await subject.state();
      const read = await subject.store.read('big.ts', manifest.get('big.ts') ?? '');
      // Not `toBe(text)`: a runner would print sixteen megabytes of difference.
      expect(read.length).toBe(text.length);
      expect(read === text).toBe(true);
    },
  },
  {
    name: 'keeps 10,000 modules',
    check: async (subject, expect) => {
      const changes: Record<string, string> = {};
      for (let index = 0; index < 10_000; index += 1) {
        changes[`area${index % 100}/module${index}.ts`] = `export const index = ${index};\n`;
      }
      await subject.write(changes);
      const { manifest } = await subject.state();
      expect(manifest.size).toBe(10_000);
      expect(manifest.get('area99/module9999.ts')).toBe(revisionOf('export const index = 9999;\n'));
    },
  },
  {
    name: 'rejects a manifest that it never had with STORE_RELEASE_GONE',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      expect(await codeOf(subject.store.manifest(UNKNOWN))).toBe('STORE_RELEASE_GONE');
    },
  },
  {
    name: 'rejects a text that it never had with STORE_CONTENT_MISSING',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      expect(await codeOf(subject.store.read('a.ts', UNKNOWN))).toBe('STORE_CONTENT_MISSING');
    },
  },
  {
    name: 'still has the manifest of the head before',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'one', 'b.ts': 'b' });
      const before = await subject.state();
      await subject.write({ 'a.ts': 'two', 'b.ts': null });
      await subject.state();
      expect(await subject.store.manifest(before.head.hash)).toEqual(before.manifest);
    },
  },
  {
    name: 'still has the texts of the head before',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'one' });
      const before = await subject.state();
      await subject.write({ 'a.ts': 'two' });
      await subject.state();
      expect(await subject.store.read('a.ts', before.manifest.get('a.ts') ?? '')).toBe('one');
    },
  },
  {
    name: 'shows another opener of the same content the same head',
    check: async (subject, expect) => {
      await subject.write({ 'a.ts': 'a' });
      const other = await subject.other();
      await subject.ask(other, ['a.ts']);
      expect((await subject.state(other)).head).toEqual((await subject.state()).head);
    },
  },
];

/** Every 251st code point, eight in an id, without those that an id may not have; no two ids fold to one. */
function idsOfAllUnicode(): string[] {
  const letters: string[] = [];
  const seen = new Set<string>();
  for (let point = 0xa0; point <= 0x10ffff; point += 251) {
    const letter = String.fromCodePoint(point).normalize('NFC');
    const folded = foldModuleId(letter);
    if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(letter) || letter !== letter.normalize('NFC') || seen.has(folded)) continue;
    seen.add(folded);
    letters.push(letter);
  }
  const ids: string[] = [
    'ｇoblin/ß.ts',
    'née/ñandú.ts',
    'a b/c d.ts',
    "it's (a) [b] {c} $d &e !f.ts",
    'x/#1;y=%20@^.ts',
  ];
  for (let index = 0; index < letters.length; index += 8) {
    const id = `u${index}/m${letters.slice(index, index + 8).join('-')}.ts`;
    ids.push(id.normalize('NFC'));
  }
  return ids;
}
