/**
 * Stack traces that show the author's lines, before and after any number of reloads.
 *
 * `process.setSourceMapsEnabled` ignores `vm.Script`, so this is an `Error.prepareStackTrace` of our own. V8 calls it
 * when a stack is first read, so it costs nothing before that. It is chained to what was there, and put back when the
 * last host closes.
 */

import { findSourceMap } from 'node:module';
import { type Position, restoreNames } from '@rekindle/compiler';
import { placeOfEmitted } from './places.ts';
import { type ScriptSources, scriptSources } from './script-sources.ts';

type Prepare = (error: Error, frames: NodeJS.CallSite[]) => unknown;

let users = 0;
let before: Prepare | undefined;

/** Begins to map stack traces; call the result once to end it. */
export function mapStackTraces(): () => void {
  users += 1;
  if (users === 1) {
    before = Error.prepareStackTrace;
    Error.prepareStackTrace = prepare;
  }
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    users -= 1;
    if (users > 0 || Error.prepareStackTrace !== prepare) return; // somebody has chained to ours: it must stay
    if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = before;
  };
}

const prepare: Prepare = (error, frames) => {
  const mapped = frames.map((frame) => mapFrame(frame, scriptSources));
  if (before !== undefined) return before(error, mapped);
  return [restored(headerOf(error), frames), ...mapped.map((frame) => `    at ${frame}`)].join('\n');
};

/** V8's message quotes the emitted text: the names of the author come back. */
function restored(header: string, frames: readonly NodeJS.CallSite[]): string {
  const [top] = frames;
  const file = top?.getFileName();
  const unit = typeof file === 'string' ? scriptSources.find(file, top?.getScriptHash()) : undefined;
  return unit === undefined ? header : restoreNames(header, unit.artifact);
}

function headerOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return '<error>'; // as V8 does where the name or message throws
  }
}

function mapFrame(frame: NodeJS.CallSite, sources: ScriptSources): NodeJS.CallSite {
  const file = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (typeof file !== 'string' || line === null || column === null) return frame;
  if (sources.has(file)) {
    const unit = sources.find(file, frame.getScriptHash());
    const place = unit && placeOfEmitted(unit, { line, column });
    return place === undefined ? frame : movedFrame(frame, file, place);
  }
  // a stack hook takes the place of Node's own mapping, so the game's frames are mapped here as Node would
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry) || entry.originalSource === undefined) return frame;
  const { originalSource, originalLine, originalColumn } = entry;
  return movedFrame(frame, originalSource, { line: originalLine + 1, column: originalColumn + 1 });
}

/** The frame, at another place. */
function movedFrame(frame: NodeJS.CallSite, file: string, { line, column }: Position): NodeJS.CallSite {
  const place = `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
  const text = frame.toString().replace(place, () => `${file}:${line}:${column}`);
  const moved: Partial<Record<keyof NodeJS.CallSite | 'toString', () => unknown>> = {
    getFileName: () => file,
    getScriptNameOrSourceURL: () => file,
    getLineNumber: () => line,
    getColumnNumber: () => column,
    toString: () => withoutBody(frame, text),
  };
  return new Proxy(frame, {
    get: (target, key) => {
      const own = moved[key as keyof typeof moved];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A module's body is a generator of ours: its name means nothing to the author. */
function withoutBody(frame: NodeJS.CallSite, text: string): string {
  const isBody = frame.getFunctionName() === null || /^(?:Object\.)?factory$/.test(frame.getFunctionName() ?? '');
  return isBody ? text.replace(/^(?:async )?(?:Object\.factory|factory) \((.*)\)$/, '$1') : text;
}
