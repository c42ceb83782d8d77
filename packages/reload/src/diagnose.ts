/** Faults of loading, linking and running, as diagnostics: what is wrong, where, what to do. */

import { inspect } from 'node:util';
import type { Diagnostic } from '@rekindle/compiler';
import {
  type HostModuleError,
  type LinkFault,
  LoaderError,
  type LoadFault,
  type ResolveFault,
  type SourceTextInstance,
} from '@rekindle/loader';
import { StateError } from '@rekindle/state';
import { ReloadError } from './errors.ts';
import { nearest } from './nearest.ts';
import type { LostVariable } from './outcome.ts';
import type { Powers } from './powers.ts';
import { textOf } from './thrown.ts';
import { TimeLimitError } from './time-limit.ts';

type Diagnose = Pick<Powers, 'diagnose'>;

/** @param ids every module id of the release, for "did you mean" */
export function ofLoading(fault: LoadFault, ids: () => Iterable<string>, powers: Diagnose): readonly Diagnostic[] {
  if (fault.kind === 'unit') return fault.detail as readonly Diagnostic[];
  return [ofResolving(fault, ids, powers)];
}

function ofResolving(fault: ResolveFault, ids: () => Iterable<string>, { diagnose }: Diagnose): Diagnostic {
  const { importer, request, refusal } = fault;
  const { specifier } = request;
  let text: { code: string; message: string; hint?: string; cause?: unknown };
  if (refusal !== undefined) text = refusal;
  else {
    const from = importer === undefined ? '' : ` from '${importer.record.key}'`;
    const places = [...new Set(fault.looked.map((looked) => looked.place))];
    const paths = fault.looked.filter((looked) => looked.step === 'store');
    const guess = paths[0] && nearest(paths[0].place, ids());
    text = {
      code: 'UNRESOLVED_IMPORT',
      message: `Cannot resolve '${specifier}'${from}.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`,
      hint: `Looked for ${places.join(', ')}.`,
    };
  }
  if (importer === undefined) return text;
  if (request.at === undefined) return { ...text, module: importer.record.key }; // `import()`, whose text is not known
  return diagnose(importer.unit, { at: request.at }, { ...text, length: specifier.length + 2 });
}

export function ofLinking(fault: LinkFault, { diagnose }: Diagnose): Diagnostic {
  const target = fault.target.key;
  const { importer, at, name } = fault;
  if (fault.kind === 'ambiguous') {
    return diagnose(
      importer.unit,
      { at },
      {
        code: 'AMBIGUOUS_EXPORT',
        message: `'${name}' comes from more than one 'export *' of '${target}'.`,
        hint: `Name the one that is meant in '${target}': export { ${name} } from '…'.`,
        length: name.length,
      },
    );
  }
  const guess = nearest(name, fault.exports);
  const exported = fault.exports.length === 0 ? 'nothing' : fault.exports.join(', ');
  return diagnose(
    importer.unit,
    { at },
    {
      code: 'MISSING_EXPORT',
      message: `'${name}' is not exported by '${target}'.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`,
      hint: `${target.split('/').at(-1)} exports: ${exported}.${isType(fault) ? typeHint(name) : ''}`,
      length: name.length,
    },
  );
}

/** Whether one of the texts that were searched declares the name as a type: what an artifact no longer knows. */
function isType({ name, searched }: LinkFault): boolean {
  if (!/^[\w$]+$/.test(name)) return false;
  const declaration = new RegExp(
    `^[^/*\\n]*\\b(?:interface|type)\\s+${name.replaceAll('$', '\\$')}\\s*(?:[<={]|extends\\b)`,
    'm',
  );
  return [...searched.values()].some((version) => version?.kind === 'source' && declaration.test(version.unit.source));
}

function typeHint(name: string): string {
  return (
    ` '${name}' looks like a type, and types are gone when the code runs: ` +
    `write 'import { type ${name} }' or 'export { type ${name} }'.`
  );
}

