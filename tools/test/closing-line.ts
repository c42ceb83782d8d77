// A vitest reporter for the end of a run: what could not be tested, and as the last line `N passed, N failed` alone,
// for people and for what reads logs. It prints no test and no error; the reporter beside it does.
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { closingLine } from '../door/tally.ts';
import { block, isOpen, open } from '../requirements/ledger.ts';

/** A module or a hook that failed outside any test, and an error that no test caught, count as one failure each. */
export class ClosingLine implements Reporter {
  #closeLedger = (): readonly string[] => [];

  onInit(): void {
    if (isOpen()) return;
    const close = open();
    this.#closeLedger = () => block(close());
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      const failedHere = states.filter((state) => state === 'failed').length;
      passed += states.filter((state) => state === 'passed').length;
      failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere;
    }
    console.log(['', ...this.#closeLedger(), closingLine({ passed, failed })].join('\n'));
  }
}
