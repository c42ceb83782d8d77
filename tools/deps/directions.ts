// Who may import whom: the one place where it stands. ARCHITECTURE.md prints this table, and tests hold sources,
// package.json files and tsconfig references to it. What is not named here may not be imported.

/** `types`: `import type` alone. A list: types, and these values by name. `values`: everything. */
export type Allowed = 'types' | 'values' | readonly string[];

export const directions: Readonly<Record<string, Readonly<Record<string, Allowed>>>> = {
  '@rekindle/store': {},
  '@rekindle/store-fs': { '@rekindle/store': 'values' },
  '@rekindle/store-mongodb': { '@rekindle/store': 'values' },
  '@rekindle/compiler': {},
  '@rekindle/loader': { '@rekindle/compiler': 'types' },
  '@rekindle/state': { '@rekindle/compiler': 'types' },
  '@rekindle/reload': {
    '@rekindle/compiler': 'types',
    '@rekindle/loader': 'values',
    '@rekindle/state': 'values',
    '@rekindle/store': 'values',
  },
  rekindle: {
    '@rekindle/compiler': 'values',
    '@rekindle/loader': 'values',
    '@rekindle/reload': 'values',
    '@rekindle/state': 'values',
    '@rekindle/store': 'values',
  },
};

/** Packages from npm that only these of ours may know, because they shape an API or are large. */
export const reserved: Readonly<Record<string, readonly string[]>> = {
  mongodb: ['@rekindle/store-mongodb'],
  rxjs: ['@rekindle/reload', 'rekindle'],
};

/** The table as it stands in ARCHITECTURE.md, one line each. */
export function table(): string[] {
  const name = (text: string) => `\`${text}\``;
  const entry = ([target, allowed]: readonly [string, Allowed]) => {
    if (allowed === 'values') return name(target);
    const values = allowed === 'types' ? '' : `, ${allowed.map(name).join(', ')}`;
    return `${name(target)} (types${values})`;
  };
  return [
    '| package | may import |',
    '|---|---|',
    ...Object.entries(directions).map(([source, targets]) => {
      const ours = Object.entries(targets).map(entry);
      const theirs = Object.keys(reserved).filter((target) => reserved[target]?.includes(source));
      return `| ${name(source)} | ${[...ours, ...theirs.map(name)].join(', ') || 'nothing of ours'} |`;
    }),
  ];
}