/** An importer that still wants a module that the release deletes. */
export function ofDeletion(
  importer: SourceTextInstance,
  request: SourceTextInstance['artifact']['requests'][number],
  deleted: string,
  { diagnose }: Diagnose,
): Diagnostic {
  return diagnose(
    importer.unit,
    { at: request.at },
    {
      code: 'DELETED_IMPORT',
      message: `'${deleted}' was deleted, but '${importer.record.key}' imports it.`,
      hint: 'Put the module back, or take the import out in the same change.',
      length: request.specifier.length + 2,
    },
  );
}

/** @param back the earlier release that lacks it, where the namespace goes back to one */
export function ofDeletedRoot(id: string, back: { readonly number: number } | undefined): Diagnostic {
  if (back !== undefined) {
    return {
      code: 'DELETED_ROOT',
      message: `'${id}' is not in release ${back.number}, and the game itself has imported it since.`,
      module: id,
      hint: `Let the game unload '${id}' first, then go back.`,
    };
  }
  return {
    code: 'DELETED_ROOT',
    message: `'${id}' was deleted, but the game itself imported it.`,
    module: id,
    hint: 'Put the module back, or let the game unload it first.',
  };
}

/** An unload of a module that others need. */
export function ofImporters(id: string, importers: readonly string[]): Diagnostic {
  return {
    code: 'STILL_IMPORTED',
    message: `'${id}' cannot be unloaded, because it is imported by ${importers.map((name) => `'${name}'`).join(', ')}.`,
    module: id,
    hint: 'Unload them too with { cascade: true }, or take their imports out first.',
  };
}

/** A call that names a module that is not loaded. */
export function ofUnknown(id: string, ids: Iterable<string>): Diagnostic {
  const guess = nearest(id, ids);
  return {
    code: 'NOT_LOADED',
    message: `'${id}' is not loaded.${guess === undefined ? '' : ` Did you mean '${guess}'?`}`,
    module: id,
    hint: 'Give the id of a loaded script; modules() lists them.',
  };
}

/** A variable that a reload would drop, where that is refused. */
export function ofStateLoss(
  instance: SourceTextInstance,
  { name, value }: Pick<LostVariable, 'name' | 'value'>,
  { diagnose }: Diagnose,
): Diagnostic {
  return diagnose(
    instance.unit,
    { declaration: name },
    {
      code: 'STATE_LOSS',
      message: `'${name}' of '${instance.record.key}' holds ${shown(value)}, which this reload would drop.`,
      hint: `Keep it in a slot, which outlives the edits: const ${name} = state('${name}', () => ({ value: … })).`,
      length: name.length,
    },
  );
}

/** A value, short enough for a message. */
function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A release that nobody can go back to. */
export function ofUnknownRelease(
  wanted: number | { readonly number: number } | undefined,
  numbers: number[],
): Diagnostic {
  const number = typeof wanted === 'object' ? wanted.number : wanted;
  const there = numbers.length === 0 ? 'No other release has run here.' : `There are: ${numbers.join(', ')}.`;
  return {
    code: 'UNKNOWN_RELEASE',
    message: number === undefined ? 'There is no release to go back to.' : `Release ${number} has not run here lately.`,
    hint: number === undefined && numbers.length === 0 ? 'One can go back once a second release has run.' : there,
  };
}

/** A module of the game that threw while it made its exports for a version. */
export function ofHostModule({ importer, module, cause }: HostModuleError, { diagnose }: Diagnose): Diagnostic {
  const request = importer.artifact.requests.find((_, index) => importer.requested[index] === module);
  const text = {
    code: 'HOST_MODULE_THREW',
    message: `'${module.key}' threw while it made its exports for '${importer.record.key}': ${textOf(cause)}`,
    hint: 'The fault is in the game: the factory of this host module must not throw.',
    cause,
  };
  if (request === undefined) return { ...text, module: importer.record.key };
  return diagnose(importer.unit, { at: request.at }, { ...text, length: request.specifier.length + 2 });
}

