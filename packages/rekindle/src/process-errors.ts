/**
 * Uncaught errors and rejections of the process that come from scripts: the game goes on.
 *
 * A listener of `uncaughtException` would keep Node from ending the process for every error, and the game's own listener
 * would hear of the scripts' errors too. So `process.emit` is looked at: what comes from a script ends here, everything
 * else goes the way that it would go without us, to the game's listeners or to Node's end of the process.
 */

/** Where an error came from that nobody caught. */
export type UncaughtKind = 'uncaughtException' | 'unhandledRejection';

export interface ProcessErrorHandler {
  isScripts(error: unknown): boolean;
  report(error: unknown, kind: UncaughtKind): void;
}

type Emit = (this: NodeJS.Process, event: string | symbol, ...values: unknown[]) => boolean;

const handlers = new Set<ProcessErrorHandler>();
let uninstall: (() => void) | undefined;

/** Begins to look at uncaught errors; the answer ends it. */
export function catchProcessErrors(handler: ProcessErrorHandler): () => void {
  handlers.add(handler);
  uninstall ??= install();
  return () => {
    handlers.delete(handler);
    if (handlers.size > 0) return;
    uninstall?.();
    uninstall = undefined;
  };
}

function install(): () => void {
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const before = process.emit as Emit;
  let ended = false;
  const emit: Emit = function (event, ...values) {
    const isTold = !ended && typeof event === 'string' && take(event, values[0]);
    return isTold || Reflect.apply(before, this, [event, ...values]);
  };
  process.emit = emit as typeof process.emit;
  return () => {
    ended = true; // where somebody has put theirs on top of ours, ours only passes on
    if (process.emit !== (emit as typeof process.emit)) return;
    if (own === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', own);
  };
}

function take(event: string, error: unknown): boolean {
  if (event !== 'uncaughtException' && event !== 'unhandledRejection' && event !== 'uncaughtExceptionMonitor')
    return false;
  for (const handler of handlers) {
    if (!handler.isScripts(error)) continue;
    if (event !== 'uncaughtExceptionMonitor') handler.report(error, event);
    return true;
  }
  return false;
}
