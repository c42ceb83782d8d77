import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../deps/workspace.ts';
import { describeOptions } from '../options.ts';
import { type Entry, load, names } from '../registry.ts';

const folders = ['prove', 'bench'].map((door) => join(root, 'tools', door));
const entries = (
  await Promise.all(folders.map(async (folder) => (await names(folder)).map((name) => ({ folder, name }))))
).flat();

// Doors load by file name, so that no compiler sees what a module lacks.
it.each(entries)(
  '$name tells in one line what it is, describes its options, and can be run',
  async ({ folder, name }) => {
    const entry = await load<Entry & { readonly run: unknown }>(folder, name);
    expect(entry.summary).toMatch(/^\S[^\n]{10,90}$/);
    expect(describeOptions(entry.options)).toHaveLength(Object.keys(entry.options).length);
    for (const option of Object.values(entry.options)) expect(option.about).toMatch(/^\S[^\n]*$/);
    expect(entry.run).toBeTypeOf('function');
  },
);
