/**
 * The `globalThis` of one namespace: a facade in the same realm.
 *
 * Scripts' writes to it, and their free names, stay in the namespace; reads fall through to the host's globals.
 * A fence against accidents, not a sandbox: the intrinsics are shared.
 */

/** @param own what scripts see instead of the host's globals of these names */
export function createGlobals(own: Readonly<Record<string, unknown>> = {}): object {
  const facade: object = Object.create(globalThis);
  const define = (name: string, value: unknown) =>
    Object.defineProperty(facade, name, { value, writable: true, enumerable: false, configurable: true });
  define('globalThis', facade);
  define('global', facade);
  for (const [name, value] of Object.entries(own)) define(name, value);
  return facade;
}
