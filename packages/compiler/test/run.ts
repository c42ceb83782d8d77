/** Short ways to compile and to run, for tests. */

import { isDeepStrictEqual } from 'node:util';
import {
  type Artifact,
  type CompileOptions,
  compile,
  type Diagnostic,
  type Edition,
  isSameCode,
} from '../src/index.ts';
import { type LinkerOptions, MiniLinker } from './mini-linker.ts';

/** Compiles and evaluates one module; gives its namespace object. */
export function run(source: string, options: LinkerOptions = {}, id = 'main.ts'): Promise<Record<string, unknown>> {
  return new MiniLinker({ [id]: source }, options).evaluate(id);
}

/** Evaluates `main.ts` of several modules that import each other by their names here. */
export function runAll(sources: Record<string, string>, options: LinkerOptions = {}): Promise<Record<string, unknown>> {
  return new MiniLinker(sources, options).evaluate('main.ts');
}

export function artifactOf(source: string, options: Partial<CompileOptions> = {}): Artifact {
  const result = compile(source, { id: 'main.ts', ...options });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.artifact;
}

export function faultsOf(source: string, options: Partial<CompileOptions> = {}): readonly Diagnostic[] {
  const result = compile(source, { id: 'main.ts', ...options });
  if (result.ok) throw new Error(`It compiles:\n${result.artifact.code}`);
  return result.diagnostics;
}

/** The one diagnostic of a text that has one fault. */
export function faultOf(source: string, options: Partial<CompileOptions> = {}): Diagnostic {
  const faults = faultsOf(source, options);
  if (faults.length !== 1) throw new Error(`It has ${faults.length} faults`);
  return faults[0] as Diagnostic;
}

export function warningsOf(source: string, id = 'main.js'): readonly Diagnostic[] {
  const result = compile(source, { id });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.warnings;
}

/** What an artifact says to the linker: all of it but the text, and where something stands in that. */
function saying({ code: _code, ...artifact }: Artifact): unknown {
  return JSON.parse(JSON.stringify(artifact, (key, value) => (key === 'at' || key === 'private' ? undefined : value)));
}

/** Whether two texts say and do the same. */
export function areSame(source: string, other: string, options: Partial<CompileOptions> = {}): boolean {
  const editions = [source, other].map((text) => ({
    source: text,
    options: { id: 'main.ts', ...options },
    artifact: artifactOf(text, options),
  })) as [Edition, Edition];
  const [a, b] = editions;
  return isSameCode(a, b) && isDeepStrictEqual(saying(a.artifact), saying(b.artifact));
}
