// The child's side: waits for edits, lets the peer reload, checks the result and answers with the milliseconds. Plain
// JavaScript, as all of a peer's process: a loader hook of ours would slow down what is measured.

/**
 * @typedef {object} Edit
 * @property {string} source The leaf as TypeScript.
 * @property {{ name: string, arguments: readonly unknown[] }} call
 * @property {number} answer What the call gives in this version.
 */

/**
 * @param {(source: string) => Promise<{ exports: any, milliseconds?: number }> | { exports: any, milliseconds?: number }}
 *   reload Gives an object whose function is the new one. What took milliseconds and is not to be counted, a write to a
 *   disk, it subtracts itself by answering with those that are.
 */
export function serve(reload) {
  process.on('message', async (/** @type {Edit} */ { source, call, answer }) => {
    try {
      const start = performance.now();
      const { exports, milliseconds } = await reload(source);
      const called = performance.now();
      const got = exports[call.name](...call.arguments);
      const end = performance.now();
      if (got !== answer) throw new Error(`answers ${got}, not ${answer}`);
      process.send?.({ milliseconds: milliseconds === undefined ? end - start : milliseconds + end - called });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.send?.({ ready: true });
}
