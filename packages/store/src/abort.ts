/** Waiting that an AbortSignal ends, for work that cannot be told to stop. */

/** Settles as `work` does, or rejects with the signal's reason if that aborts first; the work itself goes on unheard. */
export async function abortable<Value>(work: PromiseLike<Value> | Value, signal?: AbortSignal): Promise<Value> {
  if (!signal) return work;
  if (signal.aborted) {
    // The outcome of the work is nobody's any more; a rejection of it must not end the process.
    Promise.resolve(work).catch(() => {});
    throw signal.reason;
  }
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * A signal that aborts with the first of several, until `unlink` lets go of them. Not `AbortSignal.any`: in Node 20 that
 * is held by its sources for as long as they live, and one of them here lives as long as the store.
 */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  unlink(): void;
} {
  const controller = new AbortController();
  const links: (() => void)[] = [];
  const unlink = () => {
    for (const cut of links.splice(0)) cut();
  };
  for (const signal of signals) {
    if (!signal) continue;
    const abort = () => {
      unlink();
      controller.abort(signal.reason);
    };
    if (signal.aborted) {
      abort();
      break;
    }
    signal.addEventListener('abort', abort, { once: true });
    links.push(() => signal.removeEventListener('abort', abort));
  }
  return { signal: controller.signal, unlink };
}
