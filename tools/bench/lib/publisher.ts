// A publisher in a process of its own, as it is: V8 remembers in each process what it has compiled there, and a host that
// shared a process with its publisher would not have to make anything of what the store gives it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StoredArtifact } from '@rekindle/store';

export interface Publisher {
  /** The compiled modules, as a store keeps them. */
  compile(changes: ReadonlyMap<string, string>): Promise<readonly StoredArtifact[]>;
  close(): Promise<void>;
}

export function startPublisher(): Publisher {
  const program = fileURLToPath(new URL('publisher-process.ts', import.meta.url));
  const child = fork(program, { serialization: 'advanced' });
  const ended = once(child, 'close');
  const gone = ended.then(() => {
    throw new Error(`The publisher ended with code ${child.exitCode}.`);
  });
  gone.catch(() => {}); // told to who waits for an answer
  return {
    async compile(changes) {
      child.send(changes as Map<string, string>);
      const [written] = (await Promise.race([once(child, 'message'), gone])) as [readonly StoredArtifact[]];
      return written;
    },
    async close() {
      child.kill();
      await ended;
    },
  };
}
