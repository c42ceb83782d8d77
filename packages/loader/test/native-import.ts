/** Node's own `import()`: the test runner puts its own loader in the place of the one that stands in tests. */

const source: string = 'data:text/javascript,export const load = (url) => import(url);';
const { load } = (await import(/* @vite-ignore */ source)) as { load(url: string): Promise<Record<string, unknown>> };

export const nativeImport = load;
