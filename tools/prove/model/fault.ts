// A failure in the middle of a transaction: at one of its participants, as the proof of faults has it at all of them.
import type { Participant, WrapParticipants } from '@rekindle/reload';
import type { Operation } from './operations.ts';

export class FaultPoint {
  #armed: Operation['fault'];
  /** What was thrown, once it was. */
  thrown: string | undefined;

  /** Does what it is given, with one failure at the most; says at which participant it was. */
  async during<Result>(fault: Operation['fault'], act: () => Promise<Result>): Promise<Result> {
    this.#armed = fault;
    this.thrown = undefined;
    try {
      return await act();
    } finally {
      this.#armed = undefined;
    }
  }

  readonly wrap: WrapParticipants = (participants) => {
    const fault = this.#armed;
    if (fault === undefined || participants.length === 0) return participants;
    this.#armed = undefined;
    const place = fault.participant % participants.length;
    return participants.map((inner, index) => (index === place ? this.#broken(inner, fault.after) : inner));
  };

  #broken(inner: Participant, after: boolean): Participant {
    const fail = () => {
      this.thrown = `${after ? 'after' : 'before'} ${inner.name}`;
      throw new Error(`a fault ${this.thrown}`);
    };
    return {
      name: inner.name,
      stage: inner.stage,
      apply() {
        if (!after) fail();
        inner.apply();
        fail();
      },
      undo: () => inner.undo(),
      finish: () => inner.finish(),
    };
  }
}
