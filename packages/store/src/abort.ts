/** Waiting that an AbortSignal ends, for work that cannot be told to stop. */

/** What is to be done when a signal aborts. */
const actions = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `action` when the signal aborts, at once if it has, until the returned function is called.
 *
 * However many wait for one signal, it gets one listener: a reload reads fifty modules under one signal, and Node warns
 * of a leak at eleven.
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  if (signal.aborted) {
    action();
    return () => {};
  }
  const all = actions.get(signal) ?? begin(signal);
  // A wrapper of its own: one function that waits twice is two.
  const entry = () => action();
  all.add(entry);
  return () => all.delete(entry);
}

function begin(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  actions.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      for (const action of all) action();
      all.clear();
    },
    { once: true },
  );
  return all;
}

/** Settles as `work` does, or rejects with the signal's reason if that aborts first; the work itself goes on unheard. */
export function abortable<Value>(work: PromiseLike<Value> | Value, signal?: AbortSignal): Promise<Value> {
  const done = Promise.resolve(work);
  if (!signal) return done;
  return new Promise((resolve, reject) => {
    // The abort stands first: a signal that has aborted wins over work that is done.
    const cut = onAbort(signal, () => reject(signal.reason));
    done.then(
      (value) => {
        cut();
        resolve(value);
      },
      (error: unknown) => {
        cut();
        reject(error);
      },
    );
  });
}

/**
 * A signal that aborts with the first of several, until `unlink` lets go of them. Not `AbortSignal.any`: in Node 20 that
 * is held by its sources for as long as they live, and one of them here lives as long as the store.
 */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  /** Lets go of the signals. */
  unlink(): void;
} {
  const controller = new AbortController();
  const links: (() => void)[] = [];
  const unlink = () => {
    for (const cut of links.splice(0)) cut();
  };
  for (const signal of signals) {
    if (!signal || controller.signal.aborted) continue;
    links.push(
      onAbort(signal, () => {
        controller.abort(signal.reason);
        unlink();
      }),
    );
  }
  return { signal: controller.signal, unlink };
}
