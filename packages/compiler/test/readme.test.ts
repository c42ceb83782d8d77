import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { artifactOf } from './run.ts';

it('the example of the module form is what the compiler emits', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('## Module form');
  const [, source = '', emitted = ''] = /```ts\n(.*?)```.*?```js\n(.*?)\n```/s.exec(section) ?? [];
  expect(source).toContain('export let rounds');
  expect(artifactOf(source).code).toBe(emitted);
});
