/** The page's modules are plain JavaScript for a browser; what a test uses of one, it says itself. */

export async function pageModule<Exports>(name: string): Promise<Exports> {
  const href = new URL(`../../page/${name}`, import.meta.url).href;
  return (await import(/* @vite-ignore */ href)) as Exports;
}
