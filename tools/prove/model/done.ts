// What became of what was asked of a namespace: what `Outcome` says, for a load as well.
import type { Outcome } from 'rekindle';

export type Done =
  | { readonly ran: readonly string[] }
  | {
      readonly refused: string;
      readonly isBarred: boolean;
      /** What a load rejected with. */
      readonly error?: unknown;
    };

export function doneOf(outcome: Outcome): Done {
  if (outcome.status === 'refused') {
    const told = outcome.diagnostics.map(({ code, message, module }) => `${code} ${module}: ${message}`);
    return { refused: told.join('; '), isBarred: outcome.diagnostics.every(({ code }) => code === 'BARRED') };
  }
  return { ran: outcome.status === 'committed' ? outcome.evaluated : [] };
}

/** @param ran modules that were there and run again */
export async function doneLoading(load: () => Promise<unknown>, ran: readonly string[] = []): Promise<Done> {
  try {
    await load();
    return { ran };
  } catch (error) {
    return { refused: String(error), isBarred: false, error };
  }
}

export function tellDone(done: Done): string {
  return 'refused' in done ? `it was refused: ${done.refused}` : `committed, ran ${done.ran.join(', ') || 'nothing'}`;
}
