/**
 * What the compiler knows about global names. The lists are fixed, not read from the running process: an artifact must
 * not depend on the Node that compiled it.
 */

/**
 * Globals of ECMA-262 (2023) and `WebAssembly`: emitted as they are, because all namespaces of a process share them.
 * Newer ones (`Iterator`, `Temporal`) are not here: they go through the facade, where a namespace may supply them.
 */
export const INTRINSICS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape unescape AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean
  DataView Date Error EvalError FinalizationRegistry Float32Array Float64Array Function Int8Array Int16Array Int32Array
  Map Number Object Promise Proxy RangeError ReferenceError RegExp Set SharedArrayBuffer String Symbol SyntaxError
  TypeError Uint8Array Uint8ClampedArray Uint16Array Uint32Array URIError WeakMap WeakRef WeakSet Atomics JSON Math
  Reflect Intl WebAssembly`.split(/\s+/),
);

/** What every supported Node has: read from the facade without a look whether it is there. */
const PRESENT_HOST_GLOBALS =
  `console process Buffer URL URLSearchParams TextEncoder TextDecoder TextDecoderStream TextEncoderStream AbortController
  AbortSignal Event EventTarget MessageChannel MessageEvent MessagePort BroadcastChannel Blob FormData Headers Request
  Response fetch DOMException performance crypto structuredClone atob btoa queueMicrotask ReadableStream WritableStream
  TransformStream CompressionStream DecompressionStream`.split(/\s+/);

/**
 * What Node supplies: read through the facade like any other global, so that a namespace can replace or hide it, but no
 * fact of the mention graph, or two scripts that print would seem to depend on each other.
 */
export const HOST_GLOBALS: ReadonlySet<string> = new Set([
  ...PRESENT_HOST_GLOBALS,
  ...`CustomEvent File WebSocket EventSource CloseEvent navigator Navigator Storage localStorage sessionStorage Iterator
  Temporal Float16Array SuppressedError DisposableStack AsyncDisposableStack Crypto CryptoKey SubtleCrypto Performance
  PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver ByteLengthQueuingStrategy
  CountQueuingStrategy URLPattern arguments`.split(/\s+/),
]);

export const ALWAYS_PRESENT: ReadonlySet<string> = new Set(PRESENT_HOST_GLOBALS);

/** Emitted as `$0m.timers.setTimeout`: they belong to the module's version. */
export const TIMERS: ReadonlySet<string> = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
]);

/** Whether scripts read the global through their facade, so that a namespace can replace or hide it. */
export function isThroughFacade(name: string): boolean {
  return !INTRINSICS.has(name) && !TIMERS.has(name) && name !== 'globalThis' && name !== 'global';
}

/** Globals that store a callback and never call it at once. */
export const DEFERRING: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);

/** `new Map()`: runs no code of the author's and ends, where the arguments are primitive. */
export const INERT_CONSTRUCTORS: ReadonlySet<string> = new Set(
  `Map Set WeakMap WeakSet Date Array Object Error TypeError RangeError EventTarget AbortController ArrayBuffer
  Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array`.split(/\s+/),
);

/** `Object.freeze({…})` and the like give back their argument: a function in it is stored, not called. */
export const TRANSPARENT_CALLS: ReadonlySet<string> = new Set(['freeze', 'seal', 'preventExtensions']);

/** Members of these are constants, and their functions are inert where the arguments are primitive. */
export const INERT_NAMESPACES: ReadonlySet<string> = new Set(['Math', 'Number']);

/** Globals that facts stand on: a module that declares one of these loses the benefit. */
export const ASSUMED_GLOBALS: ReadonlySet<string> = new Set([
  ...INERT_CONSTRUCTORS,
  ...INERT_NAMESPACES,
  ...TIMERS,
  'Object',
  'Symbol',
  'queueMicrotask',
]);

/** Names that a module would find in CommonJS only. */
export const COMMONJS_NAMES: ReadonlySet<string> = new Set(['require', 'module', 'exports', '__filename', '__dirname']);
