/**
 * The codes of everything that the compiler says about a script, and of what it throws at its caller.
 *
 * Codes are stable: people search for them and tools match them. A fault of a script is always a `Diagnostic` value;
 * only a mistake of the calling program is thrown.
 */

export type CompilerCode =
  /** The text is not a program of its language. */
  | 'SYNTAX_ERROR'
  /** Valid syntax that a script module cannot have, or that the V8 of this Node does not know. */
  | 'UNSUPPORTED_SYNTAX'
  /** Brackets, operators or statements are nested deeper than `limits.nesting`, or than a parser can go. */
  | 'SOURCE_TOO_DEEP'
  /** The text is longer than `limits.source` bytes. */
  | 'SOURCE_TOO_LARGE'
  /** A `.json` module that is not JSON. */
  | 'JSON_SYNTAX'
  /** The id has an extension that the compiler does not know. */
  | 'UNKNOWN_LANGUAGE'
  /** The native compiler or its helper process ended in a way that says nothing about the script. */
  | 'COMPILER_FAILED'
  /** Warning: a write to an import, which throws a TypeError when it runs. */
  | 'ASSIGNMENT_TO_IMPORT'
  /** Warning: a direct `eval`, which cannot see imports and whose writes to exports reach nobody. */
  | 'DIRECT_EVAL'
  /** Warning: a name that only CommonJS modules have. */
  | 'COMMONJS_NAME'
  /** Warning: a listener or a subscription of the top level that nothing takes back. */
  | 'LISTENER_LEFT'
  /** Warning: an endless asynchronous loop of the top level that is no task. */
  | 'ENDLESS_LOOP'
  /** Warning: a slot that is made with a function in it. */
  | 'SLOT_HOLDS_CODE'
  /** Warning: a slot that is made with a timer in it. */
  | 'SLOT_HOLDS_TIMER';

/** Thrown where the calling program misused the compiler: never because of what a script says. */
export class CompilerError extends Error {
  override readonly name = 'CompilerError';
  readonly code: 'ARTIFACT_ABI' | 'INVALID_OPTIONS';

  constructor(code: CompilerError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
