// What a refused transaction must leave as it was, to the identity, and in which order.

export type Live = Readonly<Record<string, unknown>>;

/** Nested lists whose leaves are compared with Object.is. */
export type Picture = readonly unknown[];

/** The same picture without some of its parts. */
export function without(picture: Picture, parts: readonly string[]): Picture {
  return picture.filter((part) => !Array.isArray(part) || !parts.includes(part[0] as string));
}

/** Parts that are not the same thing in the same place, in words. */
export function differences(before: unknown, after: unknown, path = ''): string[] {
  if (Object.is(before, after)) return [];
  if (!Array.isArray(before) || !Array.isArray(after)) return [`${path}: ${words(before)} became ${words(after)}`];
  if (before.length !== after.length)
    return [`${path}: ${before.length} parts became ${after.length} (${words(after)})`];
  return before.flatMap((part, index) => differences(part, after[index], `${path}/${nameOf(part, index)}`));
}

function nameOf(part: unknown, index: number): string {
  return Array.isArray(part) && typeof part[0] === 'string' ? part[0] : String(index);
}

function words(value: unknown): string {
  try {
    return typeof value === 'function' ? `function ${value.name}` : (JSON.stringify(value) ?? String(value));
  } catch {
    return String(value);
  }
}

/** Each export of a module by identity, the content of objects, and what its functions give. */
export function ofExports(live: Live): Picture {
  return Object.keys(live).map((name) => {
    const value = live[name];
    return [name, value, contentOf(value), callOf(value), inheritanceOf(value)];
  });
}

function contentOf(value: unknown, depth = 2): unknown {
  if (typeof value !== 'object' || value === null || depth === 0 || !isData(value)) return value;
  return Reflect.ownKeys(value).map((key) => [String(key), contentOf(Reflect.get(value, key), depth - 1)]);
}

/** What scripts made, or a namespace object; the content of anything else is its own business. */
function isData(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || prototype === Array.prototype;
}

/** What living objects in a list have and inherit, as it stands: nothing of it is read through a getter. */
function inheritanceOf(value: unknown): Picture {
  const chain: unknown[] = [];
  const objects: unknown[] = Array.isArray(value) ? value : typeof value === 'function' ? [value] : [];
  for (const object of objects) {
    for (let each = object; isObject(each) && !isIntrinsic(each); each = Object.getPrototypeOf(each)) {
      const members = Object.entries(Object.getOwnPropertyDescriptors(each));
      chain.push(['object', each, ...members.map(([key, { value: member, get, set }]) => [key, member, get, set])]);
    }
  }
  return chain;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isIntrinsic(value: object): boolean {
  return value === Object.prototype || value === Array.prototype || value === Function.prototype;
}

/** Functions without an effect, by name: a call of another one would be a change of its own. */
const HARMLESS = /^(?:text|alive|current|both|names|space|inner|use|left|right|now|help|hit|data)$/;

function callOf(value: unknown): unknown {
  if (typeof value !== 'function' || !HARMLESS.test(value.name)) return undefined;
  const result: unknown = value();
  return [result, contentOf(result)];
}
