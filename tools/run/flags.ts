// The flags that make a Node process run the workspace's sources. For tools and tests that spawn one; forks and
// workers of such a process inherit them.

/** Every package's `exports` names its sources under this condition. */
export const sourceCondition = '@rekindle/source';

/** Node's own arguments: `spawn(process.execPath, [...sourceFlags, 'file.ts'])`. */
export const sourceFlags: readonly string[] = [
  '--import',
  new URL('./register.mjs', import.meta.url).href,
  `--conditions=${sourceCondition}`,
];
