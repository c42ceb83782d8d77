/**
 * To whom a timer, a registration, a slot or an error belongs.
 *
 * The owner is the version whose body, callback or timer is running: a helper module that sets something up for
 * another sets it up for that other. When none is running (a promise callback, say), it is the version in whose text
 * the call stands. The running owner is a plain variable: an AsyncLocalStorage would slow every `await` of the process
 * on Node 20 from 55 to 150 ns.
 */

/** One version of one module in one namespace. */
export interface Owner {
  readonly namespace: string;
  /** Module id. */
  readonly module: string;
  /** SHA-256 of the source, hexadecimal. */
  readonly revision: string;
}
