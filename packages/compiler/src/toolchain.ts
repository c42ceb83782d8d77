/** What, beside text and options, decides what the compiler emits: a part of every cache key. */

import { createRequire } from 'node:module';
import { MODULE_ABI } from './artifact.ts';

export interface Toolchain {
  readonly abi: number;
  /** Versions of this compiler and of what it is made of. */
  readonly compiler: string;
  readonly swc: string;
  readonly stripper: string;
  readonly acorn: string;
  /** What this V8 parses decides what is lowered. */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
}

const require = createRequire(import.meta.url);

/** Read from the manifests: the packages themselves need not be loaded. */
export function toolchain(): Toolchain {
  return {
    abi: MODULE_ABI,
    compiler: versionOf('../package.json'),
    swc: versionOf('@swc/core/package.json'),
    stripper: versionOf('@swc/wasm-typescript/package.json'),
    acorn: versionOf('acorn/package.json'),
    node: process.version,
    platform: process.platform,
    arch: process.arch,
  };
}

function versionOf(manifest: string): string {
  return (require(manifest) as { version: string }).version;
}
