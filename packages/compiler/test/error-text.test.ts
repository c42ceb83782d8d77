import { describe, expect, it } from 'vitest';
import { restoreNames } from '../src/index.ts';
import { MiniLinker } from './mini-linker.ts';
import { artifactOf } from './run.ts';

const kit = 'export const five = 5, nothing = undefined, record = {}; export default 6;';

/** What V8 says when a module runs, in the author's names. */
async function said(source: string): Promise<string> {
  const linker = new MiniLinker({ 'kit.js': kit, 'main.js': source }, { globals: { shared: 5 } });
  const artifact = linker.modules.get('main.js')?.artifact;
  if (artifact === undefined) throw new Error('not compiled');
  const error = await linker.evaluate('main.js').then(
    () => new Error('It did not throw'),
    (thrown: unknown) => thrown as Error,
  );
  return restoreNames(error.message, artifact);
}

describe('restoreNames', () => {
  it.each([
    ["import { five } from 'kit.js'; five();", 'five is not a function'],
    ["import { five as six } from 'kit.js'; six(1, 2);", 'six is not a function'],
    ["import { five } from 'kit.js'; new five();", 'five is not a constructor'],
    ["import { five } from 'kit.js'; five.a();", 'five.a is not a function'],
    ["import { five } from 'kit.js'; [...five];", 'five is not iterable'],
    ["import { five } from 'kit.js'; five`x`;", 'five is not a function'],
    [
      "import { nothing } from 'kit.js'; const { a } = nothing;",
      "Cannot destructure property 'a' of 'nothing' as it is undefined.",
    ],
    ["import d from 'kit.js'; d();", 'd is not a function'],
    ["import * as kit from 'kit.js'; kit.five();", 'kit.five is not a function'],
    ["import * as kit from 'kit.js'; kit.five.x();", 'kit.five.x is not a function'],
    ["import * as kit from 'kit.js'; new kit.five();", 'kit.five is not a constructor'],
    ["import * as kit from 'kit.js'; kit();", 'kit is not a function'],
    ["import { record } from 'kit.js'; record.a.b();", "Cannot read properties of undefined (reading 'b')"],
    ['shared();', 'shared is not a function'],
    ['shared.a();', 'shared.a is not a function'],
    ['new shared();', 'shared is not a constructor'],
    ['console.logg();', 'console.logg is not a function'],
    ['setTimeout.a();', 'setTimeout.a is not a function'],
    ['import.meta.a();', 'import.meta.a is not a function'],
    ['nope();', 'nope is not defined'],
    ['export let x = 1; x();', 'x is not a function'],
    ['throw new Error("costs $5.v or $x");', 'costs $5.v or $x'],
  ])('%s', async (source, message) => {
    expect(await said(source)).toBe(message);
  });

  it('knows the prefix of the module', () => {
    const artifact = artifactOf("import { a } from 'a'; let $x = 1; a($x);", { id: 'a.js' });
    expect(restoreNames('(0 , $$a.v) is not a function', artifact)).toBe('a is not a function');
    expect(restoreNames('$x is not a function', artifact)).toBe('$x is not a function');
  });

  it('leaves a message alone that has nothing of it', () => {
    expect(restoreNames('(0 , x) happened', artifactOf(''))).toBe('(0 , x) happened');
  });
});
