/**
 * What V8 makes of an emitted text, given out as bytes, so that another process with the same V8 need not make it again.
 *
 * All functions of the text are in it, also those that have not been called: whoever runs a module calls them next. V8
 * checks little of what it is given back, so whoever keeps these bytes sees to it that they come back whole, beside the
 * very text, and only to the engine that made them.
 */

import { hash } from 'node:crypto';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { Artifact } from './artifact.ts';

let own: string | undefined;

/**
 * Names the engine of this process, 64 hexadecimal digits: what one makes, another of the same name can be given. V8
 * compares its flags by itself, and compiles the text where they differ; which processor it is does not matter to
 * bytecode, and is no part of the name.
 */
export function engine(): string {
  const { versions, platform, arch, config } = process;
  own ??= hash(
    'sha256',
    JSON.stringify([
      versions.node,
      versions.v8,
      platform,
      arch,
      Object.entries(config.variables).filter(([name]) => name.startsWith('v8_')), // how V8 was built
    ]),
    'hex',
  );
  return own;
}

/**
 * V8's code of an artifact; undefined where this V8 refuses the text. Where this process has run the text, the functions
 * that it has called are there, as V8 remembers them.
 */
export function codeCacheOf({ code, id }: Artifact): Buffer | undefined {
  const before = cachedDataVersionTag(); // it is made of the flags, too
  setFlagsFromString('--no-lazy');
  const isLazy = cachedDataVersionTag() !== before;
  let script: Script;
  try {
    script = new Script(code, { filename: id });
  } catch {
    return undefined;
  } finally {
    if (isLazy) setFlagsFromString('--lazy');
  }
  return script.createCachedData();
}
