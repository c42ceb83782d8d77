import { readFileSync } from 'node:fs';
import * as api from '@rekindle/state';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('shows a transaction that runs', () => {
    const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const { outputText } = ts.transpileModule(block, {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
    });
    const code = outputText.replace(/import \{(.*?)\} from '@rekindle\/state';/s, 'const {$1} = api;');
    expect(code).not.toContain('import');
    const run = new Function('api', `${code}\nreturn { next, tick, realm };`);
    const { next, tick, realm } = run(api) as {
      next: api.Scope;
      tick: api.Hook<(dt: number) => void>;
      realm: api.Realm;
    };
    expect([next.phase, tick.size]).toEqual(['active', 1]);
    expect(realm.slots.find('goblin.ts', 'goblins')?.value).toEqual(new Map());
  });

  it('names every participant', () => {
    const realm = {
      namespace: 'main',
      clock: api.systemClock,
      slots: new api.Slots(),
      classes: new api.ClassRegistry(),
      loops: new api.LoopMeter({ limit: 100 }),
      report: () => {},
    };
    for (const { name } of api.participants(realm, { pairs: [] })) expect(readme).toContain(`\`${name}\``);
  });
});
