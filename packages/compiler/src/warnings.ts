/** The words of warnings: code that compiles and will not do what its author means. */

import type { WarningEntry } from './artifact.ts';
import type { CompilerCode } from './errors.ts';

export function warningWords({ code, name, path = '' }: Pick<WarningEntry, 'code' | 'name' | 'path'>): {
  readonly code: CompilerCode;
  readonly message: string;
  readonly hint: string;
} {
  switch (code) {
    case 'ASSIGNMENT_TO_IMPORT':
      return {
        code,
        message: `'${name}' is an import and cannot be assigned`,
        hint: 'Only the module that exports it can assign it: export a function there that does.',
      };
    case 'DIRECT_EVAL':
      return {
        code,
        message: "'eval' here sees neither imports nor exports",
        hint: "Pass what the code needs as arguments of 'new Function(…)'.",
      };
    case 'COMMONJS_NAME':
      return { code, message: `'${name}' does not exist in modules`, hint: commonJsHint(name) };
    case 'LISTENER_LEFT':
      return {
        code,
        message: `'${name}' at top level is not taken back when this version ends: after an edit, both versions hear it`,
        hint: listenerHint(name),
      };
    case 'ENDLESS_LOOP':
      return {
        code,
        message: 'This loop has no end: after an edit it goes on beside the one of the next version',
        hint:
          "Make it a task, which ends with its version: task('name', async ({ sleep }) => { for (;;) { await " +
          "sleep(1_000); … } }) with task from 'rekindle/script'.",
      };
    case 'SLOT_HOLDS_CODE':
      return {
        code,
        message: `The slot '${name}' holds a function${inside(path)}, which stays the code of the version that made it`,
        hint: 'Keep the data in the slot and the function in the module, or make it a method of a class at top level.',
      };
    case 'SLOT_HOLDS_TIMER':
      return {
        code,
        message: `The slot '${name}' holds a timer${inside(path)}, which ends with the version that set it`,
        hint:
          'Set it at top level: each version has its own, and one that is set again keeps its due time. A wait that ' +
          "has to outlive edits is a schedule: schedule(name, handler) from 'rekindle/script'.",
      };
    default:
      return code satisfies never;
  }
}

function listenerHint(name: string): string {
  const receiver = name.slice(0, name.lastIndexOf('.'));
  return name.endsWith('.subscribe')
    ? `Let an effect do it: effect(() => { const it = ${name}(…); return () => it.unsubscribe(); }) with effect from 'rekindle/script'.`
    : `Write listen(${receiver}, …) with listen from 'rekindle/script', or let an effect do it and take it back.`;
}

function inside(path: string): string {
  return path === '' ? '' : ` in '${path}'`;
}

function commonJsHint(name: string): string {
  switch (name) {
    case 'require':
      return "Write 'import … from …', or 'await import(…)'.";
    case '__filename':
    case '__dirname':
      return "Use 'import.meta'.";
    default:
      return "Write 'export …'.";
  }
}
