/** %Promise%: a script may have put something else into the global by the time that we need it. */
export const IntrinsicPromise = Promise;
