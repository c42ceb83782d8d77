import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { sourceCondition, sourceFlags } from './tools/run/flags.ts';
import { ClosingLine } from './tools/test/closing-line.ts';

// Tests run on the sources, and so do the processes and workers that they start.
export default defineConfig({
  ssr: { resolve: { conditions: [sourceCondition, ...defaultServerConditions] } },
  test: {
    include: ['{packages,examples,tools}/*/test/**/*.test.ts'],
    // Far above what any test takes: it is for a machine that is busy, not for tests that wait.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Vitest would leave one core to its own process, which waits.
    maxWorkers: '100%',
    execArgv: [...sourceFlags],
    reporters: ['default', new ClosingLine()],
  },
});
