/**
 * Stack traces that show the author's lines, before and after any number of reloads.
 *
 * `process.setSourceMapsEnabled` ignores `vm.Script`, so this is an `Error.prepareStackTrace` of our own. V8 calls it
 * when a stack is first read, so it costs nothing before that. It is chained to what was there, and put back when the
 * last host closes. Where the game has put its own on top of it meanwhile, that stays, and ours only passes on.
 */

import { findSourceMap } from 'node:module';
import { type Position, restoreNames } from '@rekindle/compiler';
import type { Unit } from '@rekindle/loader';
import { placeOfEmitted } from './places.ts';
import { noteVersions, scriptSources } from './script-sources.ts';

type Prepare = (error: Error, frames: NodeJS.CallSite[]) => unknown;
type Frames = readonly NodeJS.CallSite[];

/** One time of ours in the chain. */
interface Link {
  readonly prepare: Prepare;
  remove(): void;
}

let users = 0;
const links: Link[] = [];

/** Begins to map stack traces; call the result once to end it. */
export function mapStackTraces(): () => void {
  users += 1;
  // also where another host maps already: the game may have put its own in the place of ours
  if (links.length === 0 || Error.prepareStackTrace !== links.at(-1)?.prepare) links.push(install());
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    users -= 1;
    if (users === 0) for (let link = links.pop(); link !== undefined; link = links.pop()) link.remove();
  };
}

/**
 * Frames of a stack where the game calls scripts: V8 keeps ten, and a script that throws deep in code of the game would
 * not be among them.
 */
const DEEP = 100;

/** Calls `fn`, and keeps more of the stacks of what is thrown in it; less where the game wants none. */
export function withDeepStacks<Result>(fn: () => Result): Result {
  const { stackTraceLimit: limit } = Error;
  if (typeof limit !== 'number' || limit <= 0 || limit >= DEEP || !Reflect.set(Error, 'stackTraceLimit', DEEP)) {
    return fn();
  }
  try {
    return fn();
  } finally {
    if (Error.stackTraceLimit === DEEP) Error.stackTraceLimit = limit;
  }
}

/** A function for each time: one that somebody has chained to stays in their chain, below the next one of ours. */
function install(): Link {
  const before: Prepare | undefined = Error.prepareStackTrace;
  let ended = false;
  const prepare: Prepare = (error, frames) => {
    if (!ended) noteVersions(error, frames);
    // what was there maps the game's own frames, or does not, as it would without us
    const shown = ended ? frames : frames.map((frame) => mapFrame(frame, frames, before === undefined));
    const text = before === undefined ? format(error, shown) : Reflect.apply(before, Error, [error, shown]);
    return ended || typeof text !== 'string' ? text : restored(text, frames);
  };
  Error.prepareStackTrace = prepare;
  const remove = () => {
    ended = true;
    if (Error.prepareStackTrace !== prepare) return;
    if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = before;
  };
  return { prepare, remove };
}

/** V8's message quotes the emitted text: the names of the author come back. */
function restored(text: string, frames: Frames): string {
  const [top] = frames;
  const file = top?.getFileName();
  const unit = typeof file === 'string' ? scriptSources.find(file, top?.getScriptHash()) : undefined;
  return unit === undefined ? text : restoreNames(text, unit.artifact);
}

function format(error: unknown, frames: Frames): string {
  return [headerOf(error), ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

function headerOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return '<error>'; // as V8 does where the name or message throws
  }
}

/** Frames that have been mapped: a chain may lead through two of ours. */
const moved = new WeakSet<NodeJS.CallSite>();

function mapFrame(frame: NodeJS.CallSite, frames: Frames, alsoGame: boolean): NodeJS.CallSite {
  if (moved.has(frame)) return frame;
  try {
    if (frame.isEval()) return mapEval(frame, frames);
    const file = frame.getFileName();
    const line = frame.getLineNumber();
    const column = frame.getColumnNumber();
    if (typeof file !== 'string' || line === null || column === null) return frame;
    if (scriptSources.has(file)) {
      const unit = scriptSources.find(file, frame.getScriptHash());
      const place = unit && placeOfEmitted(unit, { line, column });
      return place === undefined ? frame : movedFrame(frame, file, place);
    }
    return alsoGame ? mapGameFrame(frame, file, { line, column }) : frame;
  } catch {
    return frame; // the stack is nearly used up, say: what reads a trace must not get another error
  }
}

/** A hook takes the place of Node's own mapping, so that the game's frames are mapped here as Node would. */
function mapGameFrame(frame: NodeJS.CallSite, file: string, { line, column }: Position): NodeJS.CallSite {
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalSource' in entry) || entry.originalSource === undefined) return frame;
  const { originalSource, originalLine, originalColumn } = entry;
  return movedFrame(frame, originalSource, { line: originalLine + 1, column: originalColumn + 1 });
}

/** `eval at heal (potion.ts:3:9)`: the place of the call stands in the origin of code that was given to `eval`. */
function mapEval(frame: NodeJS.CallSite, frames: Frames): NodeJS.CallSite {
  const origin = frame.getEvalOrigin();
  const [text, file, line, column] = /\((?!eval at )([^()]+):(\d+):(\d+)\)/.exec(origin ?? '') ?? [];
  if (origin === undefined || text === undefined || file === undefined || !scriptSources.has(file)) return frame;
  const unit = callerOf(file, frames);
  const place = unit && placeOfEmitted(unit, { line: Number(line), column: Number(column) });
  if (place === undefined) return frame;
  const mapped = origin.replace(text, () => `(${file}:${place.line}:${place.column})`);
  const shown = frame.toString().replace(origin, () => mapped);
  return derived(frame, { getEvalOrigin: () => mapped, toString: () => shown });
}

/** V8 does not say which version called `eval`: the one on the stack, or else the newest. */
function callerOf(file: string, frames: Frames): Unit | undefined {
  const caller = frames.find((frame) => !frame.isEval() && frame.getFileName() === file);
  return scriptSources.find(file, caller?.getScriptHash());
}

/** The frame, at another place. */
function movedFrame(frame: NodeJS.CallSite, file: string, { line, column }: Position): NodeJS.CallSite {
  const place = `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;
  const text = frame.toString().replace(place, () => `${file}:${line}:${column}`);
  return derived(frame, {
    getFileName: () => file,
    getScriptNameOrSourceURL: () => file,
    getLineNumber: () => line,
    getColumnNumber: () => column,
    toString: () => withoutBody(frame, text),
  });
}

type Replaced = Partial<Record<keyof NodeJS.CallSite | 'toString', () => unknown>>;

function derived(frame: NodeJS.CallSite, replaced: Replaced): NodeJS.CallSite {
  const proxy = new Proxy(frame, {
    get: (target, key) => {
      const own = replaced[key as keyof Replaced];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  moved.add(proxy);
  return proxy;
}

/** A module's body is a generator of ours: its name means nothing to the author. */
function withoutBody(frame: NodeJS.CallSite, text: string): string {
  const isBody = frame.getFunctionName() === null || /^(?:Object\.)?factory$/.test(frame.getFunctionName() ?? '');
  return isBody ? text.replace(/^(?:async )?(?:Object\.factory|factory) \((.*)\)$/, '$1') : text;
}
