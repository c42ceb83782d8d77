// Counts the calls of a process that change a disk, and ends it by SIGKILL at one of them: before it, or, where it is a
// write, with half of the bytes written. Imported before anything that takes a reference to `node:fs`.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const CHANGING = ['open', 'write', 'fsync', 'fchmod', 'rename', 'unlink', 'mkdir', 'rm', 'link', 'writeFile', 'utimes'];

let steps = 0;
let deadly = Number.POSITIVE_INFINITY;
let counting = false;

/** Begins to count; the process dies at this step, and at none where it is 0. */
export function begin(at: number): void {
  deadly = at === 0 ? Number.POSITIVE_INFINITY : at;
  counting = true;
}

/** How many there were. */
export function end(): number {
  counting = false;
  return steps;
}

function step(half?: () => void): void {
  if (!counting) return;
  steps += 1;
  if (steps < deadly) return;
  half?.();
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal comes in its own time, and nothing may happen until then
}

type Call = (...values: unknown[]) => unknown;

for (const [api, names] of [
  [fs, CHANGING],
  [fs.promises, CHANGING],
] as const) {
  const table = api as unknown as Record<string, Call | undefined>;
  for (const name of names) {
    const call = table[name];
    if (call === undefined) continue;
    table[name] = function (this: unknown, ...values: unknown[]) {
      step(name === 'write' ? () => writeHalf(values) : undefined);
      return Reflect.apply(call, this, values);
    };
    // what util.promisify makes of it answers as the original would
    for (const symbol of Object.getOwnPropertySymbols(call)) {
      const custom = Reflect.get(call, symbol) as Call;
      Reflect.set(table[name] as object, symbol, function (this: unknown, ...values: unknown[]) {
        step(name === 'write' ? () => writeHalf(values) : undefined);
        return Reflect.apply(custom, this, values);
      });
    }
  }
}
syncBuiltinESMExports();

// file handles of node:fs/promises have a class that nobody exports
const probe = await fs.promises.open(process.execPath, 'r');
const handles = Object.getPrototypeOf(probe) as Record<string, Call | undefined>;
await probe.close();
for (const name of ['write', 'writeFile', 'sync']) {
  const call = handles[name];
  if (call === undefined) continue;
  handles[name] = function (this: { readonly fd: number }, ...values: unknown[]) {
    step(name === 'write' ? () => writeHalf([this.fd, ...values]) : undefined);
    return Reflect.apply(call, this, values);
  };
}

function writeHalf([file, bytes, from]: readonly unknown[]): void {
  if (typeof file !== 'number' || !(bytes instanceof Uint8Array)) return;
  const start = typeof from === 'number' ? from : 0;
  fs.writeSync(file, bytes, start, Math.floor((bytes.length - start) / 2));
}
