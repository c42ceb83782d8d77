/**
 * The `globalThis` of one namespace: a facade in the same realm.
 *
 * Scripts' writes to it, and their free names, stay in the namespace; reads fall through to the host's globals.
 * A fence against accidents, not a sandbox: the intrinsics are shared.
 */

/** @param own what scripts see instead of the host's globals of these names */
export function createGlobals(own: Readonly<Record<string, unknown>> = {}): object {
  fallThrough ??= withoutAccessors();
  const facade: object = Object.create(fallThrough);
  const define = (name: string, value: unknown) =>
    Object.defineProperty(facade, name, { value, writable: true, enumerable: false, configurable: true });
  define('globalThis', facade);
  define('global', facade);
  for (const [name, value] of Object.entries(own)) define(name, value);
  return facade;
}

/** What all facades inherit from. */
let fallThrough: object | undefined;

/**
 * The host's globals, with those that are accessors made safe: through a facade the getters of some (`crypto`) would be
 * called on what they refuse, and the setters of others (`process`, `Buffer`, `fetch`) would write to the host.
 */
function withoutAccessors(): object {
  const host: Readonly<Record<string, unknown>> = globalThis as never;
  const globals: object = Object.create(host);
  for (const [name, { get, enumerable = false }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (get === undefined) continue;
    Object.defineProperty(globals, name, {
      get: () => host[name], // four times as fast as Reflect.get
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable, configurable: true });
      },
      enumerable,
      configurable: true,
    });
  }
  return globals;
}
