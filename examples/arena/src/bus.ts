/**
 * What the arena says aloud: a plain Node `EventEmitter`, the kind that every game has somewhere.
 *
 * It knows nothing of reloads. Scripts that listen to it do so with `listen` of 'rekindle/script', and are taken off
 * when they are replaced; the connections listen to it as they would to any emitter, and come first.
 */

import { EventEmitter } from 'node:events';
import type { Match, Npc, Player, Tone } from './entities.ts';

export interface Kill {
  readonly victim: Player | Npc;
  readonly by: Player | Npc | undefined;
}

export interface BusEvents {
  /** A player is in; `onJoin` was called before. */
  join: [player: Player];
  leave: [player: Player];
  /** Somebody was defeated. */
  kill: [kill: Kill];
  /** The match has entered another phase. */
  phase: [match: Match];
  /** A line for the feed. */
  say: [line: { readonly text: string; readonly tone: Tone }];
}

export class Bus extends EventEmitter<BusEvents> {
  /** Told what a listener threw. @default throws it again, to whoever emitted */
  report: (error: unknown) => void = (error) => {
    throw error;
  };

  /** A listener that throws ends the event, not the tick in which it was said. */
  override emit<Name extends keyof BusEvents>(name: Name, ...args: BusEvents[Name]): boolean {
    try {
      // The declarations cannot follow a name that is still open.
      return super.emit(name, ...(args as never));
    } catch (error) {
      this.report(error);
      return true;
    }
  }
}
