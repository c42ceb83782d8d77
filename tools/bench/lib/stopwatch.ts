// What is counted: the clock's time, which is what players feel, or the processor's time of this process. On a machine
// that does other work at the same time, the second tells what the code costs and the first what the other work costs.

export const cpuOption = {
  type: 'boolean',
  about: "count the processor's time of this process, not the clock's: for a machine that does other work, too",
} as const;

/** Milliseconds from some moment on. */
export type Stopwatch = () => number;

export function stopwatch(cpu: boolean): Stopwatch {
  return cpu ? processorTime : () => performance.now();
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
