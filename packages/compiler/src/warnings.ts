/** The words of warnings: code that compiles and will not do what its author means. */

import type { CompilerCode } from './errors.ts';
import type { WalkWarning } from './rewrite/walk.ts';

export function warningWords({ code, name }: WalkWarning): {
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
  }
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
