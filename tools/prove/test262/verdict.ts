// Whether what happened is what a test asks for, and in words what happened instead.
import type { Frontmatter, Phase } from './frontmatter.ts';

/** How the import of a test ended. */
export type Ran =
  /** Its whole graph was evaluated; for an asynchronous test, also what it printed. */
  | { readonly ended: 'evaluated'; readonly printed?: string }
  /** `name` is that of the constructor of what the language says is thrown. */
  | { readonly ended: 'threw'; readonly phase: Phase; readonly name: string; readonly message: string };

export interface Verdict {
  readonly passed: boolean;
  /** Why it failed. */
  readonly reason?: string;
}

export const COMPLETE = 'Test262:AsyncTestComplete';
export const FAILURE = 'Test262:AsyncTestFailure:';

export function verdict({ negative, flags }: Frontmatter, ran: Ran): Verdict {
  const threw = ran.ended === 'threw' ? `${ran.phase} ${ran.name}: ${ran.message}` : undefined;
  if (negative !== undefined) {
    const asked = `${negative.phase} ${negative.type}`;
    if (ran.ended !== 'threw') return { passed: false, reason: `wanted ${asked}, nothing was thrown` };
    if (ran.phase === negative.phase && ran.name === negative.type) return { passed: true };
    return { passed: false, reason: `wanted ${asked}, got ${threw}` };
  }
  if (ran.ended === 'threw') return { passed: false, reason: `threw ${threw}` };
  if (!flags.includes('async') || ran.printed === COMPLETE) return { passed: true };
  const said = ran.printed?.startsWith(FAILURE) === true ? ran.printed.slice(FAILURE.length) : ran.printed;
  return { passed: false, reason: said ?? 'printed nothing' };
}