export function ofActivate(error: unknown): Diagnostic {
  return {
    code: 'ACTIVATE_THREW',
    message: `The game's 'activate' threw before it applied the release: ${textOf(error)}`,
    hint: "Call apply() from 'activate', now or later, and let nothing throw before it.",
    cause: error,
  };
}

export function ofClosing(reason: Error): Diagnostic {
  return { code: 'CLOSED', message: reason.message, cause: reason };
}

/** A module that has declined to be swapped, and would run again. */
export function ofDeclined(instance: SourceTextInstance, declined: StateError, { diagnose }: Diagnose): Diagnostic {
  const { code, message, hint = '' } = declined;
  return diagnose(instance.unit, { thrown: declined }, { code, message, hint });
}

/** After a refusal: a version that stays although it has handed over. */
export function ofDisposed(module: string): Diagnostic {
  return {
    code: 'HOT_DISPOSED',
    message: `'${module}' has handed over before the release was refused: its dispose callbacks have run and cannot be taken back.`,
    module,
    hint:
      "The new version read 'import.meta.hot.data', which calls them. The keys of the data are as they were; what the " +
      'callbacks have closed stays closed until the next version. A slot (state) is exact instead.',
  };
}

/** An invalidation that came from itself. */
export function ofInvalidationCircle(module: string, chain: readonly string[]): Diagnostic {
  const path = [...chain, module].map((id) => `'${id}'`).join(', then ');
  return {
    code: 'HOT_INVALIDATION_CIRCLE',
    message: `'${module}' was invalidated again by what its own invalidation ran: ${path}.`,
    module,
    hint: "Call 'import.meta.hot.invalidate()' only where an update cannot be handled, not in every run of the module.",
  };
}

/** What a body threw. */
export function ofBody(instance: SourceTextInstance | undefined, error: unknown, { diagnose }: Diagnose): Diagnostic {
  const text = bodyText(error);
  if (instance === undefined) return text;
  const diagnostic = diagnose(instance.unit, { thrown: error }, text);
  const hint = diagnostic.hint ?? succeededBefore(instance, diagnostic.line);
  return hint === undefined ? diagnostic : { ...diagnostic, hint };
}

/** Where a statement threw that the running version has too, and got through: somebody remembers the first time. */
function succeededBefore(instance: SourceTextInstance, line: number | undefined): string | undefined {
  const { current } = instance.record;
  if (current?.kind !== 'source' || line === undefined) return undefined;
  const statement = linesOf(instance)[line - 1];
  if (statement === undefined || statement.length < 2 || !linesOf(current).includes(statement)) return undefined;
  const [, name, value] = /^(?:export )?(?:const|let|var) (\w+) ?= ?(.*?);?$/.exec(statement) ?? [];
  const slot = name === undefined ? "state('name', () => …)" : `const ${name} = state('${name}', () => ${value});`;
  return (
    `The same statement of '${instance.record.key}' succeeded earlier in this process: what it calls remembers that. ` +
    `Keep what it makes in a slot, which outlives the edits: ${slot} with state from 'rekindle/script'.`
  );
}

function linesOf({ unit }: SourceTextInstance): string[] {
  return unit.source.split(/\r?\n/).map((line) => line.trim());
}

function bodyText(error: unknown): { code: string; message: string; hint?: string; cause: unknown } {
  if (error instanceof TimeLimitError) {
    return {
      code: 'TIME_LIMIT',
      message: `The top level was still running after ${error.limit} ms.`,
      hint: 'Look for a loop that does not end; move long work out of the top level.',
      cause: error,
    };
  }
  const coded = error as { code?: unknown; hint?: unknown } | null;
  const isError = error instanceof Error;
  const isOurs = error instanceof StateError || error instanceof LoaderError || error instanceof ReloadError;
  return {
    code: isError && typeof coded?.code === 'string' ? coded.code : 'BODY_THREW',
    message: isOurs ? error.message : isError ? textOf(error) : `Thrown: ${textOf(error)}`,
    ...(typeof coded?.hint === 'string' ? { hint: coded.hint } : {}),
    cause: error,
  };
}
