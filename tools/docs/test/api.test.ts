import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { apiReports } from '../api.ts';

const SAMPLES = {
  plain: '/** Two. */\nexport declare const two: 2;\nexport interface One {\n  /** A. */ a?: string;\n}',
  hidden:
    'declare const MARK: unique symbol;\nexport declare class Shop {\n  #private;\n  private till;\n  [MARK]: 1;\n  open(): void;\n}\nexport {};',
  renamed: 'declare function made(): void;\nexport { made as make };',
};

it('reports every export by name, without comments, private members and marks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-api-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const entries = Object.entries(SAMPLES).map(([name, text]) => {
    const declarations = join(folder, `${name}.d.ts`);
    writeFileSync(declarations, text);
    return { specifier: `@rekindle/sample/${name}`, source: '', declarations };
  });
  const reports = apiReports(entries);
  expect([...reports.keys()]).toEqual(Object.keys(SAMPLES).map((name) => `rekindle.sample.${name}.api.md`));
  expect(reports.get('rekindle.sample.plain.api.md')).toContain(
    '```ts\nexport interface One {\n    a?: string;\n}\n\nexport declare const two: 2;\n```',
  );
  expect(reports.get('rekindle.sample.hidden.api.md')).toContain(
    '```ts\nexport declare class Shop {\n    open(): void;\n}\n```',
  );
  expect(reports.get('rekindle.sample.renamed.api.md')).toContain('// exported as make\n');

  const missing = { specifier: 'missing', source: '', declarations: join(folder, 'missing.d.ts') };
  expect(() => apiReports([missing])).toThrow('run `npm run build` first');
}, 120_000);
