// The option of a proof that says on which server it runs.
import { UsageError } from '../door/options.ts';
import { type LocalServer, localServers } from './find.ts';
import type { Place } from './server.ts';

/** For `about` of the option. */
export const serverNames = Object.keys(localServers).join(', ');

/** What starts a server of this kind. @throws UsageError where there is no such kind */
export function starterOf(name: string): (place?: Place) => Promise<LocalServer> {
  const start = localServers[name];
  if (start === undefined) throw new UsageError(`--server is one of ${serverNames}, not '${name}'.`);
  return start;
}
