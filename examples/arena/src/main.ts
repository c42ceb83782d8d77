/**
 * `npm start`: the arena in a terminal, until Ctrl-C.
 *
 * `PORT` (7777), `BOTS` (100) and `MONGODB_URI` (none) are read from the environment here and nowhere else.
 */

import { isStoreError, ScriptLoadError } from 'rekindle';
import { type Arena, startArena } from './arena.ts';
import { ConsoleReport } from './console-report.ts';
import { PortInUseError } from './page-server.ts';
import { faultOf } from './script-host.ts';

/** Milliseconds after which whatever still holds the process is let go. */
const PATIENCE = 3000;

function wholeNumber(name: 'PORT' | 'BOTS', highest: number): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw new RangeError(`${name} must be a whole number from 0 to ${highest}, not '${text}'`);
}

function stopOnSignal(arena: Arena): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // Who asks twice does not want to wait.
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    setTimeout(() => process.exit(1), PATIENCE).unref();
    arena.close().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

try {
  const port = wholeNumber('PORT', 65_535);
  const bots = wholeNumber('BOTS', 390);
  const mongodb = process.env['MONGODB_URI'] || undefined;
  stopOnSignal(
    await startArena({
      ...(port !== undefined && { port }),
      ...(bots !== undefined && { bots }),
      ...(mongodb !== undefined && { mongodb }),
    }),
  );
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ScriptLoadError) {
    new ConsoleReport({ scripts: '' }).notLoaded(error.diagnostics.map(faultOf));
  } else if (error instanceof PortInUseError || error instanceof RangeError || isStoreError(error)) {
    console.error(error.message);
  } else {
    throw error;
  }
}
